package io.logfold.log.model;

/**
 * A state of the {@link RequestModel}: one request under watch, a partition that others write too, and what is under
 * way between client and leader.
 */
final class RequestState implements Cloneable {
  static final int MAX_ATTEMPTS = 3;
  static final int MAX_TAIL = 2;

  /** Outcomes, in the request table and in answers. */
  static final int NONE = 0;
  static final int OK = 1;
  static final int FAILED = 2;
  static final int CANCELLED = 3;
  static final int EXPIRED = 4;

  /** What an appended event is: somebody else's write, or a logged outcome of the watched request. */
  static final int OTHER = 4;

  int now;

  /** The client: attempts sent so far, the requestTime it put into the first and into the later ones. */
  int sent;
  int firstTime;
  int laterTime;
  boolean resolving;
  int answer;

  /** Under way to a leader: bit n is attempt n + 1. */
  int attempts;
  boolean resolve;
  /** Under way to the client: bit n is outcome n, logged; bit n is the unlogged FAILED to attempt n + 1. */
  int logged;
  int unlogged;

  /** The fold of what is committed. */
  int logTime;
  boolean present;
  int entry;
  int entryTime;
  /** The table dropped ids by count: ids as old as the watched one are below the expiry horizon. */
  boolean horizon;
  int applied;

  /** Appended, not committed: kind, time and requestTime of each. */
  int tail;
  int[] tailKind = new int[MAX_TAIL];
  int[] tailTime = new int[MAX_TAIL];
  int[] tailRequestTime = new int[MAX_TAIL];

  int othersLeft;
  int takeoversLeft;
  /** How often the request had been applied when the client was told that it never will be (again). */
  int appliedWhenClosed;
  /** It was refused as older than W when it was not. */
  boolean expiredEarly;

  RequestState copy() {
    try {
      RequestState copy = (RequestState) clone();
      copy.tailKind = tailKind.clone();
      copy.tailTime = tailTime.clone();
      copy.tailRequestTime = tailRequestTime.clone();
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  void append(int kind, int time, int requestTime) {
    tailKind[tail] = kind;
    tailTime[tail] = time;
    tailRequestTime[tail] = requestTime;
    tail++;
  }

  void dropFirstOfTail() {
    tail--;
    for (int i = 0; i < MAX_TAIL; i++) {
      boolean kept = i < tail;
      tailKind[i] = kept ? tailKind[i + 1] : 0;
      tailTime[i] = kept ? tailTime[i + 1] : 0;
      tailRequestTime[i] = kept ? tailRequestTime[i + 1] : 0;
    }
  }

  void dropTail() {
    while (tail > 0) {
      dropFirstOfTail();
    }
  }

  void pack(Bits.Writer out) {
    out.put(now, 3);
    out.put(sent, 2);
    out.put(firstTime, 4);
    out.put(laterTime, 4);
    out.put(resolving);
    out.put(answer, 3);
    out.put(attempts, 3);
    out.put(resolve);
    out.put(logged, 5);
    out.put(unlogged, 3);
    out.put(logTime, 4);
    out.put(present);
    out.put(entry, 3);
    out.put(entryTime, 4);
    out.put(horizon);
    out.put(applied, 2);
    out.put(tail, 2);
    for (int i = 0; i < MAX_TAIL; i++) {
      out.put(tailKind[i], 3);
      out.put(tailTime[i], 4);
      out.put(tailRequestTime[i], 4);
    }
    out.put(othersLeft, 3);
    out.put(takeoversLeft, 2);
    out.put(appliedWhenClosed, 2);
    out.put(expiredEarly);
  }

  static RequestState unpack(Bits.Reader in) {
    RequestState state = new RequestState();
    state.now = in.take(3);
    state.sent = in.take(2);
    state.firstTime = in.take(4);
    state.laterTime = in.take(4);
    state.resolving = in.takeFlag();
    state.answer = in.take(3);
    state.attempts = in.take(3);
    state.resolve = in.takeFlag();
    state.logged = in.take(5);
    state.unlogged = in.take(3);
    state.logTime = in.take(4);
    state.present = in.takeFlag();
    state.entry = in.take(3);
    state.entryTime = in.take(4);
    state.horizon = in.takeFlag();
    state.applied = in.take(2);
    state.tail = in.take(2);
    for (int i = 0; i < MAX_TAIL; i++) {
      state.tailKind[i] = in.take(3);
      state.tailTime[i] = in.take(4);
      state.tailRequestTime[i] = in.take(4);
    }
    state.othersLeft = in.take(3);
    state.takeoversLeft = in.take(2);
    state.appliedWhenClosed = in.take(2);
    state.expiredEarly = in.takeFlag();
    return state;
  }
}
