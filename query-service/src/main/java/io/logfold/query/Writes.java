package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.RequestTable;
import io.logfold.query.Operation.Decided;
import io.logfold.query.Operation.Resolve;
import io.logfold.query.Operation.Write;
import io.logfold.query.Reads.ServedBy;
import io.logfold.query.values.Opened;
import io.logfold.query.values.StoredValues;
import io.logfold.query.values.Values;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides writes on the appended state, appends what happened as one event, and answers when it is committed.
 *
 * <p>What changes nothing is answered like a read (L5): a predicate that failed, a delete of missing keys, a request
 * that was decided before. On a retry, whose first attempt may still be on its way, such an outcome is an event of its
 * own, so that the late first attempt cannot be applied after all.
 *
 * <p>A write obeys the policies in force where it would be appended. One that they refuse is not logged at all, also on a
 * retry; there the caller hears that its first attempt is open, and may resolve it.
 */
final class Writes {
  private final Leadership leader;
  private final Reads reads;
  private final WriteGate gate;

  Writes(Leadership leader, Reads reads, WriteGate gate) {
    this.leader = leader;
    this.reads = reads;
    this.gate = gate;
  }

  void write(Write operation) {
    Runnable again = () -> write(operation);
    if (mayBeDecided(operation, again) && !refused(operation, again)) {
      decide(operation);
    }
  }

  /**
   * Answers with what became of a request. Where the log knows nothing of it, an event withdraws it: any attempt that
   * still arrives finds that event, and is void. It carries the request's own time, so that it is remembered as long as
   * the request itself could have been.
   */
  void resolve(Resolve operation) {
    Runnable again = () -> resolve(operation);
    if (mayBeDecided(operation, again) && !refused(operation, again)) {
      append(operation, operation.resolve.partitionKey(), operation.resolve.provenance(), List.of(), Outcome.CANCELLED);
    }
  }

  /**
   * What was missing is known now. There is no second look for room in the memtable: making room might forget what was
   * just fetched, and the write would never be decided.
   */
  private void fetched(Write operation) {
    if (mayBeDecided(operation, () -> write(operation))) {
      decide(operation);
    }
  }

  /** Whether it is a new request that may be decided now; if not, it was answered, or waits. */
  private boolean mayBeDecided(Decided<?> operation, Runnable again) {
    if (operation.ended()) {
      return false;
    }
    if (!leader.leading()) {
      // An earlier attempt of it may be in the log: what becomes of that one is the answer to this one.
      Optional<InFlight> undecided = leader.undecided(operation.request.id());
      if (undecided.isPresent()) {
        join(operation, undecided.get());
      } else {
        leader.parkUntilLeading(operation, again);
      }
      return false;
    }
    RequestInfo request = operation.request;
    InFlight same = leader.pipeline().request(request.id());
    if (same != null) {
      join(operation, same);
      return false;
    }
    Optional<RequestTable.Remembered> remembered = leader.fold().requests().find(request.id());
    if (remembered.isPresent()) {
      answerRemembered(operation, remembered.get(), again);
      return false;
    }
    Optional<StoreException> untimely = RequestTimes.refusal(leader, request);
    if (untimely.isPresent()) {
      operation.fail(untimely.get());
      return false;
    }
    if (leader.clock().monotonicNanos() - leader.dataFromNanos() < 0) {
      operation.waitingFor = "the lease of the leader before to run out";
      leader.parkUntilData(operation, again);
      return false;
    }
    return true;
  }

  private void join(Decided<?> operation, InFlight sameRequest) {
    operation.handedOver = true;
    operation.token = sameRequest.record.token();
    sameRequest.waiting.add(operation);
    leader.watch(operation);
  }

  /** Whether it cannot be taken now: it then was answered, or waits for room. */
  private boolean refused(Decided<?> operation, Runnable again) {
    Optional<StoreException> refusal = gate.refusal();
    if (refusal.isPresent()) {
      operation.fail(refusal.get());
      return true;
    }
    LeaderConfig config = leader.config();
    long now = leader.clock().monotonicNanos();
    long waitedMs = leader.pipeline().waitedMs();
    if (waitedMs > config.logStallMs()) {
      operation.fail(ErrorCode.UNAVAILABLE, "the log has not acknowledged a record for " + waitedMs
          + " ms; this write was not handed over, try again later");
      return true;
    }
    boolean full = leader.memtable().full();
    if (!full && leader.pipeline().size() < config.maxInFlightRecords()
        && leader.pipeline().bytes() < config.maxInFlightBytes()) {
      operation.waitingForRoomSinceNanos = 0;
      return false;
    }
    if (operation.waitingForRoomSinceNanos == 0) {
      operation.waitingForRoomSinceNanos = now;
    } else if (now - operation.waitingForRoomSinceNanos > config.slowDownAfterMs() * 1_000_000) {
      operation.fail(ErrorCode.SLOW_DOWN, full
          ? "the memtable holds " + leader.memtable().bytes() + " bytes that the table has not projected yet, its limit is "
              + leader.memtable().limitBytes() + "; try again when the table has caught up"
          : leader.pipeline().size() + " records are in flight; try again later");
      return true;
    }
    operation.waitingFor = full ? "the table to catch up" : "records in flight";
    leader.whenRoom(operation, again);
    return true;
  }

  private void decide(Write operation) {
    CommitRequest request = operation.commit;
    Bytes partitionKey = request.partitionKey();
    Optional<String> lacking = leader.pipeline().policies().refusal(partitionKey, request.provenance());
    if (lacking.isPresent()) {
      refuse(operation, lacking.get());
      return;
    }
    Memtable memtable = leader.memtable();
    boolean resident = memtable.resident(partitionKey);
    Set<Bytes> missing = new LinkedHashSet<>();
    for (Predicate predicate : request.predicates()) {
      noteMissing(partitionKey, predicate.key(), resident, missing);
    }
    for (Mutation mutation : request.mutations()) {
      if (mutation instanceof Mutation.Delete) {
        noteMissing(partitionKey, mutation.key(), resident, missing);
      }
    }
    if (!missing.isEmpty()) {
      reads.fetch(partitionKey, new ArrayList<>(missing), operation, () -> fetched(operation), () -> fetched(operation));
      return;
    }
    // The answer to a request that changes nothing rests on every key it looked at (L5).
    long decidedOn = 0;
    for (int i = 0; i < request.predicates().size(); i++) {
      Predicate predicate = request.predicates().get(i);
      MemtableEntry entry = memtable.entry(partitionKey, predicate.key());
      Bytes value = entry == null ? null : entry.appendedValue();
      long revision = entry == null ? 0 : entry.appendedRevision();
      boolean holds;
      decidedOn = Math.max(decidedOn, entry == null ? 0 : entry.pendingRevision);
      if (predicate instanceof Predicate.ValueEquals && value != null && !StoredValues.isPlain(value)) {
        Opened opened = known(operation, value);
        if (opened == null) {
          open(operation, predicate.key(), value);
          return;
        }
        // A redacted value equals nothing, not even the empty one.
        holds = opened instanceof Opened.Plain plain && predicate.holds(plain.value(), revision);
        decidedOn = Math.max(decidedOn, leader.pipeline().redactedLsn());
      } else {
        holds = predicate.holds(value, revision);
      }
      if (!holds) {
        unchanged(operation, new Outcome.PredicateFailed(i, value == null ? 0 : revision), decidedOn);
        return;
      }
    }
    List<Mutation> effective = new ArrayList<>(request.mutations().size());
    for (Mutation mutation : request.mutations()) {
      MemtableEntry entry = memtable.entry(partitionKey, mutation.key());
      if (mutation instanceof Mutation.Put || (entry != null && entry.appendedValue() != null)) {
        effective.add(mutation);
      } else if (entry != null) {
        decidedOn = Math.max(decidedOn, entry.pendingRevision);
      }
    }
    if (effective.isEmpty()) {
      unchanged(operation, Outcome.UNCHANGED, decidedOn);
    } else if (!leader.pipeline().policies().redactable(partitionKey)
        || effective.stream().noneMatch(Mutation.Put.class::isInstance)) {
      appendPlain(operation, effective);
    } else if (operation.sealed == null) {
      seal(operation);
    } else {
      operation.sealedUsed = true;
      append(operation, chosen(operation.sealed.mutations(), effective), Outcome.APPLIED);
    }
  }

  private void appendPlain(Write operation, List<Mutation> effective) {
    List<Mutation> stored;
    try {
      stored = Values.plain(effective);
    } catch (StoreException tooLarge) {
      operation.fail(tooLarge);
      return;
    }
    append(operation, stored, Outcome.APPLIED);
  }

  /** Of the sealed ones those whose keys these have. */
  private static List<Mutation> chosen(List<Mutation> sealed, List<Mutation> effective) {
    if (sealed.size() == effective.size()) {
      return sealed;
    }
    Set<Bytes> keys = new HashSet<>();
    effective.forEach(mutation -> keys.add(mutation.key()));
    return sealed.stream().filter(mutation -> keys.contains(mutation.key())).toList();
  }

  /**
   * Encrypts the values and waits until their keys are durable. Then the write is decided from the beginning: what was
   * decided up to here only said that it was worth it.
   */
  private void seal(Write operation) {
    operation.waitingFor = "the keys of its values to be kept";
    operation.timeoutCode = ErrorCode.UNAVAILABLE;
    leader.watch(operation);
    leader.values().seal(operation.commit.partitionKey(), operation.commit.mutations()).whenComplete((sealed, failure) ->
        leader.onLeaderThread(() -> {
          if (failure != null) {
            operation.fail(StoreException.from(failure));
          } else if (operation.ended()) {
            leader.values().discard(sealed.keys());
          } else {
            operation.sealed = sealed;
            operation.future.whenComplete((answer, refusal) -> leader.onLeaderThread(() -> {
              if (!operation.sealedUsed) {
                leader.values().discard(sealed.keys());
              }
            }));
            write(operation);
          }
        }));
  }

  /** What an encrypted value is, as redactions stand where the write would be appended; null: it must be opened first. */
  private @Nullable Opened known(Write operation, Bytes stored) {
    Pipeline pipeline = leader.pipeline();
    if (StoredValues.keyId(stored).filter(id -> pipeline.redacted().contains(id.bytes())).isPresent()) {
      return Opened.REDACTED;
    }
    // The pipeline lists the last redactions only: one that came since it was opened may have left the list.
    boolean asOpened = operation.openedEpoch == leader.epoch() && operation.openedRedactedLsn == pipeline.redactedLsn();
    return asOpened ? operation.opened.get(stored) : null;
  }

  /** A predicate compares with an encrypted value: it is decided anew when that is known. */
  private void open(Write operation, Bytes key, Bytes stored) {
    long epoch = leader.epoch();
    long redactedLsn = leader.pipeline().redactedLsn();
    if (operation.openedEpoch != epoch || operation.openedRedactedLsn != redactedLsn) {
      operation.opened.clear();
      operation.openedEpoch = epoch;
      operation.openedRedactedLsn = redactedLsn;
    }
    operation.waitingFor = "a value to be opened";
    leader.watch(operation);
    leader.values().open(operation.commit.partitionKey(), key, stored).whenComplete((opened, failure) ->
        leader.onLeaderThread(() -> {
          if (failure != null) {
            operation.fail(StoreException.from(failure));
          } else {
            if (operation.openedEpoch == epoch && operation.openedRedactedLsn == redactedLsn) {
              operation.opened.put(stored, opened);
            }
            write(operation);
          }
        }));
  }

  /** A refusal is an answer like a read's: it rests on policies that are committed, and is given by who leads. */
  private void refuse(Write operation, String lacking) {
    Runnable again = () -> write(operation);
    reads.whenCommitted(leader.pipeline().policiesLsn(), leader.epoch(), operation, again,
        () -> reads.certify(ServedBy.LEASE, operation, again, () -> operation.fail(ErrorCode.POLICY_REFUSED, lacking)));
  }

  private void noteMissing(Bytes partitionKey, Bytes key, boolean resident, Set<Bytes> missing) {
    MemtableEntry entry = leader.memtable().entry(partitionKey, key);
    if (entry == null ? !resident : !entry.appendedKnown()) {
      missing.add(key);
    }
  }

  /** The request changes nothing. On its first attempt that is an answer like a read's; on a retry it is an event. */
  private void unchanged(Write operation, Outcome outcome, long decidedOnLsn) {
    if (operation.request.attempt() != 1) {
      append(operation, List.of(), outcome);
      return;
    }
    reads.whenCommitted(decidedOnLsn, leader.epoch(), operation, () -> write(operation),
        () -> reads.certify(ServedBy.LEASE, operation, () -> write(operation),
            () -> operation.decided(outcome, leader.committedLsn())));
  }

  private void answerRemembered(Decided<?> operation, RequestTable.Remembered remembered, Runnable again) {
    reads.certify(ServedBy.LEASE, operation, again, () -> operation.decided(remembered.outcome(), remembered.lsn()));
  }

  private void append(Write operation, List<Mutation> mutations, Outcome outcome) {
    append(operation, operation.commit.partitionKey(), operation.commit.provenance(), mutations, outcome);
  }

  private void append(Decided<?> operation, Bytes partitionKey, Provenance provenance, List<Mutation> mutations,
      Outcome outcome) {
    InFlight entry = leader.pipeline().append((header, token, lsn, timeMs) -> new LogRecord.Event(header, token, lsn,
        operation.request, timeMs, provenance, partitionKey, mutations, outcome));
    operation.handedOver = true;
    operation.token = entry.record.token();
    entry.waiting.add(operation);
    leader.watch(operation);
    leader.memtable().append(partitionKey, mutations, entry.record.lsn());
  }
}
