package io.logfold.log.model;

import java.util.List;

/** The invariants of the law over {@link CoreState}. */
final class CoreInvariants {
  private CoreInvariants() {}

  /** What a client or a reader of the log would notice. Mutations must break one of these, not merely an inner rule. */
  static List<Invariant<CoreState>> visible() {
    return List.of(
        new Invariant<>("3 Prefix", state -> state.fold().prefixKept()),
        new Invariant<>("4 Durable ack", CoreInvariants::durableAck),
        new Invariant<>("10 NOT_APPLIED is void", CoreInvariants::deniedIsVoid),
        new Invariant<>("7 Read", state -> state.wrong == CoreState.NOTHING_WRONG),
        new Invariant<>("Never CORRUPT", state -> !state.fold().corrupt()));
  }

  static List<Invariant<CoreState>> all() {
    List<Invariant<CoreState>> all = new java.util.ArrayList<>(visible());
    all.add(new Invariant<>("2 Single writer", CoreInvariants::singleWriter));
    all.add(new Invariant<>("4 Commit knowledge", CoreInvariants::committedIsValid));
    all.add(new Invariant<>("5 Lease", CoreInvariants::leaseEndsInTime));
    all.add(new Invariant<>("6 Quiet period", CoreInvariants::quietPeriod));
    all.add(new Invariant<>("Basis is exact", state -> state.fold().basisExact()));
    return List.copyOf(all);
  }

  private static boolean durableAck(CoreState state) {
    for (int offset = 1; offset <= state.length; offset++) {
      if (Rec.acked(state.log[offset]) && !state.fold().valid[offset]) {
        return false;
      }
    }
    return true;
  }

  private static boolean deniedIsVoid(CoreState state) {
    for (int offset = 1; offset <= state.length; offset++) {
      if (Rec.denied(state.log[offset]) && state.fold().valid[offset]) {
        return false;
      }
    }
    return true;
  }

  /** Whoever leads does so under a claim of its own that took effect, so no two lead under one token. */
  private static boolean singleWriter(CoreState state) {
    for (int node = 0; node < state.nodes(); node++) {
      int token = state.token[node];
      if (token != 0) {
        boolean ownClaim = Rec.kind(state.log[token]) == Rec.CLAIM && Rec.node(state.log[token]) == node;
        if (!ownClaim || !state.fold().valid[token]) {
          return false;
        }
      }
    }
    return true;
  }

  /** What a leader holds for committed is a valid record of its token. */
  private static boolean committedIsValid(CoreState state) {
    for (int node = 0; node < state.nodes(); node++) {
      if (state.leads(node) && !inLog(state, state.token[node], state.committed[node])) {
        return false;
      }
    }
    return true;
  }

  private static boolean inLog(CoreState state, int token, int lsn) {
    if (state.fold().lsn[token] >= lsn) {
      return true;
    }
    for (int offset = token + 1; offset <= state.length; offset++) {
      int rec = state.log[offset];
      boolean record = Rec.kind(rec) != Rec.CLAIM && Rec.kind(rec) != Rec.STRAY;
      if (record && state.fold().valid[offset] && Rec.token(rec) == token && Rec.number(rec) == lsn) {
        return true;
      }
    }
    return false;
  }

  private static boolean leaseEndsInTime(CoreState state) {
    for (int node = 0; node < state.nodes(); node++) {
      if (state.lease[node] < state.leaseTruth[node]) {
        return false;
      }
    }
    return true;
  }

  /** While a lease may be used, no data event of a later token is in the log or on its way. */
  private static boolean quietPeriod(CoreState state) {
    for (int node = 0; node < state.nodes(); node++) {
      if (state.leads(node) && state.lease[node] < state.ttl() && laterData(state, state.token[node])) {
        return false;
      }
    }
    return true;
  }

  private static boolean laterData(CoreState state, int token) {
    for (int i = 0; i < state.inFlight; i++) {
      if (Rec.kind(state.flight[i]) == Rec.EVENT && Rec.token(state.flight[i]) > token) {
        return true;
      }
    }
    for (int offset = 1; offset <= state.length; offset++) {
      int rec = state.log[offset];
      if (Rec.kind(rec) == Rec.EVENT && Rec.token(rec) > token) {
        return true;
      }
    }
    return false;
  }
}
