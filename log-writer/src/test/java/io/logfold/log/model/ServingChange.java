package io.logfold.log.model;

/**
 * The call that makes another table serve. A leader pins the floor, looks at the table's checkpoint, appends the
 * event, and lets the floor go when the event is committed or void. Before it appends, the call may end at any time,
 * refused or late.
 */
final class ServingChange {
  private ServingChange() {}

  static void moves(ServingState state, int maxLog, Law law, Moves<ServingState> out) {
    if (!state.leads) {
      byAnother(state, maxLog, out);
      return;
    }
    switch (state.call) {
      case ServingState.NO_CALL -> begin(state, law, out);
      case ServingState.PREPARED -> {
        look(state, law, out);
        end(state, out);
      }
      case ServingState.LOOKED -> {
        append(state, maxLog, out);
        end(state, out);
      }
      default -> {
        if (law.has(Mutation.SERVE_PIN_ENDS_WITH_CALL) && state.pinned) {
          ServingState next = state.copy();
          next.pinned = false;
          out.to(next, () -> "the call's time is over, its event is still in flight; the floor is let go");
        }
      }
    }
  }

  /** What another leader looked at is not to be known here: its own floor may be anywhere. */
  private static void byAnother(ServingState state, int maxLog, Moves<ServingState> out) {
    if (state.hasRoom(maxLog)) {
      int table = 1 - state.serving(state.landed);
      ServingState next = state.copy();
      next.append(ServingState.SERVE + table);
      next.landed++;
      out.to(next, () -> "another leader appends that table " + table + " serves, LSN " + next.appended);
    }
  }

  private static void begin(ServingState state, Law law, Moves<ServingState> out) {
    ServingState next = state.copy();
    next.call = ServingState.PREPARED;
    next.callTable = 1 - state.serving(state.known);
    next.pinned = !law.has(Mutation.SERVE_WITHOUT_PIN);
    out.to(next, () -> "table " + next.callTable + " shall serve: the floor is pinned at " + state.floor);
  }

  private static void look(ServingState state, Law law, Moves<ServingState> out) {
    int at = state.checkpoint[state.callTable];
    if (at >= state.floor || law.has(Mutation.SERVE_BELOW_FLOOR)) {
      ServingState next = state.copy();
      next.call = ServingState.LOOKED;
      out.to(next, () -> "table " + state.callTable + " stands at " + at + ": it may serve");
    }
  }

  private static void append(ServingState state, int maxLog, Moves<ServingState> out) {
    if (state.hasRoom(maxLog)) {
      ServingState next = state.copy();
      next.append(ServingState.SERVE + state.callTable);
      next.call = ServingState.HANDED_OVER;
      out.to(next, () -> "the leader appends that table " + state.callTable + " serves, LSN " + next.appended);
    }
  }

  private static void end(ServingState state, Moves<ServingState> out) {
    ServingState next = state.copy();
    next.endCall();
    out.to(next, () -> "the call ends, nothing was appended");
  }
}
