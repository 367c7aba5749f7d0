package io.logfold.log.model;

/** L2, L3, L9: what a leader hands to its producer, and a producer error that is not taken for what it is. */
final class CoreAppends {
  private CoreAppends() {}

  static void moves(CoreState state, int node, Moves<CoreState> out) {
    if (!state.leads(node)) {
      return;
    }
    if (state.left(CoreState.Budget.EVENTS) > 0 && CoreLeadership.quietPeriodOver(state, node)) {
      append(state, node, Rec.EVENT, CoreState.Budget.EVENTS, out);
    }
    if (state.left(CoreState.Budget.RENEWALS) > 0) {
      append(state, node, Rec.RENEW, CoreState.Budget.RENEWALS, out);
    }
    if (state.law.has(Mutation.CARRY_ON_AFTER_ERROR) && state.left(CoreState.Budget.ERRORS) > 0) {
      carryOn(state, node, out);
    }
  }

  private static void append(CoreState state, int node, int kind, CoreState.Budget budget, Moves<CoreState> out) {
    CoreState next = state.copy();
    next.spend(budget);
    next.appended[node]++;
    if (kind == Rec.EVENT) {
      next.appendedData[node] = next.appended[node];
    }
    int rec = Rec.of(kind, node, state.token[node], next.appended[node]);
    next.send(state.diverged[node] ? Rec.withWrongHash(rec) : rec);
    out.to(next, () -> CoreModel.name(node) + " appends " + Rec.text(rec));
  }

  /** The oldest record in flight fails; the leader tells its client so and goes on to wait for the next. */
  private static void carryOn(CoreState state, int node, Moves<CoreState> out) {
    for (int i = 0; i < state.inFlight; i++) {
      int rec = state.flight[i];
      boolean oldest = Rec.isLiveOf(rec, node) && Rec.number(rec) == state.committed[node] + 1;
      if (oldest && Rec.kind(rec) != Rec.CLAIM) {
        CoreState next = state.copy();
        next.spend(CoreState.Budget.ERRORS);
        next.flight[i] = Rec.orphaned(rec);
        next.committed[node]++;
        out.to(next, () -> CoreModel.name(node) + " gets an error for " + Rec.text(rec) + " and carries on");
      }
    }
  }
}
