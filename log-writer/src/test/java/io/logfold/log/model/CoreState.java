package io.logfold.log.model;

import java.util.Arrays;

/**
 * A state of the {@link CoreModel}: the Kafka partition, the records on their way to it, and what each process knows.
 *
 * <p>Ages count ticks and saturate at {@link CoreBounds#ttlTicks}, where "expired" is all that is left to know; so time
 * may run for ever in finitely many states.
 */
final class CoreState {
  static final int NODE_BITS = 34;
  static final int FIXED_BITS = 60;

  static final int STANDBY = 0;
  static final int CLAIMING = 1;
  static final int LEADING = 2;
  /** Resign was handed to the producer; nothing is answered any more, whatever becomes of it. */
  static final int RESIGNING = 3;

  static final int NO_READ = 0;
  static final int READ_AT_LEADER = 1;
  static final int READ_AT_FOLLOWER = 2;

  static final int NOTHING_WRONG = 0;
  static final int STALE_READ = 1;
  static final int UNCOMMITTED_READ = 2;

  final CoreBounds bounds;
  final Law law;

  int length;
  final int[] log;
  int inFlight;
  final int[] flight;

  /** Per process: the prefix it has read. */
  final int[] position;
  /** Age of its observation of the last valid record in that prefix. */
  final int[] observed;
  final int[] mode;
  /** How much of its quiet period is over; meaningful while claiming or leading. */
  final int[] waited;
  final int[] token;
  final int[] appended;
  /** LSN of the newest data event in its memory, committed or not. */
  final int[] appendedData;
  final int[] committed;
  /** Age of the lease as the process measures it. */
  final int[] lease;
  /** Age of the sending of its last committed own record: what the lease must not outlive. */
  final int[] leaseTruth;
  /** The token it gave up last, while that is in force. */
  final int[] former;
  /** How much of that token's quiet period counts for the next claim: the law takes all or nothing. */
  final int[] formerWaited;
  final boolean[] diverged;

  int readPhase;
  int readNode;
  /** LSN of the newest write to the key that was appended at arrival: to be waited for. */
  int readWait;
  /** The appended LSN at arrival: above it lies a barrier, and it is the read index. */
  int readNeed;
  int readToken;
  /** Newest data that any operation completed before this read's invocation had shown. */
  int readFloor;
  /** Newest data that any completed operation has shown. */
  int shown;
  int wrong;

  final int[] left;
  private CoreFold fold;

  /** What is left of each bound. */
  enum Budget {
    CLAIMS, EVENTS, RENEWALS, RESIGNS, ERRORS, RESTARTS, STRAYS, DUPLICATES, DIVERGENCES
  }

  CoreState(CoreBounds bounds, Law law) {
    this.bounds = bounds;
    this.law = law;
    int nodes = bounds.nodes();
    log = new int[bounds.maxLog() + 1];
    flight = new int[bounds.maxInFlight()];
    position = new int[nodes];
    observed = new int[nodes];
    mode = new int[nodes];
    waited = new int[nodes];
    token = new int[nodes];
    appended = new int[nodes];
    appendedData = new int[nodes];
    committed = new int[nodes];
    lease = new int[nodes];
    leaseTruth = new int[nodes];
    former = new int[nodes];
    formerWaited = new int[nodes];
    diverged = new boolean[nodes];
    left = new int[] {
      bounds.claims(), bounds.events(), bounds.renewals(), bounds.resigns(), bounds.errors(), bounds.restarts(),
      bounds.strays(), bounds.duplicates(), bounds.divergences()
    };
    fold = CoreFold.of(log, 0, law);
  }

  CoreState copy() {
    CoreState copy = new CoreState(bounds, law);
    copy.length = length;
    copy.inFlight = inFlight;
    copyAll(log, copy.log);
    copyAll(flight, copy.flight);
    copyAll(position, copy.position);
    copyAll(observed, copy.observed);
    copyAll(mode, copy.mode);
    copyAll(waited, copy.waited);
    copyAll(token, copy.token);
    copyAll(appended, copy.appended);
    copyAll(appendedData, copy.appendedData);
    copyAll(committed, copy.committed);
    copyAll(lease, copy.lease);
    copyAll(leaseTruth, copy.leaseTruth);
    copyAll(former, copy.former);
    copyAll(formerWaited, copy.formerWaited);
    System.arraycopy(diverged, 0, copy.diverged, 0, diverged.length);
    copy.readPhase = readPhase;
    copy.readNode = readNode;
    copy.readWait = readWait;
    copy.readNeed = readNeed;
    copy.readToken = readToken;
    copy.readFloor = readFloor;
    copy.shown = shown;
    copy.wrong = wrong;
    copyAll(left, copy.left);
    copy.fold = fold;
    return copy;
  }

  private static void copyAll(int[] from, int[] to) {
    System.arraycopy(from, 0, to, 0, from.length);
  }

  CoreFold fold() {
    return fold;
  }

  int nodes() {
    return bounds.nodes();
  }

  int ttl() {
    return bounds.ttlTicks();
  }

  int left(Budget budget) {
    return left[budget.ordinal()];
  }

  void spend(Budget budget) {
    left[budget.ordinal()]--;
  }

  boolean leads(int node) {
    return mode[node] == LEADING;
  }

  void send(int rec) {
    flight[inFlight++] = rec;
  }

  void dropInFlight(int index) {
    System.arraycopy(flight, index + 1, flight, index, inFlight - index - 1);
    flight[--inFlight] = 0;
  }

  void appendToLog(int rec) {
    log[++length] = rec;
    refold();
  }

  void refold() {
    fold = CoreFold.of(log, length, law);
  }

  /** Nobody waits any more for what this process has sent. */
  void orphanRecordsOf(int node) {
    for (int i = 0; i < inFlight; i++) {
      if (Rec.isLiveOf(flight[i], node)) {
        flight[i] = Rec.orphaned(flight[i]);
      }
    }
    for (int offset = 1; offset <= length; offset++) {
      if (Rec.isLiveOf(log[offset], node)) {
        log[offset] = Rec.orphaned(log[offset]);
      }
    }
  }

  void becomeStandby(int node) {
    orphanRecordsOf(node);
    mode[node] = STANDBY;
    waited[node] = 0;
    token[node] = 0;
    appended[node] = 0;
    appendedData[node] = 0;
    committed[node] = 0;
    lease[node] = 0;
    leaseTruth[node] = 0;
    if (readPhase == READ_AT_LEADER && readNode == node) {
      clearRead();
    }
  }

  void clearRead() {
    readPhase = NO_READ;
    readNode = 0;
    readWait = 0;
    readNeed = 0;
    readToken = 0;
    readFloor = 0;
  }

  void pack(Bits.Writer out) {
    out.put(length, 4);
    for (int offset = 1; offset < log.length; offset++) {
      out.put(log[offset], Rec.WIDTH);
    }
    for (int i = 0; i < flight.length; i++) {
      out.put(flight[i], Rec.WIDTH);
    }
    for (int node = 0; node < nodes(); node++) {
      out.put(position[node], 4);
      out.put(observed[node], 2);
      out.put(mode[node], 2);
      out.put(waited[node], 2);
      out.put(token[node], 4);
      out.put(appended[node], 3);
      out.put(appendedData[node], 3);
      out.put(committed[node], 3);
      out.put(lease[node], 2);
      out.put(leaseTruth[node], 2);
      out.put(former[node], 4);
      out.put(formerWaited[node], 2);
      out.put(diverged[node]);
    }
    out.put(readPhase, 2);
    out.put(readNode, 2);
    out.put(readWait, 3);
    out.put(readNeed, 3);
    out.put(readToken, 4);
    out.put(readFloor, 3);
    out.put(shown, 3);
    out.put(wrong, 2);
    for (int rest : left) {
      out.put(rest, 3);
    }
  }

  static CoreState unpack(CoreBounds bounds, Law law, Bits.Reader in) {
    CoreState state = new CoreState(bounds, law);
    state.length = in.take(4);
    for (int offset = 1; offset < state.log.length; offset++) {
      state.log[offset] = in.take(Rec.WIDTH);
    }
    for (int i = 0; i < state.flight.length; i++) {
      state.flight[i] = in.take(Rec.WIDTH);
      state.inFlight += state.flight[i] == 0 ? 0 : 1;
    }
    for (int node = 0; node < state.nodes(); node++) {
      state.position[node] = in.take(4);
      state.observed[node] = in.take(2);
      state.mode[node] = in.take(2);
      state.waited[node] = in.take(2);
      state.token[node] = in.take(4);
      state.appended[node] = in.take(3);
      state.appendedData[node] = in.take(3);
      state.committed[node] = in.take(3);
      state.lease[node] = in.take(2);
      state.leaseTruth[node] = in.take(2);
      state.former[node] = in.take(4);
      state.formerWaited[node] = in.take(2);
      state.diverged[node] = in.takeFlag();
    }
    state.readPhase = in.take(2);
    state.readNode = in.take(2);
    state.readWait = in.take(3);
    state.readNeed = in.take(3);
    state.readToken = in.take(4);
    state.readFloor = in.take(3);
    state.shown = in.take(3);
    state.wrong = in.take(2);
    for (int i = 0; i < state.left.length; i++) {
      state.left[i] = in.take(3);
    }
    state.refold();
    return state;
  }

  /** In flight there is no order: one of the equal arrangements stands for all. */
  void sortInFlight() {
    Arrays.sort(flight, 0, inFlight);
  }
}
