package io.logfold.projector;

import io.logfold.api.Bytes;
import io.logfold.log.AnchorTracker;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.Verdict;
import io.logfold.projector.ProjectorStatus.PartitionStatus;
import io.logfold.projector.ProjectorStatus.State;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.ApplyLimits;
import io.logfold.projector.table.Table.RowChange;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds one partition's records into its table. It knows nothing of Kafka: it is given records, asks its {@link Feed}
 * to begin again at an offset, and keeps to the table's checkpoint alone.
 *
 * <pre>
 *                load: checkpoint, seek            the record is there
 *   BLOCKED  --------------------------> PROVING ---------------------> FOLDING --- flush ---.
 *      ^                                    |                            |   ^              |
 *      |  the table fails, or somebody      | another record is there    |   '--------------'
 *      '--- else moved the checkpoint ------+----------- HALTED <--------' corrupt, newer format
 * </pre>
 *
 * <ul>
 *   <li>A load begins at the record the table stands on, its last valid one, and folds nothing until that record has
 *       come and has the checkpoint's hash. So a truncated or another log is found, and so are records that were
 *       buffered before the seek: whatever comes first, nothing between is left out.
 *   <li>Any failure drops what waits and loads again after a while: only the table knows what was applied.
 *   <li>HALTED has applied all valid records before the one it cannot pass, and nothing else.
 * </ul>
 *
 * <p>Owned by one thread; {@link #status} may be called from any.
 */
final class PartitionProjection {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionProjection.class);
  private static final long FIRST_RETRY_MS = 50;
  private static final long LAST_RETRY_MS = 5_000;
  private static final long PROOF_EXPECTED_MS = 5_000;

  private final int partition;
  private final ProjectorConfig config;
  private final Target target;
  private final SharedFold shared;
  private final Table table;
  private final ApplyLimits limits;
  private final Feed feed;
  private final LongSupplier clockMs;
  private final Meter meter;
  private final Batch batch = new Batch();

  private Phase phase = Phase.BLOCKED;
  private Checkpoint applied;
  private LogFold fold;
  private AnchorTracker anchors;
  private long proofOffset;
  private long nextOffset;
  private boolean gotRecords;
  private long phaseSinceMs;
  private boolean dirty;
  private long dirtySinceMs;
  /** Log time of the first event that waits; 0: none does. */
  private long oldestWaitingMs;
  private long retryMs = FIRST_RETRY_MS;
  private long events;
  private long skipped;
  private String lastError = "";
  private volatile PartitionStatus status;

  /**
   * @param clockMs a clock that never goes back, in milliseconds
   * @param meter counts events that were applied
   */
  PartitionProjection(int partition, ProjectorConfig config, Table table, Feed feed, LongSupplier clockMs, Meter meter) {
    this(partition, config, Target.state(table), new SharedFold(), feed, clockMs, meter);
  }

  /** @param shared with the partition's other projections, which are given the same records by the same thread */
  PartitionProjection(int partition, ProjectorConfig config, Target target, SharedFold shared, Feed feed,
      LongSupplier clockMs, Meter meter) {
    this.partition = partition;
    this.config = config;
    this.target = target;
    this.shared = shared;
    this.table = target.table();
    this.limits = table.applyLimits();
    this.feed = feed;
    this.clockMs = clockMs;
    this.meter = meter;
    this.applied = Checkpoint.empty(config.store(), partition);
    this.fold = new LogFold(applied.at(), false);
    this.anchors = new AnchorTracker(applied);
    this.status = new PartitionStatus(partition, State.STARTING, 0, 0, 0, 0, -1, 0, "");
  }

  /**
   * What is kept, and of what.
   *
   * @param name for messages; empty: the one that there always is
   */
  record Target(String name, Table table, RowMapping rows) {
    static Target state(Table table) {
      return new Target("", table, RowMapping.STATE);
    }
  }

  /** Where records come from. Called by the projection's thread, from inside its methods. */
  interface Feed {
    /** Gives records from this offset on, whatever it gave before. */
    void seek(long offset);

    /** Gives none until further notice. */
    void hold();

    void release();

    /**
     * Why it will not give records from this offset on, as long as that lies so far back; empty: it will. A projection that
     * is refused asks again after a while.
     */
    default Optional<Refusal> refuses(long offset) {
      return Optional.empty();
    }
  }

  /** Why a feed gives nothing, and what is to be done: wait for whoever brings the table nearer, who failed, or give up. */
  record Refusal(Kind kind, String why) {
    enum Kind { UNDER_WAY, FAILED, FOR_GOOD }
  }

  private enum Phase { BLOCKED, PROVING, FOLDING, HALTED, CLOSED }

  /** Forgets everything but the table, and begins at its checkpoint. */
  void load() {
    if (phase == Phase.CLOSED || phase == Phase.HALTED) {
      return;
    }
    Checkpoint checkpoint;
    try {
      checkpoint = table.checkpoint(partition);
    } catch (RuntimeException e) {
      block("the table's checkpoint cannot be read", e);
      return;
    }
    FoldState at = checkpoint.at();
    Optional<String> stranger = CheckpointProof.otherStore(at, config.store(), partition);
    if (stranger.isPresent()) {
      halt(stranger.get());
      return;
    }
    if (Reservation.is(checkpoint)) {
      block("a replay fills this table and nobody else may now; where none runs any more, run it again");
      return;
    }
    applied = checkpoint;
    Optional<Refusal> refused = feed.refuses(CheckpointProof.offset(at));
    if (refused.isPresent()) {
      switch (refused.get().kind()) {
        case UNDER_WAY -> await(refused.get().why());
        case FAILED -> block(refused.get().why());
        case FOR_GOOD -> halt(refused.get().why());
      }
      return;
    }
    fold = new LogFold(at, false);
    anchors = new AnchorTracker(checkpoint);
    clear();
    gotRecords = false;
    nextOffset = at.position();
    proofOffset = CheckpointProof.offset(at);
    enter(Phase.PROVING);
    feed.seek(proofOffset);
    feed.release();
    report();
  }

  /** Its task begins, perhaps again: unless its feed stands where the load put it, it loads once more. */
  void begin() {
    if (phase == Phase.CLOSED) {
      phase = Phase.BLOCKED;
      load();
    } else if (gotRecords) {
      load();
    }
  }

  boolean isFedBy(Feed other) {
    return feed == other;
  }

  /** The offset from which on it must see every record; {@link Long#MAX_VALUE} while it needs none. */
  long needsFrom() {
    return switch (phase) {
      case PROVING -> proofOffset;
      case FOLDING -> nextOffset;
      case BLOCKED, HALTED, CLOSED -> Long.MAX_VALUE;
    };
  }

  /** Whether it stands on a record at this offset, which must be there. */
  boolean provesAt(long offset) {
    return phase == Phase.PROVING && proofOffset == offset;
  }

  boolean waitingToFlush() {
    return dirty;
  }

  /** The next record of the log. */
  void record(long offset, Bytes raw) {
    gotRecords = true;
    switch (phase) {
      case BLOCKED, HALTED, CLOSED -> {}
      case PROVING -> {
        if (offset == proofOffset) {
          prove(offset, raw);
        }
      }
      case FOLDING -> {
        if (offset >= nextOffset) {
          fold(offset, raw);
        }
      }
    }
  }

  /** Time has passed. */
  void tick() {
    long now = clockMs.getAsLong();
    switch (phase) {
      case BLOCKED -> {
        if (now - phaseSinceMs >= retryMs) {
          retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
          load();
        }
      }
      case PROVING -> {
        if (now - phaseSinceMs >= PROOF_EXPECTED_MS && applied.at().lastValidOffset() >= 0 && lastError.isEmpty()) {
          lastError = "the table stands on the record at offset " + proofOffset
              + ", and the log does not give it: the broker cannot be reached, or the table is ahead of the log";
          LOG.warn("{}: {}", name(), lastError);
          report();
        }
      }
      case FOLDING -> {
        if (dirty && now - dirtySinceMs >= config.flushIntervalMs()) {
          flush(fold.state());
        }
      }
      case HALTED, CLOSED -> {}
    }
  }

  /** The log does not hold the offset this projection asked for. */
  void logLost(long offset, String why) {
    if (phase != Phase.CLOSED && phase != Phase.HALTED) {
      halt(CheckpointProof.logLost(applied.at(), offset, why));
    }
  }

  /** How far the log goes on behind what was read. */
  void lag(long records) {
    if (status.lag() != records) {
      status = status(records);
    }
  }

  /** Applies what waits where that is possible at once, and ends. May be called again. */
  void close() {
    if (phase == Phase.FOLDING) {
      flush(fold.state());
    }
    clear();
    phase = Phase.CLOSED;
  }

  PartitionStatus status() {
    return status;
  }

  private void prove(long offset, Bytes raw) {
    Optional<String> otherLog = CheckpointProof.otherLog(applied.at(), raw);
    if (otherLog.isPresent()) {
      halt(otherLog.get());
      return;
    }
    lastError = "";
    enter(Phase.FOLDING);
    report();
    if (offset >= nextOffset) {
      fold(offset, raw);
    }
  }

  private void fold(long offset, Bytes raw) {
    FoldState before = fold.state();
    Verdict verdict = judge(before, offset, raw);
    nextOffset = offset + 1;
    switch (verdict) {
      case Verdict.Valid valid -> {
        if (valid.record() instanceof LogRecord.Event event) {
          List<RowChange> rows;
          try {
            rows = target.rows().rows(event);
          } catch (RuntimeException e) { // a fault of this table's mapping is no other table's
            LOG.error("{}: offset {}", name(), offset, e);
            if (flush(before)) {
              halt("nothing can be made of the event at offset " + offset + ": " + e);
            }
            return;
          }
          if (limits != ApplyLimits.NONE && !batch.hasRoomFor(rows, limits) && !flush(before)) {
            return;
          }
          batch.addEvent(rows, target.rows());
          if (oldestWaitingMs == 0) {
            oldestWaitingMs = event.timeMs();
            report();
          }
        }
      }
      case Verdict.GenesisAccepted accepted -> {}
      case Verdict.ClaimEffective effective -> {}
      case Verdict.Skipped skip -> {
        skipped++;
        if (skip.reason() == Verdict.Reason.OTHER_HISTORY) {
          LOG.error("{}: {}; the node that made it, or this one, has folded the log wrongly: stop it, and compare with"
              + " another reader", name(), skip.detail());
        } else {
          LOG.debug("{}: offset {} skipped, {}: {}", name(), offset, skip.reason(), skip.detail());
        }
      }
      case Verdict.Corrupt corrupt -> {
        if (flush(fold.state())) {
          halt("the log is corrupt at offset " + offset + ": " + corrupt.detail());
        }
        return;
      }
      case Verdict.NewerFormat newer -> {
        if (flush(fold.state())) {
          halt("the record at offset " + offset + " has format " + newer.format()
              + ", which this version does not know; run a newer version");
        }
        return;
      }
    }
    if (!dirty) {
      dirty = true;
      dirtySinceMs = clockMs.getAsLong();
    }
    if (batch.events() >= config.maxBatchEvents() || batch.bytes() >= config.maxBatchBytes()) {
      flush(fold.state());
    }
  }

  private Verdict judge(FoldState before, long offset, Bytes raw) {
    Optional<SharedFold.Judged> known = shared.judged(before, offset);
    if (known.isPresent()) {
      fold = new LogFold(known.get().after(), false);
      return known.get().verdict();
    }
    Verdict verdict = fold.apply(offset, raw);
    shared.keep(before, offset, verdict, fold);
    return verdict;
  }

  /** Applies what waits up to this state; false where it could not, and the projection is blocked. */
  private boolean flush(FoldState to) {
    if (!dirty) {
      return true;
    }
    try {
      Checkpoint next = anchors.moved(to);
      table.apply(partition, batch.changes(), applied, next);
      applied = next;
    } catch (RuntimeException e) {
      block("the table refused a batch", e);
      return false;
    }
    events += batch.events();
    meter.add(batch.events());
    retryMs = FIRST_RETRY_MS;
    lastError = "";
    clear();
    report();
    return true;
  }

  private void block(String what, RuntimeException e) {
    LOG.debug("{}: {}", name(), what, e);
    block(what + ": " + e.getMessage());
  }

  private void block(String why) {
    LOG.warn("{}: {}; trying again in {} ms", name(), why, retryMs);
    lastError = why;
    clear();
    enter(Phase.BLOCKED);
    feed.hold();
    report();
  }

  /** Somebody else brings the table nearer; asked again soon. */
  private void await(String why) {
    lastError = why;
    retryMs = FIRST_RETRY_MS;
    clear();
    enter(Phase.BLOCKED);
    feed.hold();
    report();
  }

  private void halt(String why) {
    LOG.error("{}: HALTED: {}", name(), why);
    lastError = why;
    clear();
    enter(Phase.HALTED);
    feed.hold();
    report();
  }

  private void clear() {
    batch.clear();
    dirty = false;
    oldestWaitingMs = 0;
  }

  private void enter(Phase next) {
    phase = next;
    phaseSinceMs = clockMs.getAsLong();
  }

  private void report() {
    status = status(status.lag());
  }

  private PartitionStatus status(long lag) {
    State state = switch (phase) {
      case BLOCKED -> State.BLOCKED;
      // Before Genesis there is no record to stand on, and an empty log is a log that was read to its end.
      case PROVING -> applied.at().lastValidOffset() < 0 ? State.RUNNING
          : lastError.isEmpty() ? State.STARTING : State.BLOCKED;
      case FOLDING, CLOSED -> State.RUNNING;
      case HALTED -> State.HALTED;
    };
    FoldState at = applied.at();
    return new PartitionStatus(partition, state, at.position(), at.lsn(), events, skipped, lag,
        oldestWaitingMs, lastError);
  }

  private String name() {
    return config.applicationId() + (target.name().isEmpty() ? "" : " (" + target.name() + ")") + " partition " + partition;
  }
}
