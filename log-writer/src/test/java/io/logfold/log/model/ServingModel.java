package io.logfold.log.model;

import java.util.List;

/**
 * Two tables under one log, the serve event that says which of them answers misses, and one node that leads or follows
 * and answers reads as either. While it does not lead, others do, and let serve whatever they like.
 *
 * <p>One key that puts overwrite; a position is an LSN. A serve event of the node in flight lands, or is void when
 * somebody takes over, which may be the same node again ({@link CoreModel} shows that this is what claims come to); a
 * put lands when it is appended, for in flight it changes nothing here. A table moves its rows and its checkpoint in
 * one step; a read takes the checkpoint first and the row later ({@link ProjectionModel} shows why in this order). A
 * table may be put back to an older state, which ends the read that is under way in it. The node forgets up to the
 * checkpoint of the table that serves by what it knows of the log. That it was told that checkpoint earlier makes no
 * difference, but where a table was put back: then it may forget whatever it has. When it restarts it begins from
 * either table, also from the one that does not serve.
 *
 * <p>An answer must not be older than the node's own fold. That its fold is far enough for the read, by lease, barrier
 * or read index, is {@link CoreModel}'s subject.
 */
final class ServingModel implements StateSpace<ServingState> {
  private final int maxLog;
  private final int restarts;
  private final int putBacks;
  private final Law law;

  ServingModel(int maxLog, int restarts, int putBacks, Law law) {
    this.maxLog = maxLog;
    this.restarts = restarts;
    this.putBacks = putBacks;
    this.law = law;
  }

  @Override
  public String name() {
    return "serving/" + maxLog + " records, " + restarts + " restarts, " + putBacks + " put back: " + law.words();
  }

  @Override
  public int words() {
    return 2;
  }

  @Override
  public ServingState initial() {
    ServingState state = new ServingState();
    state.leads = true;
    state.restartsLeft = restarts;
    state.putBacksLeft = putBacks;
    return state;
  }

  @Override
  public void moves(ServingState state, Moves<ServingState> out) {
    Moves<ServingState> settled = (next, label) -> {
      next.behind &= next.floor > next.checkpoint[next.serving(next.known)];
      out.to(next, label);
    };
    put(state, settled);
    land(state, settled);
    tables(state, settled);
    learn(state, settled);
    takeOver(state, settled);
    forget(state, settled);
    restart(state, settled);
    ServingChange.moves(state, maxLog, law, settled);
    ServingRead.moves(state, law, settled);
  }

  private void put(ServingState state, Moves<ServingState> out) {
    if (state.hasRoom(maxLog)) {
      ServingState next = state.copy();
      next.append(ServingState.PUT);
      next.landed++;
      out.to(next, () -> "a put is appended and lands, LSN " + next.appended);
    }
  }

  private static void land(ServingState state, Moves<ServingState> out) {
    if (state.landed < state.appended) {
      ServingState next = state.copy();
      next.landed++;
      out.to(next, () -> "LSN " + next.landed + " lands");
    }
  }

  private static void tables(ServingState state, Moves<ServingState> out) {
    for (int table = 0; table < ServingState.TABLES; table++) {
      int moved = table;
      if (state.checkpoint[table] < state.landed) {
        ServingState next = state.copy();
        next.checkpoint[moved]++;
        out.to(next, () -> "table " + moved + " moves to " + next.checkpoint[moved]);
      }
      for (int older = 0; state.putBacksLeft > 0 && older < state.checkpoint[table]; older++) {
        ServingState next = state.copy();
        next.putBacksLeft--;
        next.checkpoint[moved] = older;
        if (state.readTable == moved) {
          next.endRead();
        }
        out.to(next, () -> "table " + moved + " is put back to " + next.checkpoint[moved]);
      }
    }
  }

  private static void learn(ServingState state, Moves<ServingState> out) {
    if (state.known == state.landed) {
      return;
    }
    ServingState next = state.copy();
    int lsn = ++next.known;
    if (state.isServe(lsn)) {
      if (!state.leads) {
        next.behind = next.floor > next.checkpoint[next.tableOf(lsn)];
      } else if (state.call == ServingState.HANDED_OVER) {
        next.endCall();
      }
    }
    out.to(next, () -> "the node learns of LSN " + lsn);
  }

  /** A claim: what is in flight is void. The node takes over only when it has read all that landed. */
  private static void takeOver(ServingState state, Moves<ServingState> out) {
    boolean inFlight = state.landed < state.appended;
    if (state.known == state.landed && (!state.leads || inFlight)) {
      takeOver(state, true, out);
    }
    if (state.leads || inFlight) {
      takeOver(state, false, out);
    }
  }

  private static void takeOver(ServingState state, boolean itself, Moves<ServingState> out) {
    ServingState next = state.copy();
    next.leads = itself;
    next.voidInFlight();
    next.endCall();
    out.to(next, () -> itself ? "the node takes over" : "another node takes over");
  }

  private void forget(ServingState state, Moves<ServingState> out) {
    if (state.floor < Math.min(forgettable(state), state.known) && !state.pinned) {
      ServingState next = state.copy();
      next.floor++;
      out.to(next, () -> "the node forgets up to " + next.floor);
    }
  }

  private int forgettable(ServingState state) {
    boolean old = law.has(Mutation.FLOOR_FOLLOWS_OLD_TABLE);
    int table = old ? state.servedBefore(state.known) : state.serving(state.known);
    return state.putBacksLeft < putBacks ? state.known : state.checkpoint[table];
  }

  private void restart(ServingState state, Moves<ServingState> out) {
    for (int table = 0; state.restartsLeft > 0 && table < ServingState.TABLES; table++) {
      int from = table;
      int start = state.checkpoint[from];
      ServingState next = state.copy();
      next.restartsLeft--;
      next.endRead();
      next.endCall();
      next.leads = false;
      next.known = start;
      next.floor = start;
      next.begun = law.has(Mutation.BEGIN_WITHOUT_FLOOR) ? start : 0;
      next.behind = start > state.checkpoint[state.serving(start)];
      out.to(next, () -> "the node restarts from table " + from + ", at " + start);
    }
  }

  @Override
  public List<Invariant<ServingState>> invariants() {
    return List.of(
        new Invariant<>("7 Read", state -> !state.wrongAnswer),
        new Invariant<>("9 Memtable", this::floorIsCovered));
  }

  /**
   * The leader's floor is at or below the checkpoint of every table that serves or is about to: reads do not stop for a
   * change. Not so where a table was put back, nor where a change found a standby that had forgotten more than the new
   * table has: there only that no answer below the floor is accepted keeps reads right.
   */
  private boolean floorIsCovered(ServingState state) {
    if (!state.leads || state.putBacksLeft < putBacks || state.behind) {
      return true;
    }
    boolean covered = state.floor <= state.checkpoint[state.serving(state.known)];
    for (int lsn = state.known + 1; lsn <= state.appended; lsn++) {
      covered &= !state.isServe(lsn) || state.floor <= state.checkpoint[state.tableOf(lsn)];
    }
    return covered;
  }

  @Override
  public void pack(ServingState state, Bits.Writer out) {
    state.pack(out);
  }

  @Override
  public ServingState unpack(Bits.Reader in) {
    return ServingState.unpack(in);
  }

  @Override
  public String describe(ServingState state) {
    return "[appended=%d landed=%d checkpoints=%d,%d known=%d floor=%d]".formatted(
        state.appended, state.landed, state.checkpoint[0], state.checkpoint[1], state.known, state.floor);
  }

  @Override
  public String toString() {
    return name();
  }
}
