package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import java.util.Optional;

/**
 * The state of the log that the table was made from: the fold, which began at the checkpoint's anchor, must come by there
 * with the same hash before anything is answered. Otherwise the table and the log are of different histories, and whoever
 * answered from both would mix them. Owned by the leader's thread.
 */
final class TableOrigin {
  /** How long the log's end may lie before the table's checkpoint: a broker that just took over may know an older end. */
  private static final long AHEAD_NANOS = 10_000_000_000L;

  private final FoldState at;
  private boolean confirmed;
  private boolean waiting;
  private long waitingSinceNanos;

  /** Why a partition must stop. */
  record Refusal(ErrorCode code, String why) {}

  TableOrigin(FoldState at) {
    this.at = at;
  }

  /** What is wrong with a table before a record is read: it is another partition's, or the store is made differently. */
  static Optional<Refusal> refusal(Checkpoint checkpoint, FoldState own, GenesisConfig configured) {
    FoldState at = checkpoint.at();
    if (!at.store().equals(own.store()) || at.partition() != own.partition()) {
      return Optional.of(new Refusal(ErrorCode.INVALID_ARGUMENT, "the table is of " + at.store() + "/" + at.partition()
          + "; give each store a table of its own"));
    }
    return checkpoint.anchor().genesis().or(at::genesis).flatMap(found -> refusal(found, configured));
  }

  static Optional<Refusal> refusal(GenesisConfig found, GenesisConfig configured) {
    return found.equals(configured) ? Optional.empty() : Optional.of(new Refusal(ErrorCode.INVALID_ARGUMENT,
        "this store was made with " + found + ", and this node is configured with " + configured
            + ": these are fixed for life; configure the node like the store, or make a new store"));
  }

  /** To be asked before the record at this offset is folded, with the state up to it. */
  Optional<Refusal> before(long offset, FoldState here) {
    return offset >= at.position() ? confirm(here) : Optional.empty();
  }

  /** Whether the log's end, up to which was folded, lies before the table. */
  boolean beyond(FoldState here) {
    return !confirmed && here.position() < at.position();
  }

  /** To be asked at the log's end: where that lies before the table, whether it has been waited for long enough. */
  Optional<Refusal> atEnd(FoldState here, long nowNanos) {
    if (!beyond(here)) {
      return confirm(here);
    }
    if (!waiting) {
      waiting = true;
      waitingSinceNanos = nowNanos;
    }
    return nowNanos - waitingSinceNanos <= AHEAD_NANOS ? Optional.empty() : Optional.of(new Refusal(ErrorCode.CORRUPT,
        "the table stands at offset " + at.position() + " and the log ends at " + here.position()
            + ": the topic was truncated or replaced; restore it, or start with an empty table"));
  }

  private Optional<Refusal> confirm(FoldState here) {
    if (confirmed) {
      return Optional.empty();
    }
    confirmed = true;
    boolean same = here.lsn() == at.lsn() && here.lastValidOffset() == at.lastValidOffset() && here.hash().equals(at.hash());
    return same ? Optional.empty() : Optional.of(new Refusal(ErrorCode.CORRUPT, "the table was made from another log: at offset "
        + at.position() + " it has LSN " + at.lsn() + " and hash " + at.hash() + ", the log has LSN " + here.lsn() + " and hash "
        + here.hash() + "; restore the topic, or start with an empty table"));
  }
}
