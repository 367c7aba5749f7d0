package io.logfold.log.model;

/** What happens at the brokers: records land, late or out of order, strangers write, copies arrive. */
final class CoreLog {
  private CoreLog() {}

  static void moves(CoreState state, Moves<CoreState> out) {
    if (state.length == state.bounds.maxLog()) {
      return;
    }
    for (int i = 0; i < state.inFlight; i++) {
      if (i == 0 || state.flight[i] != state.flight[i - 1]) {
        land(state, i, out);
      }
    }
    if (state.left(CoreState.Budget.STRAYS) > 0) {
      CoreState next = state.copy();
      next.spend(CoreState.Budget.STRAYS);
      next.appendToLog(Rec.stray());
      out.to(next, () -> "a stranger's record lands");
    }
    if (state.left(CoreState.Budget.DUPLICATES) > 0) {
      for (int offset = 1; offset <= state.length; offset++) {
        landAgain(state, offset, out);
      }
    }
  }

  private static void land(CoreState state, int index, Moves<CoreState> out) {
    int rec = state.flight[index];
    CoreState next = state.copy();
    next.dropInFlight(index);
    next.appendToLog(rec);
    out.to(next, () -> Rec.text(rec) + " lands");
  }

  private static void landAgain(CoreState state, int offset, Moves<CoreState> out) {
    int rec = state.log[offset];
    CoreState next = state.copy();
    next.spend(CoreState.Budget.DUPLICATES);
    // Its sender waits for one landing only; the client was answered for the first.
    next.appendToLog(Rec.withoutAck(Rec.orphaned(rec)));
    out.to(next, () -> Rec.text(rec) + " lands once more");
  }
}
