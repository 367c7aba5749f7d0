package io.logfold.log.model;

import java.util.Arrays;

/**
 * Maps states of the {@link CoreModel} that can only do the same onto one of them, so that three nodes fit into
 * memory. Sound under the law and its relaxations; mutations are explored without it, so that their traces keep names.
 *
 * <ul>
 *   <li>Of a record that nobody waits for no rule asks who sent it; of the claim that somebody leads by, it is asked.
 *   <li>That a client was told OK for a valid record needs no mark: in a log that only grows it stays valid.
 *   <li>A void record that everybody for whom it matters has read moves no state: the log without it is the same log.
 *   <li>A claim that nobody waits for and whose basis was overtaken is void wherever it lands: it is as good as lost.
 *   <li>All nodes follow the same rules: renaming them changes nothing. They are sorted by what they know. Where two
 *       are equal in that and still differ in something, both arrangements are kept, which costs states and no more.
 * </ul>
 */
final class CoreReduction {
  private CoreReduction() {}

  static void reduce(CoreState state) {
    forgetOvertakenClaims(state);
    if (state.left(CoreState.Budget.DUPLICATES) == 0) {
      dropVoid(state);
    }
    forgetSenders(state);
    sortNodes(state);
  }

  private static void forgetOvertakenClaims(CoreState state) {
    int lastValid = state.fold().lastValid[state.length];
    for (int i = state.inFlight - 1; i >= 0; i--) {
      int rec = state.flight[i];
      if (Rec.kind(rec) == Rec.CLAIM && !Rec.live(rec) && Rec.number(rec) < lastValid) {
        state.dropInFlight(i);
      }
    }
  }

  private static void dropVoid(CoreState state) {
    for (int offset = state.length; offset > 0; offset--) {
      if (!state.fold().valid[offset] && !Rec.live(state.log[offset]) && !isSomebodysToken(state, offset)) {
        drop(state, offset);
      }
    }
  }

  private static void drop(CoreState state, int gone) {
    for (int offset = gone; offset < state.length; offset++) {
      state.log[offset] = renumbered(state.log[offset + 1], gone);
    }
    state.log[state.length--] = 0;
    for (int i = 0; i < state.inFlight; i++) {
      state.flight[i] = renumbered(state.flight[i], gone);
    }
    for (int node = 0; node < state.nodes(); node++) {
      state.position[node] = before(state.position[node], gone);
      state.token[node] = before(state.token[node], gone);
      state.former[node] = before(state.former[node], gone);
    }
    state.readToken = before(state.readToken, gone);
    state.refold();
  }

  private static int before(int offset, int gone) {
    return offset >= gone ? offset - 1 : offset;
  }

  private static int renumbered(int rec, int gone) {
    int token = before(Rec.token(rec), gone);
    int number = Rec.kind(rec) == Rec.CLAIM ? before(Rec.number(rec), gone) : Rec.number(rec);
    return Rec.withNumbers(rec, token, number);
  }

  private static void forgetSenders(CoreState state) {
    for (int i = 0; i < state.inFlight; i++) {
      if (!Rec.live(state.flight[i])) {
        state.flight[i] = Rec.withNode(state.flight[i], 0);
      }
    }
    for (int offset = 1; offset <= state.length; offset++) {
      int rec = state.log[offset];
      if (state.fold().valid[offset]) {
        rec = Rec.withoutAck(rec);
      }
      state.log[offset] = Rec.live(rec) || isSomebodysToken(state, offset) ? rec : Rec.withNode(rec, 0);
    }
  }

  private static boolean isSomebodysToken(CoreState state, int offset) {
    for (int token : state.token) {
      if (token == offset) {
        return true;
      }
    }
    return false;
  }

  private static void sortNodes(CoreState state) {
    int nodes = state.nodes();
    long[] known = new long[nodes];
    for (int node = 0; node < nodes; node++) {
      known[node] = knowledge(state, node);
    }
    int[] order = new int[nodes];
    boolean sorted = true;
    for (int node = 0; node < nodes; node++) {
      int at = node;
      for (; at > 0 && known[order[at - 1]] > known[node]; at--) {
        order[at] = order[at - 1];
        sorted = false;
      }
      order[at] = node;
    }
    if (!sorted) {
      rename(state, order);
    }
  }

  /** What a node knows, with a hash of the records of its own; which of them are where decides rarely. */
  private static long knowledge(CoreState state, int node) {
    long own = 0;
    for (int i = 0; i < state.inFlight; i++) {
      if (Rec.isLiveOf(state.flight[i], node)) {
        own += Rec.withNode(state.flight[i], 0) * 0x9E3779B97F4A7C15L >>> 38;
      }
    }
    for (int offset = 1; offset <= state.length; offset++) {
      if (Rec.isLiveOf(state.log[offset], node)) {
        own += (31L * offset + Rec.withNode(state.log[offset], 0)) * 0xC2B2AE3D27D4EB4FL >>> 38;
      }
    }
    long known = state.position[node];
    known = known << 2 | state.observed[node];
    known = known << 2 | state.mode[node];
    known = known << 2 | state.waited[node];
    known = known << 4 | state.token[node];
    known = known << 3 | state.appended[node];
    known = known << 3 | state.committed[node];
    known = known << 2 | state.leaseTruth[node];
    known = known << 4 | state.former[node];
    known = known << 2 | state.formerWaited[node];
    known = known << 1 | (state.diverged[node] ? 1 : 0);
    boolean reads = state.readPhase == CoreState.READ_AT_LEADER && state.readNode == node;
    known = known << 1 | (reads ? 1 : 0);
    return known << 30 ^ (own & 0x3FFFFFFF);
  }

  /** @param order the old names in their new order */
  private static void rename(CoreState state, int[] order) {
    int[] newName = new int[order.length];
    for (int node = 0; node < order.length; node++) {
      newName[order[node]] = node;
    }
    for (int[] values : new int[][] {
        state.position, state.observed, state.mode, state.waited, state.token, state.appended, state.appendedData,
        state.committed, state.lease, state.leaseTruth, state.former, state.formerWaited}) {
      int[] old = Arrays.copyOf(values, values.length);
      for (int node = 0; node < order.length; node++) {
        values[node] = old[order[node]];
      }
    }
    boolean[] old = Arrays.copyOf(state.diverged, order.length);
    for (int node = 0; node < order.length; node++) {
      state.diverged[node] = old[order[node]];
    }
    for (int i = 0; i < state.inFlight; i++) {
      int rec = state.flight[i];
      state.flight[i] = Rec.live(rec) ? Rec.withNode(rec, newName[Rec.node(rec)]) : rec;
    }
    for (int offset = 1; offset <= state.length; offset++) {
      int rec = state.log[offset];
      boolean named = Rec.live(rec) || isSomebodysToken(state, offset);
      state.log[offset] = named ? Rec.withNode(rec, newName[Rec.node(rec)]) : rec;
    }
    if (state.readPhase == CoreState.READ_AT_LEADER) {
      state.readNode = newName[state.readNode];
    }
  }
}
