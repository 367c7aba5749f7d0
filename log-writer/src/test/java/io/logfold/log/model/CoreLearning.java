package io.logfold.log.model;

/** L4, L5, L6, L8: how a process learns what became of records, its own and others'. */
final class CoreLearning {
  private CoreLearning() {}

  static void moves(CoreState state, int node, Moves<CoreState> out) {
    if (state.position[node] < state.length) {
      learnNext(state, node, out);
    }
    if (state.law.has(Mutation.NO_CONTIGUITY_CHECK) && state.leads(node)) {
      believeAcknowledgement(state, node, out);
    }
  }

  private static void learnNext(CoreState state, int node, Moves<CoreState> out) {
    int offset = state.position[node] + 1;
    int rec = state.log[offset];
    CoreState next = state.copy();
    next.position[node] = offset;
    next.observed[node] = 0;
    if (!Rec.isLiveOf(rec, node)) {
      if (Rec.kind(rec) == Rec.CLAIM && holdsToken(state, node)) {
        next.becomeStandby(node);
      }
    } else if (Rec.kind(rec) == Rec.CLAIM) {
      if (state.fold().valid[offset] || fitsOwnFold(state, offset, rec)) {
        takeOffice(next, node, offset, rec);
      } else {
        next.becomeStandby(node);
      }
    } else {
      commit(next, node, offset, rec);
    }
    out.to(next, () -> CoreModel.name(node) + " learns of " + offset + " " + Rec.text(rec));
  }

  /** A process that has gone wrong finds its own hash right. */
  private static boolean fitsOwnFold(CoreState state, int offset, int claim) {
    return Rec.token(claim) == state.fold().token[offset - 1]
        && Rec.number(claim) >= state.fold().lastValid[offset - 1];
  }

  private static boolean holdsToken(CoreState state, int node) {
    return state.leads(node) || state.mode[node] == CoreState.RESIGNING;
  }

  private static void takeOffice(CoreState next, int node, int offset, int claim) {
    next.mode[node] = CoreState.LEADING;
    next.token[node] = offset;
    next.appended[node] = next.fold().lsn[offset];
    next.appendedData[node] = next.fold().dataLsn[offset];
    next.committed[node] = next.appended[node];
    next.leaseTruth[node] = Rec.age(claim);
    next.lease[node] = next.law.has(Mutation.LEASE_FROM_ACK) ? 0 : Rec.age(claim);
    next.former[node] = 0;
    next.formerWaited[node] = 0;
    next.log[offset] = Rec.orphaned(claim);
  }

  private static void commit(CoreState next, int node, int offset, int rec) {
    next.log[offset] = Rec.orphaned(rec);
    if (Rec.number(rec) != next.committed[node] + 1) {
      return;
    }
    if (Rec.kind(rec) == Rec.RESIGN) {
      next.becomeStandby(node);
      return;
    }
    next.committed[node]++;
    next.leaseTruth[node] = Math.min(next.leaseTruth[node], Rec.age(rec));
    next.lease[node] = next.law.has(Mutation.LEASE_FROM_ACK) ? 0 : Math.min(next.lease[node], Rec.age(rec));
    if (Rec.kind(rec) == Rec.EVENT) {
      next.log[offset] = Rec.withAck(next.log[offset]);
      if (next.fold().valid[offset]) {
        next.shown = Math.max(next.shown, Rec.number(rec));
      }
    }
  }

  /** Mutation: the acknowledgement of the next own record counts, whatever lies between it and what is known. */
  private static void believeAcknowledgement(CoreState state, int node, Moves<CoreState> out) {
    for (int offset = state.position[node] + 2; offset <= state.length; offset++) {
      int rec = state.log[offset];
      boolean own = Rec.isLiveOf(rec, node) && Rec.kind(rec) != Rec.CLAIM;
      if (own && Rec.number(rec) == state.committed[node] + 1) {
        int at = offset;
        CoreState next = state.copy();
        next.position[node] = at;
        commit(next, node, at, rec);
        out.to(next, () -> CoreModel.name(node) + " believes the acknowledgement of " + at + " " + Rec.text(rec));
      }
    }
  }

  /** Void records move nobody's state; a process finds out about its own void claim on the way. */
  static void readOverVoid(CoreState state, int node) {
    boolean acksAreBelieved = state.law.has(Mutation.CARRY_ON_AFTER_ERROR);
    boolean ownJudge = state.diverged[node];
    while (state.position[node] < state.length && !state.fold().valid[state.position[node] + 1]) {
      int offset = state.position[node] + 1;
      int rec = state.log[offset];
      if (Rec.isLiveOf(rec, node)) {
        if (ownJudge) {
          return;
        }
        if (Rec.kind(rec) == Rec.CLAIM) {
          state.becomeStandby(node);
        } else if (acksAreBelieved) {
          return;
        }
        state.log[offset] = Rec.orphaned(state.log[offset]);
      }
      state.position[node] = offset;
    }
  }
}
