package io.logfold.log.model;

import java.util.Arrays;

/**
 * A state of the {@link ServingModel}: the log, two tables, a node that leads or follows, its change of the table that
 * serves, and one read that misses its memtable.
 */
final class ServingState {
  static final int TABLES = 2;
  static final int MAX_LOG = 6;

  static final int PUT = 1;
  /** Plus the number of the table. */
  static final int SERVE = 2;

  static final int NO_CALL = 0;
  static final int PREPARED = 1;
  static final int LOOKED = 2;
  static final int HANDED_OVER = 3;

  static final int NO_READ = 0;
  static final int MISSED = 1;
  static final int HALF_READ = 2;
  static final int TABLE_READ = 3;

  /** Position p, which is also its LSN, is log[p - 1]; above {@code landed} it is in flight, at most one. */
  final int[] log = new int[MAX_LOG];
  int appended;
  int landed;
  boolean leads;

  final int[] checkpoint = new int[TABLES];

  /** Up to here the node has read the log, or had its appends acknowledged. */
  int known;
  int floor;
  boolean pinned;
  /** A table came to serve that lacks what the node, a standby then or just begun, had forgotten. */
  boolean behind;
  /** Where the node began from a table; only one mutation asks. */
  int begun;

  int call;
  int callTable;

  int readPhase;
  int readTable;
  int readCheckpoint;
  int readRow;
  boolean wrongAnswer;

  int restartsLeft;
  int putBacksLeft;

  ServingState copy() {
    ServingState copy = new ServingState();
    System.arraycopy(log, 0, copy.log, 0, MAX_LOG);
    copy.appended = appended;
    copy.landed = landed;
    copy.leads = leads;
    System.arraycopy(checkpoint, 0, copy.checkpoint, 0, TABLES);
    copy.known = known;
    copy.floor = floor;
    copy.pinned = pinned;
    copy.behind = behind;
    copy.begun = begun;
    copy.call = call;
    copy.callTable = callTable;
    copy.readPhase = readPhase;
    copy.readTable = readTable;
    copy.readCheckpoint = readCheckpoint;
    copy.readRow = readRow;
    copy.wrongAnswer = wrongAnswer;
    copy.restartsLeft = restartsLeft;
    copy.putBacksLeft = putBacksLeft;
    return copy;
  }

  boolean isServe(int position) {
    return log[position - 1] >= SERVE;
  }

  int tableOf(int position) {
    return log[position - 1] - SERVE;
  }

  /** The table that serves after a prefix: the first one before any serve event. */
  int serving(int prefix) {
    for (int position = prefix; position > 0; position--) {
      if (isServe(position)) {
        return tableOf(position);
      }
    }
    return 0;
  }

  /** The table that served before the last serve event of a prefix; the one that serves where there is none. */
  int servedBefore(int prefix) {
    for (int position = prefix; position > 0; position--) {
      if (isServe(position)) {
        return serving(position - 1);
      }
    }
    return serving(prefix);
  }

  /** Revision of the one key in the fold of a prefix: position of its last put, 0 when absent. */
  int folded(int prefix) {
    for (int position = prefix; position > 0; position--) {
      if (log[position - 1] == PUT) {
        return position;
      }
    }
    return 0;
  }

  /** The memtable holds every event in (floor, known]; in-flight writes to the key are waited for elsewhere. */
  boolean inMemtable() {
    return folded(known) > floor;
  }

  /** Something is appended only behind what has landed. */
  boolean hasRoom(int maxLog) {
    return appended < maxLog && appended == landed;
  }

  void append(int rec) {
    log[appended++] = rec;
  }

  /** What was appended and did not land is void. */
  void voidInFlight() {
    Arrays.fill(log, landed, appended, 0);
    appended = landed;
  }

  void endCall() {
    call = NO_CALL;
    callTable = 0;
    pinned = false;
  }

  void endRead() {
    readPhase = NO_READ;
    readTable = 0;
    readCheckpoint = 0;
    readRow = 0;
  }

  void pack(Bits.Writer out) {
    for (int rec : log) {
      out.put(rec, 2);
    }
    out.put(appended, 3);
    out.put(landed, 3);
    out.put(leads);
    for (int at : checkpoint) {
      out.put(at, 3);
    }
    out.put(known, 3);
    out.put(floor, 3);
    out.put(pinned);
    out.put(behind);
    out.put(begun, 3);
    out.put(call, 2);
    out.put(callTable, 1);
    out.put(readPhase, 2);
    out.put(readTable, 1);
    out.put(readCheckpoint, 3);
    out.put(readRow, 3);
    out.put(wrongAnswer);
    out.put(restartsLeft, 2);
    out.put(putBacksLeft, 2);
  }

  static ServingState unpack(Bits.Reader in) {
    ServingState state = new ServingState();
    for (int i = 0; i < MAX_LOG; i++) {
      state.log[i] = in.take(2);
    }
    state.appended = in.take(3);
    state.landed = in.take(3);
    state.leads = in.takeFlag();
    for (int table = 0; table < TABLES; table++) {
      state.checkpoint[table] = in.take(3);
    }
    state.known = in.take(3);
    state.floor = in.take(3);
    state.pinned = in.takeFlag();
    state.behind = in.takeFlag();
    state.begun = in.take(3);
    state.call = in.take(2);
    state.callTable = in.take(1);
    state.readPhase = in.take(2);
    state.readTable = in.take(1);
    state.readCheckpoint = in.take(3);
    state.readRow = in.take(3);
    state.wrongAnswer = in.takeFlag();
    state.restartsLeft = in.take(2);
    state.putBacksLeft = in.take(2);
    return state;
  }
}
