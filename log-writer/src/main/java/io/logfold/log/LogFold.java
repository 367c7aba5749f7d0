package io.logfold.log;

import io.logfold.api.Bytes;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges the records of one partition's log, one after the other: the only code that says which of them count. Pure (no
 * I/O, no clock, no randomness), so every reader of the same log comes to the same state. Not thread-safe: one owner.
 *
 * <ul>
 *   <li>F1 The first Genesis of this store and partition, on the zero hash, is accepted; everything before it and every
 *       later Genesis is skipped.
 *   <li>F2 A claim is effective if it names the token in force, its basis is not before the last valid record, and its
 *       prevHash is the fold's: a claim made on another history must not lead. Then its offset is the token and the LSN
 *       continues. After a Resign the token is {@link FoldState#NO_TOKEN} and such a claim names that; one made before
 *       the first leadership names it too, but its basis lies before the Resign, so it is void. A claim that is void
 *       for its prevHash alone is skipped as {@link Verdict.Reason#OTHER_HISTORY}: somebody's fold went wrong.
 *   <li>F3 A token record is valid if its token is in force and its LSN is the next one. A Resign makes the token
 *       vacant.
 *   <li>F4 Token in force and LSN the next one, but another prevHash: {@link Verdict.Corrupt}.
 *   <li>F5 A record of this store and partition in a newer format: {@link Verdict.NewerFormat}. (A stranger's record
 *       does not stop the fold, whatever format it says.)
 *   <li>F6 After F4 or F5 the fold is stopped: it stays where it is, and every later call gives that verdict again. A
 *       fold that starts from its state meets the same record, and stops again or, with newer code, goes on.
 *   <li>F7 Everything else is skipped and counted, and moves nothing but the position.
 * </ul>
 *
 * <p>Log time is the greatest time of a valid token record; one that goes back is a leader's fault, but does not void
 * it.
 */
public final class LogFold {
  private final String store;
  private final int partition;
  private final @Nullable RequestTable requests;
  private final long[] skipped = new long[Verdict.Reason.values().length];

  private long position;
  private long token;
  private long lsn;
  private long lastValidOffset;
  private Hash hash;
  private long logTimeMs;
  private @Nullable GenesisConfig genesis;
  private String leaderNode;
  private String leaderAddress;
  private String serving;
  private PolicySet policies;
  private List<Bytes> redacted;
  private @Nullable Verdict stopped;
  private @Nullable FoldState state;

  /**
   * @param start where to go on: {@link FoldState#empty}, or a checkpoint's {@code at}, or its {@code anchor} where
   *     requests are to be remembered
   * @param rememberRequests whether to keep a {@link RequestTable}; the state is the same either way. Where start is
   *     not the beginning of the log, the table is complete only from the checkpoint's {@code at} on
   */
  public LogFold(FoldState start, boolean rememberRequests) {
    this.store = start.store();
    this.partition = start.partition();
    this.position = start.position();
    this.token = start.token();
    this.lsn = start.lsn();
    this.lastValidOffset = start.lastValidOffset();
    this.hash = start.hash();
    this.logTimeMs = start.logTimeMs();
    this.genesis = start.genesis().orElse(null);
    this.leaderNode = start.leaderNode();
    this.leaderAddress = start.leaderAddress();
    this.serving = start.serving();
    this.policies = start.policies();
    this.redacted = start.redacted();
    this.state = start;
    this.requests = rememberRequests ? new RequestTable() : null;
    if (requests != null && genesis != null) {
      requests.configure(genesis.dedupeWindowMs(), genesis.dedupeMax());
      requests.advance(logTimeMs);
    }
  }

  /**
   * Judges a record as it lies in the log.
   *
   * @param offset at least {@link FoldState#position}; offsets between that and this one hold no record
   * @throws IllegalArgumentException where the offset is below the position: it was judged already
   */
  public Verdict apply(long offset, Bytes rawRecord) {
    return apply(offset, RecordCodec.decode(rawRecord));
  }

  /** As {@link #apply(long, Bytes)}, of a record that somebody had reason to decode before. */
  public Verdict apply(long offset, RecordCodec.Decoded decoded) {
    checkOffset(offset);
    if (stopped != null) {
      return stopped;
    }
    return switch (decoded) {
      case RecordCodec.Decoded.Ok ok -> judge(offset, ok.record(), null);
      case RecordCodec.Decoded.Newer newer -> {
        if (newer.store().equals(store) && newer.partition() == partition) {
          stopped = new Verdict.NewerFormat(newer.format());
          yield stopped;
        }
        yield skip(offset, Verdict.Reason.FOREIGN, foreign(newer.store(), newer.partition()));
      }
      case RecordCodec.Decoded.Undecodable undecodable ->
          skip(offset, Verdict.Reason.UNDECODABLE, undecodable.why());
    };
  }

  /**
   * Judges a leader's own record, which it knows to lie at this offset: as {@link #apply}, without decoding and hashing
   * it a second time.
   *
   * @param hashAfter what {@link RecordHasher#next} gave for it when it was made
   */
  public Verdict applyOwn(long offset, LogRecord record, Hash hashAfter) {
    checkOffset(offset);
    return stopped != null ? stopped : judge(offset, record, hashAfter);
  }

  /** All but the remembered requests; behind the last judged record. */
  public FoldState state() {
    FoldState known = state;
    if (known == null) {
      known = new FoldState(store, partition, position, token, lsn, lastValidOffset, hash, logTimeMs,
          Optional.ofNullable(genesis), leaderNode, leaderAddress, serving, policies, redacted);
      state = known;
    }
    return known;
  }

  /**
   * The requests remembered at {@link #state}; always the same object, moving with the fold.
   *
   * @throws IllegalStateException where this fold remembers none, and an answer would be wrong
   */
  public RequestTable requests() {
    if (requests == null) {
      throw new IllegalStateException("this fold was made not to remember requests; make it with rememberRequests");
    }
    return requests;
  }

  /** The verdict that stopped the fold (F6); empty while it goes on. */
  public Optional<Verdict> stopped() {
    return Optional.ofNullable(stopped);
  }

  /** How many records were skipped for this reason since this fold was made. */
  public long skipped(Verdict.Reason reason) {
    return skipped[reason.ordinal()];
  }

  private void checkOffset(long offset) {
    if (offset < position) {
      throw new IllegalArgumentException("offset " + offset + " of " + store + "/" + partition
          + " was judged already: the next is at " + position + " or above; read on from there");
    }
  }

  private Verdict judge(long offset, LogRecord record, @Nullable Hash hashAfter) {
    RecordHeader header = record.header();
    if (!header.store().equals(store) || header.partition() != partition) {
      return skip(offset, Verdict.Reason.FOREIGN, foreign(header.store(), header.partition()));
    }
    if (record instanceof LogRecord.Genesis first) {
      return judgeGenesis(offset, first, hashAfter);
    }
    if (genesis == null) {
      return skip(offset, Verdict.Reason.MISPLACED_GENESIS, "a record before Genesis");
    }
    return switch (record) {
      case LogRecord.Claim claim -> judgeClaim(offset, claim, hashAfter);
      case LogRecord.TokenRecord tokenRecord -> judgeTokenRecord(offset, tokenRecord, hashAfter);
      case LogRecord.Genesis unreachable -> throw new IllegalStateException("Genesis was judged above");
    };
  }

  private Verdict judgeGenesis(long offset, LogRecord.Genesis first, @Nullable Hash hashAfter) {
    if (genesis != null) {
      return skip(offset, Verdict.Reason.MISPLACED_GENESIS, "a Genesis after the first");
    }
    if (!first.header().prevHash().equals(hash)) {
      return skip(offset, Verdict.Reason.MISPLACED_GENESIS, "a Genesis that is chained to another record");
    }
    accept(offset, first, hashAfter);
    genesis = first.config();
    if (requests != null) {
      requests.configure(first.config().dedupeWindowMs(), first.config().dedupeMax());
    }
    return new Verdict.GenesisAccepted(first);
  }

  private Verdict judgeClaim(long offset, LogRecord.Claim claim, @Nullable Hash hashAfter) {
    if (claim.prevToken() != token) {
      return skip(offset, Verdict.Reason.VOID_CLAIM,
          "claim by " + claim.node() + " on token " + claim.prevToken() + ", in force is " + token);
    }
    if (claim.basis() < lastValidOffset) {
      return skip(offset, Verdict.Reason.VOID_CLAIM,
          "claim by " + claim.node() + " had seen up to " + claim.basis() + ", valid was " + lastValidOffset);
    }
    if (!claim.header().prevHash().equals(hash)) {
      return skip(offset, Verdict.Reason.OTHER_HISTORY, "claim by " + claim.node() + " at offset " + offset
          + " on another history: up to its basis it has " + claim.header().prevHash() + ", here it is " + hash);
    }
    accept(offset, claim, hashAfter);
    token = offset;
    leaderNode = claim.node();
    leaderAddress = claim.address();
    return new Verdict.ClaimEffective(claim, offset);
  }

  private Verdict judgeTokenRecord(long offset, LogRecord.TokenRecord record, @Nullable Hash hashAfter) {
    // NO_TOKEN is the absence of a token: a record that names it is under none.
    if (record.token() != token || token == FoldState.NO_TOKEN) {
      return skip(offset, Verdict.Reason.STALE_TOKEN, "token " + record.token() + ", in force is " + token);
    }
    if (record.lsn() != lsn + 1) {
      return skip(offset, Verdict.Reason.WRONG_LSN, "LSN " + record.lsn() + ", the next is " + (lsn + 1));
    }
    if (!record.header().prevHash().equals(hash)) {
      stopped = new Verdict.Corrupt(store + "/" + partition + " at offset " + offset + ": token " + token + ", LSN "
          + record.lsn() + " is chained to " + record.header().prevHash() + ", but the log up to here has "
          + hash + "; nothing behind it can be trusted");
      return stopped;
    }
    accept(offset, record, hashAfter);
    lsn = record.lsn();
    logTimeMs = Math.max(logTimeMs, record.timeMs());
    if (requests != null) {
      requests.advance(logTimeMs);
    }
    switch (record) {
      case LogRecord.Event event -> {
        serving = event.serve().orElse(serving);
        policies = event.policy().map(policies::with).orElse(policies);
        redacted = event.redaction().map(of -> FoldState.redacted(redacted, of.keyId())).orElse(redacted);
        if (requests != null) {
          requests.remember(event.request(), event.lsn(), event.outcome());
        }
      }
      case LogRecord.Resign resign -> {
        token = FoldState.NO_TOKEN;
        leaderNode = "";
        leaderAddress = "";
      }
      case LogRecord.Renew renew -> {}
      case LogRecord.Barrier barrier -> {}
    }
    return new Verdict.Valid(record);
  }

  private void accept(long offset, LogRecord record, @Nullable Hash hashAfter) {
    assert hashAfter == null || hashAfter.equals(RecordHasher.next(hash, record))
        : "the hash given for offset " + offset + " is not that of its record";
    hash = hashAfter != null ? hashAfter : RecordHasher.next(hash, record);
    lastValidOffset = offset;
    moveTo(offset + 1);
  }

  private Verdict skip(long offset, Verdict.Reason reason, String detail) {
    skipped[reason.ordinal()]++;
    moveTo(offset + 1);
    return new Verdict.Skipped(reason, detail);
  }

  private void moveTo(long newPosition) {
    position = newPosition;
    state = null;
  }

  private String foreign(String otherStore, int otherPartition) {
    return "of " + otherStore + "/" + otherPartition + ", this is " + store + "/" + partition;
  }
}
