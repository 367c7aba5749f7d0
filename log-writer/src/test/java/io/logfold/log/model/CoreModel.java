package io.logfold.log.model;

import java.util.List;

/**
 * Claims, leases, quiet period, silent leaders, Resign, producer errors, lost, late and duplicated records, lease
 * reads, barrier reads and follower reads of one partition, in one state space. One key, which every data event
 * overwrites.
 *
 * <p><b>Time.</b> Ticks are real time; a lease and a quiet period are counted from moments that processes observe.
 * The law gives a leader TTL(1-e) on its own clock and makes a claimant wait TTL(1+e) on its own; with clocks that
 * run within e of real time the lease lasts at most TTL of real time and the wait at least TTL. The model takes
 * exactly these extremes: a lease may be used while fewer than {@code ttlTicks} ticks have passed since the sending
 * of the last committed own record, a quiet period is over after {@code ttlTicks} ticks. Every other pair of clocks
 * only takes moves away (a lease that ends sooner, a wait that ends later), so it adds no behaviour. Ages saturate;
 * ticks are unbounded. Limit: with whole ticks two timers that start within one tick also end within one; finer
 * interleavings need a larger {@code ttlTicks}.
 *
 * <p><b>Kafka.</b> Landing means: below the high watermark (a record on a broker that is not committed and later lost
 * is a record that never landed). What is in flight lands in any order, any time later or never, whether or not its
 * sender lives or still cares. This is more than an idempotent producer can do. An acknowledgement with a contiguous
 * offset tells a leader exactly what reading that one record tells it, so both are one step, "learns of the next
 * record"; only the mutations tell them apart. Records that are void are read without a step, since they move
 * nobody's state (L8).
 *
 * <p><b>More behaviour than the law allows</b>, never less: anybody may claim at any time (L1's detection is about
 * liveness; so rank and stagger only take moves away), a leader may renew at any time or never (L9), may give up its
 * token at any time (L6), and whoever likes may follow a Resign, its sender too (so the successor that it names only
 * takes moves away, and stands in the record only under a mutation that goes by it). A leader that is about to move its
 * partition takes no more writes: one that appends nothing. A reply is sent in the moment its checks pass, which leaves
 * it the least freedom to be right.
 *
 * <p><b>Readers.</b> A follower is any prefix of the log chosen at the moment of its answer: any number of followers,
 * lagging as they like. One read is under way at a time; reads that overlap it cannot change the state and, not being
 * completed before it, not its verdict either.
 */
final class CoreModel implements StateSpace<CoreState> {
  private static final int NOBODY = -1;

  private final CoreBounds bounds;
  private final Law law;
  private final List<Invariant<CoreState>> invariants;
  private final boolean reduced;

  CoreModel(CoreBounds bounds, Law law, List<Invariant<CoreState>> invariants) {
    this(bounds, law, invariants, false);
  }

  private CoreModel(CoreBounds bounds, Law law, List<Invariant<CoreState>> invariants, boolean reduced) {
    this.bounds = bounds;
    this.law = law;
    this.invariants = invariants;
    this.reduced = reduced;
  }

  /** The same with one state for all that can only do the same ({@link CoreReduction}); its traces change names. */
  CoreModel reduced() {
    return new CoreModel(bounds, law, invariants, true);
  }

  @Override
  public String name() {
    return "core/" + bounds.name() + ": " + law.words();
  }

  @Override
  public int words() {
    int records = bounds.maxLog() + bounds.maxInFlight();
    // Three records fill a word; of other numbers none is wider than 4 bits, so a word holds 60 of their bits.
    return (records + 2) / 3 + (CoreState.FIXED_BITS + CoreState.NODE_BITS * bounds.nodes() + 59) / 60;
  }

  /** Genesis was written long ago and everybody has read it. */
  @Override
  public CoreState initial() {
    CoreState state = new CoreState(bounds, law);
    int sinceGenesis = law.has(Relaxation.NO_WAIT_AFTER_GENESIS) ? 0 : bounds.ttlTicks();
    java.util.Arrays.fill(state.observed, sinceGenesis);
    return state;
  }

  @Override
  public void moves(CoreState state, Moves<CoreState> out) {
    Moves<CoreState> settled = (next, label) -> {
      settle(next);
      out.to(next, label);
    };
    tick(state, NOBODY, settled);
    if (law.has(Mutation.SUSPENSION_IGNORED)) {
      for (int node = 0; node < bounds.nodes(); node++) {
        tick(state, node, settled);
      }
    }
    CoreLog.moves(state, settled);
    for (int node = 0; node < bounds.nodes(); node++) {
      CoreLeadership.moves(state, node, !reduced, settled);
      CoreAppends.moves(state, node, settled);
      CoreLearning.moves(state, node, settled);
    }
    CoreReads.moves(state, settled);
  }

  /** Without L10 a suspended leader's own clock does not count the tick. */
  private static void tick(CoreState state, int suspended, Moves<CoreState> out) {
    CoreState next = state.copy();
    for (int i = 0; i < next.inFlight; i++) {
      next.flight[i] = older(next.flight[i], next.ttl());
    }
    for (int offset = 1; offset <= next.length; offset++) {
      next.log[offset] = older(next.log[offset], next.ttl());
    }
    for (int node = 0; node < next.nodes(); node++) {
      next.observed[node] = older(next.observed, node, next.ttl());
      if (next.mode[node] != CoreState.STANDBY) {
        next.waited[node] = older(next.waited, node, next.ttl());
      }
      if (next.former[node] != 0 && next.law.has(Relaxation.OWN_TOKENS_WAIT_GOES_ON)) {
        next.formerWaited[node] = older(next.formerWaited, node, next.ttl());
      }
      if (next.leads(node) && node != suspended) {
        next.lease[node] = older(next.lease, node, next.ttl());
      }
      if (next.leads(node)) {
        next.leaseTruth[node] = older(next.leaseTruth, node, next.ttl());
      }
    }
    out.to(next, () -> suspended == NOBODY ? "a tick passes" : "a tick passes, " + name(suspended) + " is suspended");
  }

  private static int older(int rec, int ttl) {
    return Rec.live(rec) ? Rec.withAge(rec, Math.min(ttl, Rec.age(rec) + 1)) : rec;
  }

  private static int older(int[] ages, int node, int ttl) {
    return Math.min(ttl, ages[node] + 1);
  }

  /** Brings a state into the one form in which equal states are equal, and reads over void records. */
  private void settle(CoreState state) {
    for (int node = 0; node < state.nodes(); node++) {
      CoreLearning.readOverVoid(state, node);
      if (state.former[node] != state.fold().token[state.position[node]]) {
        state.former[node] = 0;
        state.formerWaited[node] = 0;
      }
    }
    forgetWhatCannotMatter(state);
    if (reduced) {
      CoreReduction.reduce(state);
    }
    state.sortInFlight();
  }

  /**
   * A record in flight that is void wherever it lands is as good as lost. Not so under mutations that believe
   * acknowledgements, nor for a claim whose sender must learn that it is void.
   */
  private void forgetWhatCannotMatter(CoreState state) {
    int token = state.fold().token[state.length];
    int lastValid = state.fold().lastValid[state.length];
    boolean acksAreBelieved = law.has(Mutation.NO_CONTIGUITY_CHECK) || law.has(Mutation.CARRY_ON_AFTER_ERROR);
    for (int i = state.inFlight - 1; i >= 0; i--) {
      int rec = state.flight[i];
      boolean claim = Rec.kind(rec) == Rec.CLAIM;
      boolean dead = Rec.token(rec) != token || (claim && Rec.number(rec) < lastValid);
      boolean revivable = claim && (Rec.token(rec) == 0 || Rec.live(rec));
      if (dead && !revivable && !(acksAreBelieved && Rec.live(rec))) {
        state.dropInFlight(i);
      }
    }
  }

  @Override
  public List<Invariant<CoreState>> invariants() {
    return invariants;
  }

  @Override
  public void pack(CoreState state, Bits.Writer out) {
    state.pack(out);
  }

  @Override
  public CoreState unpack(Bits.Reader in) {
    return CoreState.unpack(bounds, law, in);
  }

  @Override
  public String describe(CoreState state) {
    StringBuilder text = new StringBuilder("[log:");
    for (int offset = 1; offset <= state.length; offset++) {
      text.append(' ').append(offset).append(state.fold().valid[offset] ? "=" : "=void ");
      text.append(Rec.text(state.log[offset]));
    }
    return text.append(']').toString();
  }

  static String name(int node) {
    return String.valueOf((char) ('A' + node));
  }

  @Override
  public String toString() {
    return name();
  }
}
