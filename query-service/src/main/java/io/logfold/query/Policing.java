package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.PolicySet;
import io.logfold.log.RequestTable;
import io.logfold.query.Reads.ServedBy;
import java.util.Optional;

/**
 * The policies of the partition: which are in force, and their changes, each of them an event.
 *
 * <p>Changes and writes are appended by one thread, and a write is decided on the policies as appended
 * ({@link Pipeline#policies}): so every event behind the change in the log obeys it. Owned by the leader's thread.
 */
final class Policing {
  private final Leadership leader;
  private final Reads reads;

  Policing(Leadership leader, Reads reads) {
    this.leader = leader;
    this.reads = reads;
  }

  /** A question which policies are in force. */
  static final class Listing extends Operation<PolicyOutcome> {
    Listing(long deadlineNanos) {
      super(deadlineNanos);
    }
  }

  /** A call that changes them. */
  static final class Change extends Operation<PolicyOutcome> {
    final PolicyChange change;
    final RequestInfo request;
    final Provenance provenance;

    Change(PolicyChange change, RequestInfo request, Provenance provenance, long deadlineNanos) {
      super(deadlineNanos);
      this.change = change;
      this.request = request;
      this.provenance = provenance;
    }

    @Override
    StoreException undecided(String why) {
      return StoreException.unknown(request.id(), token, why);
    }

    /** Every refusal says that nothing was handed over: where something was, and its fate is open, it is UNKNOWN. */
    @Override
    void fail(StoreException failure) {
      super.fail(handedOver && failure.code() != ErrorCode.UNKNOWN
          ? undecided(failure.getMessage() + "; whether the change counts is not known, ask again") : failure);
    }
  }

  void list(Listing operation) {
    if (operation.ended()) {
      return;
    }
    if (!leader.leading()) {
      leader.parkUntilLeading(operation, () -> list(operation));
      return;
    }
    Runnable again = () -> list(operation);
    // A change that is appended may be known to others before its acknowledgement comes here.
    reads.whenCommitted(leader.pipeline().policiesLsn(), leader.epoch(), operation, again, () -> {
      PolicyOutcome answer = outcome(leader.committedLsn(), false);
      reads.certify(ServedBy.LEASE, operation, again, () -> operation.answer(answer));
    });
  }

  void change(Change operation) {
    if (operation.ended()) {
      return;
    }
    Provenance said = operation.provenance;
    if (said.principal().isBlank() || said.reason().isBlank()) {
      operation.fail(ErrorCode.INVALID_ARGUMENT, "a change of the policies must say who makes it and why; "
          + (said.principal().isBlank() ? "the principal" : "the reason") + " is missing");
      return;
    }
    Runnable again = () -> change(operation);
    if (!leader.leading() && !operation.handedOver) {
      leader.parkUntilLeading(operation, again);
      return;
    }
    Optional<RequestTable.Remembered> counted = leader.fold().requests().find(operation.request.id());
    if (counted.isPresent()) {
      if (counted.get().outcome() instanceof Outcome.Applied) {
        operation.answer(outcome(counted.get().lsn(), true)); // it is in the log for good
      } else {
        operation.handedOver = false;
        operation.fail(ErrorCode.CANCELLED, "the request was withdrawn before it was applied; it never will be");
      }
      return;
    }
    if (operation.handedOver && operation.token != leader.fold().state().token()) {
      operation.handedOver = false; // void for ever: nothing was changed, and it may be made again
    }
    if (!leader.leading()) {
      leader.parkUntilLeading(operation, again);
      return;
    }
    InFlight same = leader.pipeline().request(operation.request.id());
    if (same != null) {
      handedOver(operation, same);
      return;
    }
    Optional<StoreException> untimely = RequestTimes.refusal(leader, operation.request);
    if (untimely.isPresent()) {
      operation.fail(untimely.get());
      return;
    }
    if (leader.clock().monotonicNanos() - leader.dataFromNanos() < 0) {
      operation.waitingFor = "the lease of the leader before to run out";
      leader.parkUntilData(operation, again);
      return;
    }
    PolicySet appended = leader.pipeline().policies();
    Optional<String> tooMuch = appended.refusal(operation.change);
    if (tooMuch.isPresent()) {
      operation.fail(ErrorCode.TOO_LARGE, tooMuch.get());
    } else if (appended.with(operation.change).equals(appended)) {
      reads.whenCommitted(leader.pipeline().policiesLsn(), leader.epoch(), operation, again,
          () -> reads.certify(ServedBy.LEASE, operation, again, () -> operation.answer(outcome(leader.committedLsn(), false))));
    } else {
      handedOver(operation, leader.pipeline().append((header, token, lsn, timeMs) -> LogRecord.Event.policy(header, token,
          lsn, operation.request, timeMs, operation.provenance, operation.change)));
    }
  }

  private void handedOver(Change operation, InFlight event) {
    operation.handedOver = true;
    operation.token = event.record.token();
    // Committed, or void: which of both, the fold knows.
    leader.whenCommitted(event.record.lsn(), operation, () -> change(operation));
  }

  private PolicyOutcome outcome(long lsn, boolean changed) {
    FoldState state = leader.fold().state();
    return new PolicyOutcome(leader.partition(), lsn, changed, state.policies().all());
  }
}
