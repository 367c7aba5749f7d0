package io.logfold.log.model;

/** The leader's side: judges an arriving attempt or resolve on its appended state, and logs what must be logged. */
final class RequestLeader {
  private final Law law;
  private final int window;
  private final int ahead;

  RequestLeader(Law law, int window, int ahead) {
    this.law = law;
    this.window = window;
    this.ahead = ahead;
  }

  void moves(RequestState state, Moves<RequestState> out) {
    RequestState appended = appended(state);
    for (int clock = state.now - 1; clock <= fastestClock(state); clock++) {
      for (int attempt = 1; attempt <= state.sent; attempt++) {
        if ((state.attempts >>> (attempt - 1) & 1) == 1) {
          judge(state, appended, attempt, clock, out);
        }
      }
      if (state.resolve) {
        resolve(state, appended, clock, out);
      }
      if (state.othersLeft > 0 && state.tail < RequestState.MAX_TAIL) {
        RequestState next = state.copy();
        next.othersLeft--;
        next.append(RequestState.OTHER, Math.max(clock, appended.logTime), 0);
        out.to(next, () -> "another client " + (appended.present ? "deletes" : "puts") + " the key");
      }
    }
  }

  /**
   * Brokers refuse records from the future (message.timestamp.after.max.ms); without that a clock may run far ahead.
   */
  private int fastestClock(RequestState state) {
    return law.has(Mutation.FAST_LEADER_CLOCK) ? state.now + 2 : state.now;
  }

  private void expire(RequestState next, RequestState state, int requestTime) {
    next.logged |= 1 << RequestState.EXPIRED;
    next.expiredEarly |= requestTime + window >= state.now && !state.horizon;
  }

  /** The state on which a leader decides: committed and appended together. */
  private RequestState appended(RequestState state) {
    RequestState appended = state.copy();
    while (appended.tail > 0) {
      RequestModel.applyFirstOfTail(appended, window);
    }
    return appended;
  }

  private boolean expired(RequestState state, int requestTime) {
    boolean old = requestTime + window < state.logTime || state.horizon;
    return old && !law.has(Mutation.EXPIRED_REQUEST_ACCEPTED);
  }

  private void judge(RequestState state, RequestState appended, int attempt, int clock, Moves<RequestState> out) {
    int requestTime = attempt == 1 ? state.firstTime : state.laterTime;
    RequestState next = state.copy();
    next.attempts &= ~(1 << (attempt - 1));
    String arrives = "attempt " + attempt + " arrives: ";
    if (requestTime > clock + ahead) {
      out.to(next, () -> arrives + "refused, its time lies ahead");
      return;
    }
    if (expired(appended, requestTime)) {
      if (expired(state, requestTime) || law.has(Mutation.EXPIRED_ANSWERED_AT_ONCE)) {
        expire(next, state, requestTime);
        out.to(next, () -> arrives + "expired");
      }
      return;
    }
    RequestState known = law.has(Mutation.DEDUPE_ON_COMMITTED_ONLY) ? state : appended;
    if (known.entry != RequestState.NONE) {
      answerKnown(next, known.entry, state, arrives, out);
      return;
    }
    if (appended.present && !mustLogFailure(attempt)) {
      if (state.tail == 0) {
        next.unlogged |= 1 << (attempt - 1);
        out.to(next, () -> arrives + "FAILED, not logged");
      }
      return;
    }
    int kind = appended.present ? RequestState.FAILED : RequestState.OK;
    logOutcome(next, kind, requestTime, clock, appended, arrives, out);
  }

  private boolean mustLogFailure(int attempt) {
    return attempt >= 2 && !law.has(Mutation.UNLOGGED_RETRY);
  }

  /** A duplicate's answer is a read: while the outcome is in flight, its commit will answer. */
  private static void answerKnown(
      RequestState next, int outcome, RequestState state, String arrives, Moves<RequestState> out) {
    if (state.entry == outcome) {
      next.logged |= 1 << outcome;
    }
    out.to(next, () -> arrives + "known as " + outcome(outcome));
  }

  private static void logOutcome(
      RequestState next,
      int kind,
      int requestTime,
      int clock,
      RequestState appended,
      String arrives,
      Moves<RequestState> out) {
    if (next.tail < RequestState.MAX_TAIL) {
      int time = Math.max(clock, appended.logTime);
      next.append(kind, time, requestTime);
      out.to(next, () -> arrives + "event " + outcome(kind) + " appended, time " + time);
    }
  }

  private void resolve(RequestState state, RequestState appended, int clock, Moves<RequestState> out) {
    RequestState next = state.copy();
    next.resolve = false;
    boolean idAlone = law.has(Mutation.RESOLVE_BY_ID_ALONE);
    String arrives = "resolve arrives: ";
    boolean tooFarAhead = state.firstTime > clock + ahead;
    if (tooFarAhead && !idAlone && !law.has(Mutation.RESOLVE_AHEAD_ACCEPTED)) {
      out.to(next, () -> arrives + "refused, its time lies ahead");
    } else if (!idAlone && expired(appended, state.firstTime)) {
      if (expired(state, state.firstTime) || law.has(Mutation.EXPIRED_ANSWERED_AT_ONCE)) {
        expire(next, state, state.firstTime);
        out.to(next, () -> arrives + "expired");
      }
    } else if (appended.entry != RequestState.NONE) {
      answerKnown(next, appended.entry, state, arrives, out);
    } else if (law.has(Mutation.RESOLVE_UNLOGGED)) {
      if (state.tail == 0) {
        next.logged |= 1 << RequestState.CANCELLED;
        out.to(next, () -> arrives + "CANCELLED, not logged");
      }
    } else {
      boolean otherTime = idAlone || law.has(Mutation.CANCELLED_UNDER_OTHER_TIME);
      int keptFrom = otherTime ? Math.max(clock, appended.logTime) : state.firstTime;
      logOutcome(next, RequestState.CANCELLED, keptFrom, clock, appended, arrives, out);
    }
  }

  static String outcome(int outcome) {
    return switch (outcome) {
      case RequestState.OK -> "OK";
      case RequestState.FAILED -> "PREDICATE_FAILED";
      case RequestState.CANCELLED -> "CANCELLED";
      case RequestState.EXPIRED -> "REQUEST_EXPIRED";
      default -> "unknown";
    };
  }

  static String text(int kind) {
    return kind == RequestState.OTHER ? "another client's event" : "the event " + outcome(kind);
  }
}
