package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.RequestId;
import io.logfold.log.FoldState;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.LogRecord.TokenRecord;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.AppendCallback;
import io.logfold.log.PartitionLog.AppendFailure;
import io.logfold.log.PolicySet;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import io.logfold.log.RecordHeader;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The records of one leadership that are appended and not yet committed, in LSN order, and the position the next one
 * gets: LSN, chain hash and time as they will be when all of them are committed (L3). Owned by the leader's thread;
 * the log's callbacks come back to it as messages.
 */
final class Pipeline {
  /** What comes before an append, and what becomes of it; called on the leader's thread. */
  interface Outcomes {
    /** The event is handed to the log next: whoever sees it there must not find here what was before it. */
    void appending(LogRecord.Event event);

    void acknowledged(InFlight record, long offset);

    void failed(InFlight record, AppendFailure failure);
  }

  /** Makes the record that comes next. */
  interface Maker {
    TokenRecord make(RecordHeader header, long token, long lsn, long timeMs);
  }

  private final PartitionLog log;
  private final Executor leaderThread;
  private final LeaderClock clock;
  private final Outcomes outcomes;

  private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
  private final Map<RequestId, InFlight> requests = new HashMap<>();

  private FoldState base;
  private long lsn;
  private Hash hash = Hash.ZERO;
  private long timeMs;
  private long bytes;
  private PolicySet policies = PolicySet.NONE;
  private long policiesLsn;
  private List<Bytes> redacted = List.of();
  private long redactedLsn;

  Pipeline(PartitionLog log, Executor leaderThread, LeaderClock clock, Outcomes outcomes, FoldState base) {
    this.log = log;
    this.leaderThread = leaderThread;
    this.clock = clock;
    this.outcomes = outcomes;
    this.base = base;
  }

  /** A leadership begins: the next record goes on top of this state, which is that of its effective claim. */
  void begin(FoldState state) {
    if (!inFlight.isEmpty()) {
      throw new IllegalStateException("a leadership cannot begin with " + inFlight.size() + " records in flight");
    }
    base = state;
    lsn = state.lsn();
    hash = state.hash();
    timeMs = state.logTimeMs();
    policies = state.policies();
    policiesLsn = 0;
    redacted = state.redacted();
    redactedLsn = 0;
  }

  InFlight append(Maker maker) {
    RecordHeader header = new RecordHeader(base.store(), base.partition(), RecordHeader.FORMAT, hash);
    long nextTimeMs = Math.max(clock.wallMs(), timeMs);
    TokenRecord record = maker.make(header, base.token(), lsn + 1, nextTimeMs);
    Hash hashAfter = RecordHasher.next(hash, record);
    Bytes encoded = RecordCodec.encode(record);
    InFlight entry = new InFlight(record, hashAfter, encoded.size(), clock.monotonicNanos(), clock.wallMs());
    lsn++;
    hash = hashAfter;
    timeMs = nextTimeMs;
    inFlight.add(entry);
    bytes += entry.bytes;
    if (record instanceof LogRecord.Event event) {
      requests.put(event.request().id(), entry);
      event.policy().ifPresent(change -> {
        policies = policies.with(change);
        policiesLsn = record.lsn();
      });
      event.redaction().ifPresent(redaction -> {
        redacted = FoldState.redacted(redacted, redaction.keyId());
        redactedLsn = record.lsn();
      });
      outcomes.appending(event);
    }
    log.append(encoded, new AppendCallback() {
      @Override
      public void appended(long offset) {
        leaderThread.execute(() -> outcomes.acknowledged(entry, offset));
      }

      @Override
      public void failed(AppendFailure failure) {
        leaderThread.execute(() -> outcomes.failed(entry, failure));
      }
    });
    return entry;
  }

  /** The oldest one, or null. */
  @Nullable InFlight head() {
    return inFlight.peek();
  }

  /** The oldest one is committed. */
  InFlight removeHead() {
    InFlight head = inFlight.remove();
    forget(head);
    return head;
  }

  /** Gives up what is in flight: its fate is for the log to say. */
  ArrayDeque<InFlight> abandon() {
    ArrayDeque<InFlight> undecided = new ArrayDeque<>(inFlight);
    inFlight.clear();
    requests.clear();
    bytes = 0;
    return undecided;
  }

  @Nullable InFlight request(RequestId id) {
    return requests.get(id);
  }

  boolean isEmpty() {
    return inFlight.isEmpty();
  }

  int size() {
    return inFlight.size();
  }

  long bytes() {
    return bytes;
  }

  /** How long the oldest one has been in flight; 0 where there is none. */
  long waitedMs() {
    InFlight oldest = inFlight.peek();
    return oldest == null ? 0 : (clock.monotonicNanos() - oldest.sentNanos) / 1_000_000;
  }

  /** The policies in force when all of it is committed: what is decided now obeys them. */
  PolicySet policies() {
    return policies;
  }

  /** LSN of the newest event of this leadership that changed them; 0: none. */
  long policiesLsn() {
    return policiesLsn;
  }

  /** The last redactions, as {@link FoldState#redacted} will be when all of it is committed. */
  List<Bytes> redacted() {
    return redacted;
  }

  /** LSN of the newest redaction of this leadership; 0: none. A follower may have told what it does before it is acknowledged here. */
  long redactedLsn() {
    return redactedLsn;
  }

  /** LSN of the newest record appended. */
  long appendedLsn() {
    return lsn;
  }

  private void forget(InFlight entry) {
    bytes -= entry.bytes;
    if (entry.record instanceof LogRecord.Event event) {
      requests.remove(event.request().id(), entry);
    }
  }
}
