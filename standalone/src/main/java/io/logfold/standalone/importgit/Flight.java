package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.CommitRequest;
import io.logfold.api.Predicate;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A step on its way: what is known of it, and as which request it goes. Owned by the importer's thread. */
final class Flight {
  /** WAITING (to be sent) to SENT to APPLIED; back to WAITING when a resync finds that it was not applied. */
  enum State { WAITING, SENT, APPLIED }

  private final Step step;
  private final List<Predicate> chain;
  private State state = State.WAITING;
  private int round;
  private Optional<RequestInfo> request = Optional.empty();
  private boolean answered;
  private boolean sent;
  private boolean told;
  private OptionalLong revision = OptionalLong.empty();

  Flight(Step step, List<Predicate> chain) {
    this.step = step;
    this.chain = List.copyOf(chain);
    if (step.changes().isEmpty()) {
      state = State.APPLIED;
    }
  }

  Step step() {
    return step;
  }

  State state() {
    return state;
  }

  boolean sentByThisRun() {
    return sent;
  }

  /** A revision at which the partition key holds what this step leaves: its event's, or one before the next step's. */
  OptionalLong revision() {
    return revision;
  }

  /** Unless it is known already. */
  void heldAt(long at) {
    if (revision.isEmpty()) {
      revision = OptionalLong.of(at);
    }
  }

  /** Whether this is the first time that it is asked. */
  boolean tell() {
    boolean first = !told;
    told = true;
    return first;
  }

  /** The store gave its final answer to this request id, whichever. */
  void answered(boolean applied) {
    answered = true;
    if (applied) {
      state = State.APPLIED;
    }
  }

  /** The store's values show whether it is applied. */
  void found(boolean applied) {
    if (step.changes().isEmpty()) {
      return;
    }
    state = applied ? State.APPLIED : State.WAITING;
    if (!applied && answered) {
      // That id has had its answer; asking it again would only bring the same one.
      round++;
      request = Optional.empty();
      answered = false;
    }
  }

  /**
   * The request to send now. The id follows from import, commit, chunk and round alone, so that a rerun sends the same.
   *
   * @param firstAttempt 1, or 0 where an earlier run may have sent this step
   */
  CommitRequest send(Bytes partitionKey, String importId, int firstAttempt, long nowMs) {
    RequestInfo info = request
        .map(earlier -> earlier.attempt() == 0 ? earlier : earlier.nextAttempt())
        .orElseGet(() -> new RequestInfo(requestId(partitionKey, importId), firstAttempt, nowMs));
    request = Optional.of(info);
    state = State.SENT;
    sent = true;
    List<Predicate> predicates = new ArrayList<>(step.changes().stream().map(Step::before).toList());
    predicates.addAll(chain);
    return new CommitRequest(partitionKey, predicates, step.changes().stream().map(Step::mutation).toList(), info,
        step.provenance());
  }

  private RequestId requestId(Bytes partitionKey, String importId) {
    return RequestIds.named("import-git step", partitionKey.hex(), importId, step.oid(), step.from() + "-" + step.to(), "" + round);
  }
}
