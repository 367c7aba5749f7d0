package io.logfold.log.model;

/**
 * The fold of the law over the log of a {@link CoreState}, with its state after every prefix.
 *
 * <p>Offset 0 is Genesis; token 0 means vacant. After index {@code p} stands the state of a reader that has read all
 * offsets up to and including {@code p}.
 */
final class CoreFold {
  final int[] token;
  final int[] lsn;
  final int[] lastValid;
  /** LSN of the newest data event: what a read of the one modelled key returns. */
  final int[] dataLsn;
  final boolean[] valid;
  private boolean prefixKept = true;
  private boolean corrupt;
  private boolean basisExact = true;

  private CoreFold(int length) {
    token = new int[length + 1];
    lsn = new int[length + 1];
    lastValid = new int[length + 1];
    dataLsn = new int[length + 1];
    valid = new boolean[length + 1];
    valid[0] = true;
  }

  static CoreFold of(int[] log, int length, Law law) {
    CoreFold fold = new CoreFold(length);
    for (int offset = 1; offset <= length; offset++) {
      fold.apply(offset, log[offset], law);
    }
    return fold;
  }

  private void apply(int at, int rec, Law law) {
    token[at] = token[at - 1];
    lsn[at] = lsn[at - 1];
    lastValid[at] = lastValid[at - 1];
    dataLsn[at] = dataLsn[at - 1];
    valid[at] = Rec.kind(rec) == Rec.CLAIM ? effective(at, rec, law) : fits(at, rec, law);
    if (!valid[at]) {
      return;
    }
    lastValid[at] = at;
    switch (Rec.kind(rec)) {
      case Rec.CLAIM -> token[at] = at;
      case Rec.RESIGN -> token[at] = 0;
      case Rec.EVENT -> dataLsn[at] = Rec.number(rec);
      default -> { }
    }
    if (Rec.kind(rec) != Rec.CLAIM) {
      prefixKept &= Rec.number(rec) == lsn[at - 1] + 1;
      lsn[at] = Rec.number(rec);
    }
  }

  private boolean effective(int at, int rec, Law law) {
    if (corrupt || Rec.token(rec) != token[at - 1]) {
      return false;
    }
    boolean conditional = !law.has(Mutation.WAIT_FROM_CLAIM_SENT) && !law.has(Mutation.WAIT_FROM_BASIS_UNCONDITIONAL);
    if (conditional && Rec.number(rec) < lastValid[at - 1]) {
      return false;
    }
    if (Rec.wrongHash(rec) && !law.has(Mutation.CLAIM_WITHOUT_PREV_HASH)) {
      return false;
    }
    basisExact &= !conditional || Rec.number(rec) == lastValid[at - 1];
    return true;
  }

  private boolean fits(int at, int rec, Law law) {
    if (Rec.kind(rec) == Rec.STRAY || token[at - 1] == 0 || Rec.token(rec) != token[at - 1] || corrupt) {
      return false;
    }
    if (Rec.number(rec) != lsn[at - 1] + 1 && !law.has(Mutation.NO_DENSE_LSN)) {
      return false;
    }
    corrupt |= Rec.wrongHash(rec);
    return !corrupt;
  }

  /** Every valid record was made for exactly the state it was applied to. */
  boolean prefixKept() {
    return prefixKept;
  }

  boolean corrupt() {
    return corrupt;
  }

  /** No effective claim named a basis beyond the last valid record: so its prevHash cannot differ either. */
  boolean basisExact() {
    return basisExact;
  }
}
