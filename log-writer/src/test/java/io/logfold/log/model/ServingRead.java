package io.logfold.log.model;

/**
 * A read that misses the node's memtable, be it the leader or a follower: the table that serves is asked, and another
 * one may serve before it answers.
 */
final class ServingRead {
  private ServingRead() {}

  static void moves(ServingState state, Law law, Moves<ServingState> out) {
    switch (state.readPhase) {
      case ServingState.NO_READ -> miss(state, out);
      case ServingState.MISSED -> {
        ServingState next = state.copy();
        next.readPhase = ServingState.HALF_READ;
        next.readCheckpoint = state.checkpoint[state.readTable];
        out.to(next, () -> "the read gets the checkpoint " + next.readCheckpoint);
      }
      case ServingState.HALF_READ -> {
        ServingState next = state.copy();
        next.readPhase = ServingState.TABLE_READ;
        next.readRow = state.folded(state.checkpoint[state.readTable]);
        out.to(next, () -> "the read gets the row " + (next.readRow == 0 ? "(absent)" : "of revision " + next.readRow));
      }
      default -> answer(state, law, out);
    }
  }

  private static void miss(ServingState state, Moves<ServingState> out) {
    if (!state.inMemtable()) {
      ServingState next = state.copy();
      next.readPhase = ServingState.MISSED;
      next.readTable = state.serving(state.known);
      out.to(next, () -> "a read misses the memtable and asks table " + next.readTable);
    }
  }

  private static void answer(ServingState state, Law law, Moves<ServingState> out) {
    if (state.readCheckpoint > state.known) {
      return; // it waits for that, lest one answer mix two moments
    }
    ServingState next = state.copy();
    next.endRead();
    boolean accepted = state.readCheckpoint >= state.floor || belowFloor(state, law);
    if (!state.inMemtable() && accepted) {
      next.wrongAnswer = state.readRow < state.folded(state.known);
    }
    out.to(next, () -> "the read ends with "
        + (state.inMemtable() ? "the memtable's value" : accepted ? "the table's row" : "UNAVAILABLE")
        + (next.wrongAnswer ? ": STALE" : ""));
  }

  private static boolean belowFloor(ServingState state, Law law) {
    boolean ofNewTable =
        state.serving(state.known) == state.readTable && state.servedBefore(state.known) != state.readTable;
    return (law.has(Mutation.NEW_TABLE_BELOW_FLOOR) && ofNewTable)
        || (law.has(Mutation.BEGIN_WITHOUT_FLOOR) && state.floor == state.begun);
  }
}
