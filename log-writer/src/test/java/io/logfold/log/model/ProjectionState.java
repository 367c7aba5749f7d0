package io.logfold.log.model;

/**
 * A state of the {@link ProjectionModel}: the log, one table, two projectors, a leader's memtable and one read that
 * misses.
 */
final class ProjectionState {
  static final int KEYS = 2;
  static final int PROJECTORS = 2;
  static final int MAX_LOG = 6;

  static final int NO_READ = 0;
  static final int MISSED = 1;
  static final int HALF_READ = 2;
  static final int TABLE_READ = 3;
  static final int SCAN_PINNED = 4;
  static final int SCAN_HALF_READ = 5;
  static final int SCAN_READ = 6;

  final int maxLog;
  /** Position p is log[p - 1]. */
  final int[] log = new int[MAX_LOG];
  int length;

  final int[] row = new int[KEYS];
  int checkpoint;

  /** Where the batch in a projector's hands starts and ends; both 0 when its hands are empty. */
  final int[] from = new int[PROJECTORS];
  final int[] to = new int[PROJECTORS];

  int floor;
  int readPhase;
  /** The checkpoint a point read got; the floor a scan pinned. */
  int readCheckpoint;
  final int[] readRow = new int[KEYS];
  boolean wrongAnswer;

  ProjectionState(int maxLog) {
    this.maxLog = maxLog;
  }

  ProjectionState copy() {
    ProjectionState copy = new ProjectionState(maxLog);
    System.arraycopy(log, 0, copy.log, 0, MAX_LOG);
    copy.length = length;
    System.arraycopy(row, 0, copy.row, 0, KEYS);
    copy.checkpoint = checkpoint;
    System.arraycopy(from, 0, copy.from, 0, PROJECTORS);
    System.arraycopy(to, 0, copy.to, 0, PROJECTORS);
    copy.floor = floor;
    copy.readPhase = readPhase;
    copy.readCheckpoint = readCheckpoint;
    System.arraycopy(readRow, 0, copy.readRow, 0, KEYS);
    copy.wrongAnswer = wrongAnswer;
    return copy;
  }

  /** Records: a claim, or a put or delete of a key under the first or the second token. */
  static int claim() {
    return 8;
  }

  static int event(int key, boolean delete, int token) {
    return 16 | key | (delete ? 2 : 0) | token << 2;
  }

  boolean isClaim(int position) {
    return log[position - 1] == claim();
  }

  int keyAt(int position) {
    return log[position - 1] & 1;
  }

  boolean deletesAt(int position) {
    return (log[position - 1] & 2) != 0;
  }

  int tokenOfRecordAt(int position) {
    return log[position - 1] >>> 2 & 1;
  }

  /** The token in force after a prefix. */
  int tokenAfter(int prefix) {
    for (int position = 1; position <= prefix; position++) {
      if (isClaim(position)) {
        return 1;
      }
    }
    return 0;
  }

  boolean validAt(int position) {
    return !isClaim(position) && tokenOfRecordAt(position) == tokenAfter(position);
  }

  /** Revision of a key in the fold of a prefix; 0 when absent. */
  int folded(int key, int prefix) {
    int revision = 0;
    for (int position = 1; position <= prefix; position++) {
      if (validAt(position) && keyAt(position) == key) {
        revision = deletesAt(position) ? 0 : position;
      }
    }
    return revision;
  }

  /** True if the memtable, which holds every event in (floor, appended], has an event of the key. */
  boolean inMemtable(int key) {
    return inMemtable(key, floor);
  }

  boolean inMemtable(int key, int above) {
    for (int position = above + 1; position <= length; position++) {
      if (validAt(position) && keyAt(position) == key) {
        return true;
      }
    }
    return false;
  }

  void endRead() {
    readPhase = NO_READ;
    readCheckpoint = 0;
    readRow[0] = 0;
    readRow[1] = 0;
  }

  void pack(Bits.Writer out) {
    for (int rec : log) {
      out.put(rec, 5);
    }
    out.put(length, 3);
    for (int revision : row) {
      out.put(revision, 3);
    }
    out.put(checkpoint, 3);
    for (int projector = 0; projector < PROJECTORS; projector++) {
      out.put(from[projector], 3);
      out.put(to[projector], 3);
    }
    out.put(floor, 3);
    out.put(readPhase, 3);
    out.put(readCheckpoint, 3);
    out.put(readRow[0], 3);
    out.put(readRow[1], 3);
    out.put(wrongAnswer);
  }

  static ProjectionState unpack(int maxLog, Bits.Reader in) {
    ProjectionState state = new ProjectionState(maxLog);
    for (int i = 0; i < MAX_LOG; i++) {
      state.log[i] = in.take(5);
    }
    state.length = in.take(3);
    for (int key = 0; key < KEYS; key++) {
      state.row[key] = in.take(3);
    }
    state.checkpoint = in.take(3);
    for (int projector = 0; projector < PROJECTORS; projector++) {
      state.from[projector] = in.take(3);
      state.to[projector] = in.take(3);
    }
    state.floor = in.take(3);
    state.readPhase = in.take(3);
    state.readCheckpoint = in.take(3);
    state.readRow[0] = in.take(3);
    state.readRow[1] = in.take(3);
    state.wrongAnswer = in.takeFlag();
    return state;
  }
}
