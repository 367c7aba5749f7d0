package io.logfold.log.model;

/** The client of the watched request: sends attempts, resolves, and believes answers by the law's rule. */
final class RequestClient {
  private final Law law;

  RequestClient(Law law) {
    this.law = law;
  }

  void moves(RequestState state, Moves<RequestState> out) {
    if (state.answer != RequestState.NONE) {
      return;
    }
    send(state, out);
    receive(state, out);
  }

  private void send(RequestState state, Moves<RequestState> out) {
    if (state.sent == 0) {
      for (int time = Math.max(0, state.now - 1); time <= state.now + 1; time++) {
        RequestState next = state.copy();
        next.firstTime = time;
        next.laterTime = time;
        attempt(next);
        out.to(next, () -> "the client sends attempt 1, requestTime " + next.firstTime);
      }
      return;
    }
    if (!state.resolving && state.sent < RequestState.MAX_ATTEMPTS) {
      RequestState next = state.copy();
      if (law.has(Mutation.RETRY_WITH_FRESH_TIME)) {
        next.laterTime = state.now;
      }
      attempt(next);
      out.to(next, () -> "the client sends attempt " + next.sent);
    }
    if (!state.resolve) {
      RequestState next = state.copy();
      next.resolving = true;
      next.resolve = true;
      out.to(next, () -> "the client sends resolve");
    }
  }

  private static void attempt(RequestState next) {
    next.attempts |= 1 << next.sent;
    next.sent++;
  }

  private void receive(RequestState state, Moves<RequestState> out) {
    for (int outcome = RequestState.OK; outcome <= RequestState.EXPIRED; outcome++) {
      if ((state.logged >>> outcome & 1) == 1) {
        conclude(state, outcome, out);
      }
    }
    for (int attempt = 1; attempt <= state.sent; attempt++) {
      boolean latest = attempt == state.sent || law.has(Mutation.LATE_UNLOGGED_ANSWER_ACCEPTED);
      if ((state.unlogged >>> (attempt - 1) & 1) == 1 && latest) {
        conclude(state, RequestState.FAILED, out);
      }
    }
  }

  private static void conclude(RequestState state, int outcome, Moves<RequestState> out) {
    RequestState next = state.copy();
    next.answer = outcome;
    next.appliedWhenClosed = state.applied;
    out.to(next, () -> "the client is told " + RequestLeader.outcome(outcome));
  }
}
