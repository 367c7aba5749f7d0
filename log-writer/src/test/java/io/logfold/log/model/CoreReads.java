package io.logfold.log.model;

/**
 * L5 and the read index. Invocation and arrival at the leader are one step: a read that travels is invoked no later, so
 * it has to show no more.
 *
 * <p>A barrier read needs an own record sent after it arrived, that is one with an LSN above what was appended then.
 */
final class CoreReads {
  private CoreReads() {}

  static void moves(CoreState state, Moves<CoreState> out) {
    switch (state.readPhase) {
      case CoreState.NO_READ -> arrivals(state, out);
      case CoreState.READ_AT_LEADER -> {
        answer(state, out);
        giveIndex(state, out);
        join(state, out);
      }
      default -> {
        followerAnswers(state, out);
        newLeaderAnswers(state, out);
        join(state, out);
      }
    }
  }

  private static void arrivals(CoreState state, Moves<CoreState> out) {
    // Before the first event was appended there is nothing a read could show or miss.
    if (state.left(CoreState.Budget.EVENTS) == state.bounds.events()) {
      return;
    }
    for (int node = 0; node < state.nodes(); node++) {
      if (state.leads(node)) {
        int at = node;
        CoreState next = state.copy();
        next.readPhase = CoreState.READ_AT_LEADER;
        next.readNode = at;
        next.readWait = state.appendedData[at];
        next.readNeed = state.appended[at];
        next.readFloor = state.shown;
        if (state.law.has(Mutation.BARRIER_SENT_EARLIER)) {
          // Not a token here: what had been committed at arrival, which only this mutation asks for.
          next.readToken = state.committed[at];
        }
        out.to(next, () -> "a read arrives at " + CoreModel.name(at) + " (LSN " + state.shown + " was shown before)");
      }
    }
    if (state.law.has(Mutation.FOLLOWER_LIST_OFFSETS)) {
      // A deposed broker may answer with any high watermark there ever was; the floor is taken now.
      CoreState next = state.copy();
      next.readPhase = CoreState.READ_AT_FOLLOWER;
      next.readFloor = state.shown;
      out.to(next, () -> "a follower read asks a broker by ListOffsets (LSN " + state.shown + " was shown before)");
    }
  }

  private static boolean covered(CoreState state) {
    int node = state.readNode;
    boolean lease = state.lease[node] < state.ttl() && !state.law.has(Relaxation.BARRIER_READS_WITHOUT_CLOCKS);
    boolean sentEarlier = state.law.has(Mutation.BARRIER_SENT_EARLIER) && state.committed[node] > state.readToken;
    boolean barrier = state.committed[node] > state.readNeed || sentEarlier;
    return lease || barrier || state.law.has(Mutation.NO_LEASE_CHECK);
  }

  private static void answer(CoreState state, Moves<CoreState> out) {
    int node = state.readNode;
    if (!covered(state)) {
      return;
    }
    if (state.law.has(Mutation.FAILED_SETIF_WITHOUT_WAIT)) {
      reply(state, state.readWait, out);
    }
    boolean waits = !state.law.has(Mutation.READ_WITHOUT_WAIT);
    int from = waits ? state.readWait : Math.min(state.readWait, state.committed[node]);
    // The value was captured at some moment since the wait was over.
    for (int lsn = from; lsn <= state.committed[node]; lsn++) {
      reply(state, lsn, out);
    }
  }

  private static void reply(CoreState state, int lsn, Moves<CoreState> out) {
    CoreState next = state.copy();
    int node = state.readNode;
    int data = dataUpTo(state, state.token[node], lsn);
    finish(next, data);
    out.to(next, () -> CoreModel.name(node) + " answers the read from LSN " + lsn + verdict(next));
  }

  /** The newest data event at or below an LSN in a leader's own memory; -1 if that memory is not in the log. */
  private static int dataUpTo(CoreState state, int token, int lsn) {
    CoreFold fold = state.fold();
    int best = 0;
    boolean found = fold.lsn[token] >= lsn;
    for (int offset = 1; offset <= state.length; offset++) {
      int rec = state.log[offset];
      boolean record = fold.valid[offset] && Rec.kind(rec) != Rec.CLAIM && Rec.number(rec) <= lsn;
      boolean known = offset <= token || Rec.token(rec) == token;
      if (record && known) {
        best = Rec.kind(rec) == Rec.EVENT ? Math.max(best, Rec.number(rec)) : best;
        found |= Rec.number(rec) == lsn;
      }
    }
    return found ? best : -1;
  }

  private static void finish(CoreState next, int data) {
    if (data < 0) {
      next.wrong = CoreState.UNCOMMITTED_READ;
    } else if (data < next.readFloor) {
      next.wrong = CoreState.STALE_READ;
    } else {
      next.shown = Math.max(next.shown, data);
    }
    next.clearRead();
  }

  private static String verdict(CoreState next) {
    return switch (next.wrong) {
      case CoreState.STALE_READ -> ": STALE";
      case CoreState.UNCOMMITTED_READ -> ": NEVER COMMITTED";
      default -> "";
    };
  }

  /** The leader captured the index when the question arrived; the lease is checked here, later. */
  private static void giveIndex(CoreState state, Moves<CoreState> out) {
    int node = state.readNode;
    if (!covered(state) && !state.law.has(Mutation.INDEX_WITHOUT_LEASE)) {
      return;
    }
    CoreState next = state.copy();
    next.readPhase = CoreState.READ_AT_FOLLOWER;
    next.readNode = 0;
    next.readWait = 0;
    next.readToken = state.token[node];
    next.readNeed = state.law.has(Mutation.FOLLOWER_COMMITTED_LSN) ? state.committed[node] : state.readNeed;
    out.to(next, () -> CoreModel.name(node) + " gives a follower the index ("
        + next.readToken + ", " + next.readNeed + ")");
  }

  private static void followerAnswers(CoreState state, Moves<CoreState> out) {
    CoreFold fold = state.fold();
    int before = -1;
    for (int prefix = 0; prefix <= state.length; prefix++) {
      boolean token = fold.token[prefix] == state.readToken;
      boolean later = !token && prefix > state.readToken;
      boolean reached = fold.lsn[prefix] >= state.readNeed;
      boolean applied = (token && reached)
          || (later && reached && state.law.has(Relaxation.FOLLOWER_IGNORES_TOKEN_CHANGE))
          || (later && state.law.has(Relaxation.FOLLOWER_ANSWERS_AT_TOKEN_CHANGE));
      if (!applied && !state.law.has(Mutation.FOLLOWER_LIST_OFFSETS)) {
        continue;
      }
      if (fold.dataLsn[prefix] != before) {
        before = fold.dataLsn[prefix];
        int at = prefix;
        CoreState next = state.copy();
        finish(next, fold.dataLsn[prefix]);
        out.to(next, () -> "a follower that has read up to offset " + at + " answers with LSN "
            + fold.dataLsn[at] + verdict(next));
      }
    }
  }

  /** Mutation: a read goes with an index that was asked for before it arrived. */
  private static void join(CoreState state, Moves<CoreState> out) {
    if (state.law.has(Mutation.INDEX_ASKED_BEFORE_ARRIVAL) && state.shown > state.readFloor) {
      CoreState next = state.copy();
      next.readFloor = state.shown;
      out.to(next, () -> "another read joins it (LSN " + state.shown + " was shown before)");
    }
  }

  /** Mutation: the node that was asked has the token itself by now, and takes what it appended for what it applied. */
  private static void newLeaderAnswers(CoreState state, Moves<CoreState> out) {
    if (!state.law.has(Mutation.FOLLOWER_ANSWERS_UNDER_ITS_OWN_TOKEN)) {
      return;
    }
    for (int node = 0; node < state.nodes(); node++) {
      if (state.leads(node) && state.token[node] > state.readToken && state.appended[node] >= state.readNeed) {
        int at = node;
        CoreState next = state.copy();
        finish(next, dataUpTo(state, state.token[at], state.appended[at]));
        out.to(next, () -> CoreModel.name(at) + ", which leads by now, answers from LSN " + state.appended[at]
            + verdict(next));
      }
    }
  }
}
