package io.logfold.log.model;

/** A scan of both keys: pin the floor, read the table's rows one by one, overlay the memtable. */
final class ProjectionScan {
  private ProjectionScan() {}

  static void begin(ProjectionState state, Moves<ProjectionState> out) {
    ProjectionState next = state.copy();
    next.readPhase = ProjectionState.SCAN_PINNED;
    next.readCheckpoint = state.floor;
    out.to(next, () -> "a scan pins the floor at " + next.readCheckpoint);
  }

  static void moves(ProjectionState state, Law law, Moves<ProjectionState> out) {
    if (state.readPhase == ProjectionState.SCAN_READ) {
      overlay(state, law, out);
      return;
    }
    int key = state.readPhase - ProjectionState.SCAN_PINNED;
    ProjectionState next = state.copy();
    next.readPhase++;
    next.readRow[key] = state.row[key];
    out.to(next, () -> "the scan gets the row of key " + key + ", revision " + next.readRow[key]);
  }

  /** Each key's answer must be its newest value now; keys of one page need not be of one moment. */
  private static void overlay(ProjectionState state, Law law, Moves<ProjectionState> out) {
    ProjectionState next = state.copy();
    int above = law.has(Mutation.SCAN_WITHOUT_PIN) ? state.floor : state.readCheckpoint;
    next.endRead();
    for (int key = 0; key < ProjectionState.KEYS; key++) {
      boolean fromTable = !state.inMemtable(key, above);
      next.wrongAnswer |= fromTable && state.readRow[key] != state.folded(key, state.length);
    }
    out.to(next, () -> "the scan ends" + (next.wrongAnswer ? ": STALE" : ""));
  }
}
