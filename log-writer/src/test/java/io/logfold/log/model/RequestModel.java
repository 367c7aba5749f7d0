package io.logfold.log.model;

import java.util.List;

/**
 * The request table: one watched request {@code SetIf(key is absent)} with up to three attempts and resolve, while
 * others put and delete the key, leaders change and clocks disagree.
 *
 * <p>What {@link CoreModel} shows is taken for granted here: a leader's appended events commit in order, and those
 * that have not when another takes over are void for ever. Each message arrives once, at any later time, or never. An
 * unlogged answer is given only when nothing is in flight (it is a read, L5). Leaders' clocks are at most one tick
 * behind each other and never ahead of true time; the client's clock is up to one tick off, and one tick ahead of the
 * leader is the most a request may be ({@code AHEAD}, the law's 30 s). W is one tick, so that an id can expire, and
 * come late, within the bounds.
 *
 * <p><b>Mends that this model carries:</b> resolve bears the requestTime as well as the id, and is refused like an
 * attempt when that is expired or too far ahead; REQUEST_EXPIRED is a read: judged by committed events; a table that is
 * full moves an expiry horizon when it drops an id. See docs/MODEL.md for the traces that make them necessary.
 */
final class RequestModel implements StateSpace<RequestState> {
  private static final int W = 1;
  private static final int AHEAD = 1;

  private final int lastTick;
  private final int others;
  private final boolean tableGetsFull;
  private final Law law;

  /**
   * @param tableGetsFull the count limit of the request table is reached by others' requests
   */
  RequestModel(int lastTick, int others, boolean tableGetsFull, Law law) {
    this.lastTick = lastTick;
    this.others = others;
    this.tableGetsFull = tableGetsFull;
    this.law = law;
  }

  @Override
  public String name() {
    return "request/" + (tableGetsFull ? "full table: " : "") + law.words();
  }

  @Override
  public int words() {
    return 2;
  }

  @Override
  public RequestState initial() {
    RequestState state = new RequestState();
    state.now = 1;
    state.logTime = 1;
    state.othersLeft = others;
    state.takeoversLeft = 1;
    return state;
  }

  @Override
  public void moves(RequestState state, Moves<RequestState> out) {
    if (state.now < lastTick) {
      RequestState next = state.copy();
      next.now++;
      out.to(next, () -> "a tick passes");
    }
    new RequestClient(law).moves(state, out);
    new RequestLeader(law, W, AHEAD).moves(state, out);
    commit(state, out);
    if (state.takeoversLeft > 0 && state.tail > 0) {
      RequestState next = state.copy();
      next.takeoversLeft--;
      next.dropTail();
      out.to(next, () -> "another leader takes over; what was in flight is void");
    }
  }

  /** The oldest event in flight becomes committed: the fold applies it, its leader answers. */
  private void commit(RequestState state, Moves<RequestState> out) {
    if (state.tail == 0) {
      return;
    }
    RequestState next = state.copy();
    int kind = state.tailKind[0];
    applyFirstOfTail(next, W);
    if (kind != RequestState.OTHER) {
      next.logged |= 1 << kind;
    }
    out.to(next, () -> RequestLeader.text(kind) + " commits");
    if (tableGetsFull && kind == RequestState.OTHER && next.entry != RequestState.NONE) {
      RequestState full = next.copy();
      full.entry = RequestState.NONE;
      full.entryTime = 0;
      full.horizon = !law.has(Mutation.EVICT_BY_COUNT);
      out.to(full, () -> RequestLeader.text(kind) + " commits; the full table drops the watched id");
    }
  }

  /** The fold's step for one event: its effect, then eviction by the new logTime. */
  static void applyFirstOfTail(RequestState next, int window) {
    int kind = next.tailKind[0];
    next.logTime = next.tailTime[0];
    if (kind == RequestState.OTHER) {
      next.present = !next.present;
    } else {
      next.entry = kind;
      // However far ahead a request's time is, it counts as at most this.
      next.entryTime = Math.min(next.tailRequestTime[0], next.logTime + AHEAD);
      next.present |= kind == RequestState.OK;
      next.applied += kind == RequestState.OK ? 1 : 0;
    }
    if (next.entry != RequestState.NONE && next.entryTime + window < next.logTime) {
      next.entry = RequestState.NONE;
      next.entryTime = 0;
    }
    next.dropFirstOfTail();
  }

  @Override
  public List<Invariant<RequestState>> invariants() {
    return List.of(
        new Invariant<>("10 Within W a request is decided", state -> !state.expiredEarly),
        new Invariant<>("10 At most once", state -> state.applied <= 1),
        new Invariant<>("10 The answer stays true", RequestModel::answerIsTrue));
  }

  private static boolean answerIsTrue(RequestState state) {
    return switch (state.answer) {
      case RequestState.OK -> state.applied == 1;
      case RequestState.FAILED, RequestState.CANCELLED -> state.applied == 0;
      case RequestState.EXPIRED -> state.applied == state.appliedWhenClosed;
      default -> true;
    };
  }

  @Override
  public void pack(RequestState state, Bits.Writer out) {
    state.pack(out);
  }

  @Override
  public RequestState unpack(Bits.Reader in) {
    return RequestState.unpack(in);
  }

  @Override
  public String describe(RequestState state) {
    return "[now=%d logTime=%d key %s, id %s, in flight %d]".formatted(
        state.now, state.logTime, state.present ? "present" : "absent", RequestLeader.outcome(state.entry), state.tail);
  }

  @Override
  public String toString() {
    return name();
  }
}
