package io.logfold.log.model;

/**
 * Planned moves: a Resign names a successor. To the law the name is a hint about who claims first, so the model leaves
 * it out; here are the mutations and the relaxation that go by it.
 */
final class CoreSuccession {
  private CoreSuccession() {}

  /** Hands the Resign over; where the name matters, once for each possible successor. */
  static void sendResign(CoreState next, int node, int resign, Moves<CoreState> out) {
    if (next.law.has(Mutation.RESIGN_DENIES_WRITES)) {
      denyWrites(next, node);
    }
    if (!next.law.has(Mutation.SUCCESSOR_FOR_EVER)) {
      next.send(resign);
      out.to(next, () -> CoreModel.name(node) + " sends " + Rec.text(resign));
      return;
    }
    for (int successor = 0; successor < next.nodes(); successor++) {
      if (successor != node) {
        int named = Rec.withSuccessor(resign, successor);
        CoreState branch = next.copy();
        branch.send(named);
        out.to(branch, () -> CoreModel.name(node) + " sends " + Rec.text(named));
      }
    }
  }

  private static void denyWrites(CoreState next, int node) {
    for (int i = 0; i < next.inFlight; i++) {
      next.flight[i] = denied(next.flight[i], node);
    }
    for (int offset = 1; offset <= next.length; offset++) {
      next.log[offset] = denied(next.log[offset], node);
    }
  }

  private static int denied(int rec, int node) {
    return Rec.isLiveOf(rec, node) && Rec.kind(rec) == Rec.EVENT ? Rec.withDenial(rec) : rec;
  }

  /** Whether a claimant holds the quiet period for over by what it heard of a move, and not by its basis. */
  static boolean skipsWait(CoreState state, int node, int prevToken) {
    if (prevToken == 0) {
      return false;
    }
    return (state.law.has(Mutation.SUCCESSOR_CLAIMS_EARLY) && announcesMove(state, node, prevToken))
        || (state.law.has(Mutation.SUCCESSOR_FOR_EVER) && wasNamed(state, node))
        || (state.law.has(Relaxation.SUCCESSOR_GOES_BY_RESIGN_SENT) && resignSent(state, prevToken));
  }

  /** The incumbent may resign, and has told so: it takes no more writes, but still answers reads. */
  private static boolean announcesMove(CoreState state, int node, int token) {
    for (int other = 0; other < state.nodes(); other++) {
      boolean incumbent = other != node && state.leads(other) && state.token[other] == token;
      if (incumbent && CoreLeadership.quietPeriodOver(state, other)) {
        return true;
      }
    }
    return false;
  }

  private static boolean wasNamed(CoreState state, int node) {
    for (int offset = 1; offset <= state.position[node]; offset++) {
      if (state.fold().valid[offset] && Rec.successor(state.log[offset]) == node) {
        return true;
      }
    }
    return false;
  }

  /** A Resign that landed leaves no token to claim on; one that was lost is for ever in flight. */
  private static boolean resignSent(CoreState state, int token) {
    for (int i = 0; i < state.inFlight; i++) {
      if (Rec.kind(state.flight[i]) == Rec.RESIGN && Rec.token(state.flight[i]) == token) {
        return true;
      }
    }
    return false;
  }
}
