package io.logfold.log.model;

/** L1, L2, L6, L7: claiming, giving up, resigning, dying. */
final class CoreLeadership {
  private CoreLeadership() {}

  /** @param inOrder nodes are alike: the first claim is that of the first node */
  static void moves(CoreState state, int node, boolean inOrder, Moves<CoreState> out) {
    switch (state.mode[node]) {
      case CoreState.STANDBY -> {
        claim(state, node, inOrder, out);
        diverge(state, node, out);
      }
      case CoreState.LEADING -> {
        giveUp(state, node, out);
        resign(state, node, out);
      }
      default -> giveUp(state, node, out);
    }
    restart(state, node, out);
  }

  private static void claim(CoreState state, int node, boolean inOrder, Moves<CoreState> out) {
    boolean first = state.left(CoreState.Budget.CLAIMS) == state.bounds.claims();
    if (state.left(CoreState.Budget.CLAIMS) == 0 || (inOrder && first && node > 0) || !passesSelfCheck(state, node)) {
      return;
    }
    CoreState next = state.copy();
    int position = state.position[node];
    int prevToken = state.fold().token[position];
    int basis = state.fold().lastValid[position];
    int rec = Rec.of(Rec.CLAIM, node, prevToken, basis);
    next.spend(CoreState.Budget.CLAIMS);
    next.send(state.diverged[node] ? Rec.withWrongHash(rec) : rec);
    next.mode[node] = CoreState.CLAIMING;
    next.waited[node] = waitedAtClaim(state, node, prevToken, basis);
    out.to(next, () -> CoreModel.name(node) + " sends " + Rec.text(rec)
        + ", quiet period " + next.waited[node] + "/" + next.ttl());
  }

  /** A claimant whose hash is not that of the record at its basis, as the log has it, knows that it has gone wrong. */
  private static boolean passesSelfCheck(CoreState state, int node) {
    return !state.diverged[node]
        || state.law.has(Mutation.CLAIM_WITHOUT_SELF_CHECK)
        || state.law.has(Mutation.CLAIM_WITHOUT_PREV_HASH);
  }

  /** L2: how much of the quiet period is over when the claim is sent. */
  private static int waitedAtClaim(CoreState state, int node, int prevToken, int basis) {
    Law law = state.law;
    boolean afterResign = basis > 0 && Rec.kind(state.log[basis]) == Rec.RESIGN;
    boolean ownToken = prevToken != 0 && state.former[node] == prevToken;
    boolean fresh = basis == 0 && law.has(Relaxation.NO_WAIT_AFTER_GENESIS);
    if (afterResign || fresh || (ownToken && law.has(Mutation.OWN_TOKEN_NEVER_WAITS))
        || CoreSuccession.skipsWait(state, node, prevToken)) {
      return state.ttl();
    }
    boolean fromSend =
        law.has(Mutation.WAIT_FROM_CLAIM_SENT) || law.has(Relaxation.CONDITIONAL_CLAIM_WAITS_FROM_SEND);
    return Math.max(fromSend ? 0 : state.observed[node], ownToken ? state.formerWaited[node] : 0);
  }

  static boolean quietPeriodOver(CoreState state, int node) {
    int needed = state.law.has(Mutation.NO_DRIFT_MARGIN) ? state.ttl() - 1 : state.ttl();
    return state.waited[node] >= needed
        || state.law.has(Mutation.NO_QUIET_PERIOD)
        || state.law.has(Relaxation.BARRIER_READS_WITHOUT_CLOCKS);
  }

  /** L6 for a leader, and a claimant that stops waiting for its claim: what was sent may still land. */
  private static void giveUp(CoreState state, int node, Moves<CoreState> out) {
    if (state.left(CoreState.Budget.ERRORS) == 0) {
      return;
    }
    CoreState next = state.copy();
    next.spend(CoreState.Budget.ERRORS);
    if (state.mode[node] != CoreState.CLAIMING) {
      next.former[node] = state.token[node];
      boolean counts = state.waited[node] >= state.ttl() || state.law.has(Relaxation.OWN_TOKENS_WAIT_GOES_ON);
      next.formerWaited[node] = counts ? state.waited[node] : 0;
    }
    next.becomeStandby(node);
    out.to(next, () -> CoreModel.name(node) + " gives up its "
        + (state.mode[node] == CoreState.CLAIMING ? "claim" : "token") + " after an error");
  }

  private static void resign(CoreState state, int node, Moves<CoreState> out) {
    boolean quiet = quietPeriodOver(state, node) || state.law.has(Mutation.RESIGN_BEFORE_QUIET_PERIOD);
    boolean idle = state.committed[node] == state.appended[node]
        || state.law.has(Relaxation.RESIGN_WITH_WRITES_IN_FLIGHT)
        || state.law.has(Mutation.RESIGN_DENIES_WRITES);
    boolean reading = state.readPhase == CoreState.READ_AT_LEADER && state.readNode == node;
    boolean readsStopped = !reading || state.law.has(Mutation.RESIGN_KEEPS_READING);
    if (state.left(CoreState.Budget.RESIGNS) == 0 || !quiet || !idle || !readsStopped) {
      return;
    }
    CoreState next = state.copy();
    next.spend(CoreState.Budget.RESIGNS);
    next.appended[node]++;
    int rec = Rec.of(Rec.RESIGN, node, state.token[node], next.appended[node]);
    if (!state.law.has(Mutation.RESIGN_KEEPS_READING)) {
      next.mode[node] = CoreState.RESIGNING;
    }
    CoreSuccession.sendResign(next, node, state.diverged[node] ? Rec.withWrongHash(rec) : rec, out);
  }

  /** The process dies and comes back: it must read its basis again, and knows of no token or record of its own. */
  private static void restart(CoreState state, int node, Moves<CoreState> out) {
    if (state.left(CoreState.Budget.RESTARTS) == 0) {
      return;
    }
    CoreState next = state.copy();
    next.spend(CoreState.Budget.RESTARTS);
    next.becomeStandby(node);
    next.observed[node] = 0;
    next.former[node] = 0;
    next.formerWaited[node] = 0;
    out.to(next, () -> CoreModel.name(node) + " restarts");
  }

  private static void diverge(CoreState state, int node, Moves<CoreState> out) {
    if (state.left(CoreState.Budget.DIVERGENCES) == 0 || state.diverged[node]) {
      return;
    }
    CoreState next = state.copy();
    next.spend(CoreState.Budget.DIVERGENCES);
    next.diverged[node] = true;
    out.to(next, () -> CoreModel.name(node) + "'s fold goes wrong");
  }
}
