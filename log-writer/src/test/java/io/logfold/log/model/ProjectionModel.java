package io.logfold.log.model;

import java.util.List;

/**
 * Two projectors of one table (one of them may be a zombie) and the leader's cache above that table.
 *
 * <p>The log holds committed records only: puts and deletes of two keys, one claim, and late records of the old
 * token, which are void. A table's batch and checkpoint move in one step, as the law demands of every driver; what a
 * driver reads, it may read in two requests with anything in between (DynamoDB; a snapshot is the special case
 * without anything in between); the rows of a scan page likewise. Revisions are positions. Everything in the memtable
 * counts as committed: waiting for in-flight writes is {@link CoreModel}'s subject.
 */
final class ProjectionModel implements StateSpace<ProjectionState> {
  private final int maxLog;
  private final Law law;

  ProjectionModel(int maxLog, Law law) {
    this.maxLog = maxLog;
    this.law = law;
  }

  @Override
  public String name() {
    return "projection/" + maxLog + " records: " + law.words();
  }

  @Override
  public int words() {
    return 2;
  }

  @Override
  public ProjectionState initial() {
    return new ProjectionState(maxLog);
  }

  @Override
  public void moves(ProjectionState state, Moves<ProjectionState> out) {
    appends(state, out);
    for (int projector = 0; projector < ProjectionState.PROJECTORS; projector++) {
      take(state, projector, out);
      flush(state, projector, out);
    }
    evict(state, out);
    read(state, out);
  }

  private static void appends(ProjectionState state, Moves<ProjectionState> out) {
    if (state.length == state.maxLog) {
      return;
    }
    int inForce = state.tokenAfter(state.length);
    for (int token = 0; token <= inForce; token++) {
      for (int key = 0; key < ProjectionState.KEYS; key++) {
        append(state, ProjectionState.event(key, false, token), out);
        append(state, ProjectionState.event(key, true, token), out);
      }
    }
    if (inForce == 0) {
      append(state, ProjectionState.claim(), out);
    }
  }

  private static void append(ProjectionState state, int rec, Moves<ProjectionState> out) {
    ProjectionState next = state.copy();
    next.log[next.length++] = rec;
    out.to(next, () -> "position " + next.length + ": " + text(next, next.length));
  }

  /** A projector with empty hands reads the checkpoint and takes what follows, as far as it likes. */
  private static void take(ProjectionState state, int projector, Moves<ProjectionState> out) {
    if (state.to[projector] != 0) {
      return;
    }
    for (int end = state.checkpoint + 1; end <= state.length; end++) {
      ProjectionState next = state.copy();
      next.from[projector] = state.checkpoint;
      next.to[projector] = end;
      out.to(next, () -> "projector " + projector + " takes ("
          + next.from[projector] + ", " + next.to[projector] + "]");
    }
  }

  private void flush(ProjectionState state, int projector, Moves<ProjectionState> out) {
    if (state.to[projector] == 0) {
      return;
    }
    ProjectionState next = state.copy();
    int from = state.from[projector];
    int to = state.to[projector];
    next.from[projector] = 0;
    next.to[projector] = 0;
    boolean owns = state.checkpoint == from;
    if (owns || law.has(Mutation.CHECKPOINT_WITHOUT_CAS)) {
      project(next, from, to);
      next.checkpoint = to;
    }
    out.to(next, () -> "projector " + projector + (owns ? " flushes (" : " flushes late (") + from + ", " + to + "]");
  }

  private void project(ProjectionState next, int from, int to) {
    int token = law.has(Mutation.CHECKPOINT_WITHOUT_FOLD_STATE) ? guessedToken(next, from, to) : next.tokenAfter(from);
    for (int position = from + 1; position <= to; position++) {
      if (next.isClaim(position)) {
        token = 1;
      } else if (next.tokenOfRecordAt(position) == token) {
        next.row[next.keyAt(position)] = next.deletesAt(position) ? 0 : position;
      }
    }
  }

  /** Without the fold state the best guess is that the first record found belongs to the token in force. */
  private static int guessedToken(ProjectionState state, int from, int to) {
    for (int position = from + 1; position <= to; position++) {
      if (!state.isClaim(position)) {
        return state.tokenOfRecordAt(position);
      }
    }
    return 0;
  }

  private void evict(ProjectionState state, Moves<ProjectionState> out) {
    int limit = law.has(Mutation.FLOOR_ABOVE_CHECKPOINT) ? state.length : state.checkpoint;
    if (state.floor < limit) {
      ProjectionState next = state.copy();
      next.floor++;
      out.to(next, () -> "the memtable forgets up to " + next.floor);
    }
  }

  private void read(ProjectionState state, Moves<ProjectionState> out) {
    switch (state.readPhase) {
      case ProjectionState.NO_READ -> {
        miss(state, out);
        ProjectionScan.begin(state, out);
      }
      case ProjectionState.MISSED -> readTable(state, !law.has(Mutation.ROW_BEFORE_CHECKPOINT), out);
      case ProjectionState.HALF_READ -> readTable(state, law.has(Mutation.ROW_BEFORE_CHECKPOINT), out);
      case ProjectionState.TABLE_READ -> answer(state, out);
      default -> ProjectionScan.moves(state, law, out);
    }
  }

  private static void miss(ProjectionState state, Moves<ProjectionState> out) {
    // The keys are alike, so one of them is enough to read.
    if (!state.inMemtable(0)) {
      ProjectionState next = state.copy();
      next.readPhase = ProjectionState.MISSED;
      out.to(next, () -> "a read of key 0 misses the memtable");
    }
  }

  private static void readTable(ProjectionState state, boolean checkpointNow, Moves<ProjectionState> out) {
    ProjectionState next = state.copy();
    next.readPhase++;
    if (checkpointNow) {
      next.readCheckpoint = state.checkpoint;
    } else {
      next.readRow[0] = state.row[0];
    }
    out.to(next, () -> checkpointNow
        ? "the read gets the table's checkpoint " + next.readCheckpoint
        : "the read gets the table's row " + (next.readRow[0] == 0 ? "(absent)" : "of revision " + next.readRow[0]));
  }

  private void answer(ProjectionState state, Moves<ProjectionState> out) {
    ProjectionState next = state.copy();
    int key = 0;
    next.endRead();
    boolean newerInMemory = state.inMemtable(key) && !law.has(Mutation.NO_SECOND_LOOK);
    boolean accepted = state.readCheckpoint >= state.floor || law.has(Mutation.ANSWER_BELOW_FLOOR);
    if (!newerInMemory && accepted) {
      next.wrongAnswer = state.readRow[0] != state.folded(key, state.length);
    }
    out.to(next, () -> "the read ends with "
        + (newerInMemory ? "the memtable's value" : accepted ? "the table's row" : "UNAVAILABLE")
        + (next.wrongAnswer ? ": STALE" : ""));
  }

  @Override
  public List<Invariant<ProjectionState>> invariants() {
    return List.of(
        new Invariant<>("8 Projection", ProjectionModel::tableIsFold),
        new Invariant<>("9 Memtable", this::floorIsCovered),
        new Invariant<>("7 Read", state -> !state.wrongAnswer));
  }

  private static boolean tableIsFold(ProjectionState state) {
    for (int key = 0; key < ProjectionState.KEYS; key++) {
      if (state.row[key] != state.folded(key, state.checkpoint)) {
        return false;
      }
    }
    return true;
  }

  /** Left out where it would only restate the mutation, so that its consequence is what gets looked for. */
  private boolean floorIsCovered(ProjectionState state) {
    return state.floor <= state.checkpoint || law.has(Mutation.FLOOR_ABOVE_CHECKPOINT);
  }

  @Override
  public void pack(ProjectionState state, Bits.Writer out) {
    state.pack(out);
  }

  @Override
  public ProjectionState unpack(Bits.Reader in) {
    return ProjectionState.unpack(maxLog, in);
  }

  private static String text(ProjectionState state, int position) {
    if (state.isClaim(position)) {
      return "claim";
    }
    return (state.deletesAt(position) ? "delete" : "put") + " of key " + state.keyAt(position)
        + (state.validAt(position) ? "" : " (late, void)");
  }

  @Override
  public String describe(ProjectionState state) {
    return "[appended=%d checkpoint=%d rows=%s floor=%d]"
        .formatted(state.length, state.checkpoint, java.util.Arrays.toString(state.row), state.floor);
  }

  @Override
  public String toString() {
    return name();
  }
}
