package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Provenance;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.Redaction;
import io.logfold.log.RequestTable;
import io.logfold.query.Reads.ServedBy;
import io.logfold.query.values.KeyId;
import io.logfold.query.values.Opened;
import io.logfold.query.values.StoredValues;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes values unreadable: first an event that says who wants it and why, and when that is committed, the value's key is
 * destroyed in the vault; then the call is answered.
 *
 * <ul>
 *   <li>R1 No key is destroyed by a redaction whose event is not committed: the trail is never without its reason.
 *   <li>R2 A key whose redaction is committed is destroyed, whoever leads: the ids of the last
 *       {@link FoldState#MAX_REDACTED} are in the fold's state, a leader destroys them all when it begins (again: harmless), and
 *       appends no further redaction while the one that would fall out of that list is not known to be destroyed.
 *   <li>R3 A node that has folded the event opens the value no more, wherever the destruction stands.
 * </ul>
 *
 * <p>Owned by the leader's thread.
 */
final class Redacting {
  private static final Logger log = LoggerFactory.getLogger(Redacting.class);
  private static final long AGAIN_NANOS = 1_000_000_000;

  private final Leadership leader;
  private final Reads reads;
  private final PastValues past;

  /** Keys of committed redactions that this leadership does not know to be destroyed. */
  private final Set<Bytes> undestroyed = new LinkedHashSet<>();

  /** Calls that wait for one of them. */
  private final ArrayDeque<Redact> waiting = new ArrayDeque<>();

  private final Set<Bytes> underWay = new LinkedHashSet<>();
  private long againNanos;

  Redacting(Leadership leader, Reads reads, PastValues past) {
    this.leader = leader;
    this.reads = reads;
    this.past = past;
  }

  static final class Redact extends Operation<RedactOutcome> {
    final RedactRequest request;

    /** What the history says of a revision that is not the current one; null: not asked yet. */
    private @Nullable Optional<Bytes> stored;

    private @Nullable Bytes keyId;

    Redact(RedactRequest request, long deadlineNanos) {
      super(deadlineNanos);
      this.request = request;
    }

    @Override
    StoreException undecided(String why) {
      return StoreException.unknown(request.request().id(), token, why);
    }

    /** Where something was handed over, no refusal may say that nothing was. */
    @Override
    void fail(StoreException failure) {
      super.fail(handedOver && failure.code() != ErrorCode.UNKNOWN
          ? undecided(failure.getMessage() + "; whether the redaction counts is not known, ask again")
          : failure.ofAttempt(request.request(), token));
    }
  }

  void redact(Redact operation) {
    if (operation.ended()) {
      return;
    }
    Provenance said = operation.request.provenance();
    if (said.principal().isBlank() || said.reason().isBlank()) {
      operation.fail(ErrorCode.POLICY_REFUSED, "a redaction must say who makes it and why; "
          + (said.principal().isBlank() ? "the principal" : "the reason") + " is missing");
      return;
    }
    Runnable again = () -> redact(operation);
    Optional<RequestTable.Remembered> counted = leader.fold().requests().find(operation.request.request().id());
    if (operation.handedOver && counted.isEmpty() && operation.token != leader.fold().state().token()) {
      operation.handedOver = false; // void for ever: nothing was changed, and it may be made again
    }
    if (!leader.leading()) {
      leader.parkUntilLeading(operation, again);
    } else if (counted.isPresent()) {
      logged(operation, counted.get());
    } else if (leader.pipeline().request(operation.request.request().id()) instanceof InFlight same) {
      handedOver(operation, same);
    } else if (RequestTimes.refusal(leader, operation.request.request()).orElse(null) instanceof StoreException untimely) {
      operation.fail(untimely);
    } else if (leader.clock().monotonicNanos() - leader.dataFromNanos() < 0) {
      operation.waitingFor = "the lease of the leader before to run out";
      leader.parkUntilData(operation, again);
    } else if (!leader.values().encrypts()) {
      operation.fail(ErrorCode.NO_MASTER_KEY, "the node that leads this partition has no master key, so it can destroy no keys;"
          + " start it with one (redaction.master-key-file)");
    } else {
      find(operation);
    }
  }

  /** The stored bytes of that revision: the current ones, or of the past. */
  private void find(Redact operation) {
    RedactRequest request = operation.request;
    Runnable again = () -> redact(operation);
    Memtable memtable = leader.memtable();
    MemtableEntry entry = memtable.entry(request.partitionKey(), request.key());
    if (request.revision() > leader.committedLsn()) {
      if (request.revision() > leader.pipeline().appendedLsn()) {
        noSuchValue(operation);
      } else {
        reads.whenCommitted(request.revision(), leader.epoch(), operation, again, again);
      }
      return;
    }
    if (entry == null ? !memtable.resident(request.partitionKey()) : !entry.known) {
      if (operation.stored == null) {
        reads.fetch(request.partitionKey(), List.of(request.key()), operation, again, () -> fetched(operation));
        return;
      }
    }
    if (entry != null && entry.known && entry.value != null && entry.revision == request.revision()) {
      decide(operation, entry.value);
    } else if (operation.stored != null) {
      operation.stored.ifPresentOrElse(stored -> decide(operation, stored), () -> noSuchValue(operation));
    } else {
      askThePast(operation);
    }
  }

  private void fetched(Redact operation) {
    if (!operation.ended() && leader.leading()) {
      MemtableEntry entry = leader.memtable().entry(operation.request.partitionKey(), operation.request.key());
      if (entry != null && entry.known && entry.value != null && entry.revision == operation.request.revision()) {
        redact(operation);
      } else {
        askThePast(operation);
      }
    } else {
      redact(operation);
    }
  }

  private void askThePast(Redact operation) {
    RedactRequest request = operation.request;
    operation.waitingFor = "the history";
    leader.watch(operation);
    past.stored(request.partitionKey(), request.key(), request.revision()).whenComplete((stored, failure) ->
        leader.onLeaderThread(() -> {
          if (failure != null) {
            operation.fail(StoreException.from(failure));
          } else {
            operation.stored = stored;
            redact(operation);
          }
        }));
  }

  private static void noSuchValue(Redact operation) {
    operation.fail(ErrorCode.INVALID_ARGUMENT, "revision " + operation.request.revision() + " did not put a value under "
        + operation.request.key() + "; 'logfold history' lists the revisions that did");
  }

  private void decide(Redact operation, Bytes stored) {
    RedactRequest request = operation.request;
    Optional<KeyId> keyId = StoredValues.keyId(stored);
    if (keyId.isEmpty()) {
      operation.fail(ErrorCode.POLICY_REFUSED, "the value was stored in plain: no policy said then that values of this"
          + " partition key are redactable, so it cannot be redacted; the log cannot be rewritten");
      return;
    }
    Bytes id = keyId.get().bytes();
    List<Bytes> last = leader.pipeline().redacted();
    if (last.contains(id)) {
      again(operation, id);
    } else if (last.size() == FoldState.MAX_REDACTED && notDestroyed(last.getFirst())) {
      operation.fail(ErrorCode.SLOW_DOWN, FoldState.MAX_REDACTED + " redactions are under way, and the key vault has not"
          + " answered for the first of them; try again");
    } else {
      leader.values().open(request.partitionKey(), request.key(), stored).whenComplete((opened, failure) ->
          leader.onLeaderThread(() -> opened(operation, id, failure == null
              && opened instanceof Opened.Redacted)));
      operation.waitingFor = "the key vault";
      leader.watch(operation);
    }
  }

  /** Destroyed long ago: then that is the answer. Else, also where its key is not to be had just now, the event is made. */
  private void opened(Redact operation, Bytes id, boolean redacted) {
    if (operation.ended()) {
      return;
    }
    boolean decidable = leader.leading() && leader.pipeline().request(operation.request.request().id()) == null
        && leader.fold().requests().find(operation.request.request().id()).isEmpty()
        && leader.clock().monotonicNanos() - leader.dataFromNanos() >= 0;
    List<Bytes> last = leader.pipeline().redacted();
    if (!decidable || last.contains(id) || (last.size() == FoldState.MAX_REDACTED && notDestroyed(last.getFirst()))) {
      redact(operation);
    } else if (redacted) {
      again(operation, id);
    } else {
      RedactRequest request = operation.request;
      operation.keyId = id;
      handedOver(operation, leader.pipeline().append((header, token, lsn, timeMs) -> LogRecord.Event.redaction(header, token,
          lsn, request.request(), timeMs, request.provenance(), request.partitionKey(),
          new Redaction(request.key(), request.revision(), id))));
    }
  }

  /** The value was redacted before: nothing is logged, and it is answered when its key is surely destroyed. */
  private void again(Redact operation, Bytes id) {
    if (undestroyed.contains(id) || notCommitted(id)) {
      waiting.add(operation);
      operation.keyId = id;
      operation.waitingFor = "the key vault";
      leader.watch(operation);
      return;
    }
    reads.certify(ServedBy.LEASE, operation, () -> redact(operation),
        () -> operation.answer(new RedactOutcome(leader.committedLsn(), false)));
  }

  private boolean notDestroyed(Bytes id) {
    return undestroyed.contains(id) || notCommitted(id);
  }

  private boolean notCommitted(Bytes id) {
    return leader.pipeline().redacted().contains(id) && !leader.fold().state().redacted().contains(id);
  }

  private void handedOver(Redact operation, InFlight event) {
    operation.handedOver = true;
    operation.token = event.record.token();
    // Committed, or void: which of both, the fold knows.
    leader.whenCommitted(event.record.lsn(), operation, () -> redact(operation));
  }

  /** Its event counts: it is answered when the key is destroyed. */
  private void logged(Redact operation, RequestTable.Remembered counted) {
    if (!(counted.outcome() instanceof Outcome.Applied)) {
      operation.handedOver = false;
      operation.fail(ErrorCode.CANCELLED, "the request was withdrawn before it was applied; it never will be");
      return;
    }
    Bytes id = operation.keyId;
    boolean waits = id == null ? !undestroyed.isEmpty() : undestroyed.contains(id);
    if (waits) {
      operation.handedOver = true; // running out of time now does not mean that nothing was done
      operation.waitingFor = "the key vault";
      leader.watch(operation);
      waiting.add(operation);
    } else {
      operation.answer(new RedactOutcome(counted.lsn(), true));
    }
  }

  // ---- destroying

  /** A redaction is committed. */
  void committed(Redaction redaction) {
    leader.values().redacted(redaction.keyId());
    if (leader.leading()) {
      undestroyed.add(redaction.keyId());
      destroy(redaction.keyId());
    }
  }

  /** This node leads: what the leader before it may have left undone is done again. */
  void leads() {
    undestroyed.clear();
    undestroyed.addAll(leader.fold().state().redacted());
    lookAgain();
    if (!undestroyed.isEmpty() && !leader.values().encrypts()) {
      log.warn("partition {}: {} redacted values may wait for their keys to be destroyed, and this node has no master key",
          leader.partition(), undestroyed.size());
    }
    destroyAll();
  }

  /** Those that wait for a key to be destroyed: another leader may have destroyed it, or knows of no such event. */
  void lookAgain() {
    for (int left = waiting.size(); left > 0; left--) {
      redact(waiting.remove());
    }
  }

  /** From time to time: what the vault did not acknowledge is tried again. */
  void goOn(long now) {
    if (pending() && now - againNanos > 0) {
      waiting.removeIf(Redact::ended);
      destroyAll();
    }
  }

  /** Whether {@link #goOn} is wanted, every second or so. */
  boolean pending() {
    return leader.leading() && !undestroyed.isEmpty() && leader.values().encrypts();
  }

  private void destroyAll() {
    againNanos = leader.clock().monotonicNanos() + AGAIN_NANOS;
    if (leader.values().encrypts()) {
      List.copyOf(undestroyed).forEach(this::destroy);
    }
  }

  private void destroy(Bytes keyId) {
    if (!underWay.add(keyId)) {
      return;
    }
    leader.values().destroy(keyId).whenComplete((done, failure) -> leader.onLeaderThread(() -> {
      underWay.remove(keyId);
      if (failure == null) {
        undestroyed.remove(keyId);
        lookAgain();
      } else {
        log.warn("partition {}: a redacted value's key is not destroyed yet, trying again: {}", leader.partition(),
            failure.getMessage());
      }
    }));
  }
}
