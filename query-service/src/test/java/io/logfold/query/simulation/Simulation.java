package io.logfold.query.simulation;

import io.logfold.log.Checkpoint;
import io.logfold.log.GenesisConfig;
import io.logfold.log.PartitionHash;
import io.logfold.query.LeaderView;
import io.logfold.query.NodeTables;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One run: a cluster, its clients and its faults, all from one seed. Every {@link Invariant} is told of all that happens,
 * and the first one that is broken ends the run. The same seed gives the same run.
 */
final class Simulation implements Watch {
  private static final long TTL_MS = 1_000;
  private static final long RUN_MS = 8_000;
  private static final long CHUNK_MS = 20;
  private static final int LINES = 80;

  private final long seed;
  private final Trace trace;
  private final SimulatedPartition world;
  private final Truth truth;
  private final Cluster cluster;
  private final Faults faults;
  private final List<Invariant> invariants;
  private final Map<String, Checkpoint> checkpoints = new HashMap<>();
  private long steps;
  private @Nullable Broken broken;

  /** What was found. @param trace the last things that happened, in words */
  record Broken(long seed, long step, String invariant, String how, String trace) {
    @Override
    public String toString() {
      return "seed " + seed + ", step " + step + ": " + invariant + " is broken: " + how
          + "\n  again: mvn -q -pl query-service -am test -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false"
          + " -Dsimulation.seed=" + seed + "\n" + trace;
    }
  }

  Simulation(long seed) {
    this(seed, LINES);
  }

  /** @param lines of the trace to keep */
  Simulation(long seed, int lines) {
    this.seed = seed;
    Random random = new Random(seed * 0x9E3779B97F4A7C15L);
    GenesisConfig genesis = new GenesisConfig(1, PartitionHash.NAME, TTL_MS, 50, random.nextInt(4) == 0 ? 4_000 : 600_000,
        random.nextInt(6) == 0 ? 12 : 1_000_000);
    this.world = new SimulatedPartition(random.nextLong(), genesis);
    this.trace = new Trace(lines, world::nowNanos);
    this.truth = new Truth(this::landed);
    this.cluster = new Cluster(world, random, trace, this);
    this.faults = new Faults(cluster, random, trace);
    this.invariants = List.of(new Determinism(this), new SingleWriter(this), new Prefix(this), new DurableAck(this), new Lease(this),
        new QuietPeriod(this), new Read(this), new Projection(this), new MemtableHoldsAll(this), new AtMostOnce(this),
        new Answers(this));
    world.onLanding(truth);
    world.onStep(this::stepped);
  }

  /** Null where every invariant held. */
  @Nullable Broken run() {
    cluster.begin();
    faults.begin();
    pass(RUN_MS);
    cluster.clients().end();
    faults.end();
    cluster.heal();
    pass(3_000);
    for (int round = 0; round < 12 && broken == null && !cluster.clients().lastWriteApplied(); round++) {
      cluster.clients().writeAtLast(round);
      pass(600);
    }
    if (broken == null) {
      invariants.forEach(Invariant::atEnd);
    }
    return broken;
  }

  private void pass(long ms) {
    for (long end = world.nowMs() + ms; world.nowMs() < end && broken == null;) {
      try {
        world.passMs(CHUNK_MS);
      } catch (AssertionError | RuntimeException e) {
        note("the simulation itself", e.toString());
      }
    }
  }

  long steps() {
    return steps;
  }

  Map<Fault, Integer> injected() {
    return faults.injected();
  }

  /** What callers did beside calling once. */
  Map<String, Integer> callers() {
    return cluster.clients().counts();
  }

  long calls() {
    return cluster.clients().calls().size();
  }

  long answered() {
    return cluster.clients().answered();
  }

  Trace trace() {
    return trace;
  }

  // ---- what happens

  private void landed(Truth.Landed landed) {
    trace.tell(() -> "      log " + landed.offset() + ": " + (landed.record() == null ? landed.verdict() : Words.of(landed.record())));
    tell(invariant -> invariant.landed(landed));
  }

  private void stepped(SimulatedNode node) {
    steps++;
    moved(NodeTables.MAIN);
    moved(Cluster.OTHER);
    tell(invariant -> invariant.stepped(node));
    cluster.stepped(node);
  }

  private void moved(String table) {
    Checkpoint now = cluster.checkpoint(table);
    if (checkpoints.put(table, now) != now) {
      tell(invariant -> invariant.tableMoved(table));
    }
  }

  @Override
  public void answered(Call call) {
    tell(invariant -> invariant.answered(call));
  }

  private void tell(java.util.function.Consumer<Invariant> what) {
    for (int i = 0; i < invariants.size() && broken == null; i++) {
      what.accept(invariants.get(i));
    }
  }

  // ---- for the invariants

  @Override
  public Truth truth() {
    return truth;
  }

  @Override
  public LeaderView view(SimulatedNode node) {
    return Objects.requireNonNull(cluster.view(node));
  }

  @Override
  public Cluster cluster() {
    return cluster;
  }

  @Override
  public void broken(Invariant invariant, String how) {
    note(invariant.title(), how);
  }

  private void note(String invariant, String how) {
    if (broken == null) {
      trace.close();
      broken = new Broken(seed, steps, invariant, how, trace.toString());
    }
  }
}
