package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.InMemoryPartitionLog;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionLog.AppendCallback;
import io.logfold.log.PartitionLog.AppendFailure;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import io.logfold.log.Verdict;
import io.logfold.projector.SteppedProjection;
import io.logfold.query.LeaderConfig;
import io.logfold.query.NodeTables;
import io.logfold.query.PartitionLeader;
import io.logfold.query.ReadIndex;
import io.logfold.query.WriteGate;
import io.logfold.query.values.InMemoryKeyVault;
import io.logfold.query.values.MasterKey;
import io.logfold.query.values.Values;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One partition of a store, its log and its table in memory, and any number of nodes that lead it or stand by: one thread,
 * time that passes when the test says so, one seed. Nothing happens but in {@link #run} and {@link #passMs}.
 */
public final class SimulatedPartition {
  public static final String STORE = "test";

  /** Lease time of the store, milliseconds. */
  public static final long TTL_MS = 3_000;

  /** TTL(1+e): the quiet period. */
  public static final long QUIET_MS = TTL_MS + TTL_MS * 50 / 1_000;

  private static final long START_WALL_MS = 1_800_000_000_000L;

  /** A time zero in the middle of the tests' time: code that takes 0 for "never" shows. */
  private static final long START_NANOS = -5_000_000_000L;

  private static final int MOST_STEPS = 200_000;

  private final Random random;
  private final GenesisConfig genesis;
  private final PriorityQueue<Timed> timers = new PriorityQueue<>();
  private final InMemoryPartitionLog log;
  private final SimulatedTables tables = new SimulatedTables(STORE, this::nowMs);
  private final SwitchedTable table;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private SteppedProjection projection;
  private SimulatedLink.Landing landing = (offset, record, sent) -> {};
  private Consumer<SimulatedNode> stepped = node -> {};
  private boolean projecting = true;
  private long nanos;
  private long timerNumber;

  private final SimulatedLink.Timers time = new SimulatedLink.Timers() {
    @Override
    public long nowNanos() {
      return nanos;
    }

    @Override
    public void after(long afterNanos, Runnable task) {
      timers.add(new Timed(nanos + afterNanos, timerNumber++, task));
    }
  };

  private record Timed(long atNanos, long number, Runnable task) implements Comparable<Timed> {
    @Override
    public int compareTo(Timed other) {
      return atNanos != other.atNanos ? Long.compare(atNanos, other.atNanos) : Long.compare(number, other.number);
    }
  }

  public SimulatedPartition(long seed) {
    this(seed, GenesisConfig.defaults(1));
  }

  public SimulatedPartition(long seed, GenesisConfig genesis) {
    this.random = new Random(seed);
    this.genesis = genesis;
    this.log = new InMemoryPartitionLog(Runnable::run,
        (delayMs, task) -> timers.add(new Timed(nanos + delayMs * 1_000_000, timerNumber++, task)));
    this.table = tables.add(NodeTables.MAIN);
    this.projection = newProjection();
  }

  public GenesisConfig genesis() {
    return genesis;
  }

  public InMemoryPartitionLog log() {
    return log;
  }

  public SwitchedTable table() {
    return table;
  }

  /** The tables that nodes have, to add others beside the main one; those are projected as they say themselves. */
  public SimulatedTables tables() {
    return tables;
  }

  private SteppedProjection newProjection() {
    return new SteppedProjection(STORE, 0, table, this::nowMs, 100);
  }

  /** Who hears of every record as it comes into the log. */
  public void onLanding(SimulatedLink.Landing listener) {
    landing = listener;
  }

  /** Who hears of every step of a node: a message, a call of the table, or the end of a turn. */
  public void onStep(Consumer<SimulatedNode> listener) {
    stepped = listener;
  }

  // ---- nodes

  public SimulatedNode start(String name) {
    return start(name, config -> config);
  }

  public SimulatedNode start(String name, UnaryOperator<LeaderConfig> config) {
    return start(name, config, 0, WriteGate.OPEN);
  }

  /** A node that is configured for another store than the one there is. */
  public SimulatedNode startWith(GenesisConfig other, String name) {
    return start(name, config -> config, 0, WriteGate.OPEN, other, SimulatedLink.Delays.NONE);
  }

  /** @param clockRatePermille how much faster than true time the node's monotonic clock runs */
  public SimulatedNode start(String name, UnaryOperator<LeaderConfig> config, int clockRatePermille, WriteGate gate) {
    return start(name, config, clockRatePermille, gate, genesis, SimulatedLink.Delays.NONE);
  }

  /** A node for which everything takes time. */
  public SimulatedNode start(String name, UnaryOperator<LeaderConfig> config, int clockRatePermille, SimulatedLink.Delays delays) {
    return start(name, config, clockRatePermille, WriteGate.OPEN, genesis, delays);
  }

  private SimulatedNode start(String name, UnaryOperator<LeaderConfig> config, int clockRatePermille, WriteGate gate,
      GenesisConfig configured, SimulatedLink.Delays delays) {
    long wallMs = START_WALL_MS + Math.floorDiv(nanos, 1_000_000L);
    ManualClock clock = new ManualClock(START_NANOS + nanos, wallMs, clockRatePermille);
    LeaderConfig leaderConfig = config.apply(LeaderConfig.defaults(name, name + ":7171"));
    SimulatedLink link = new SimulatedLink(log, delays, time, (offset, record, sent) -> landing.landed(offset, record, sent));
    SimulatedNode node = new SimulatedNode(name, configured, link, delays, time, tables, leaderConfig, clock,
        new Random(random.nextLong()), gate, this::values, this::stored);
    node.network(this::readIndex);
    nodes.add(node);
    return node;
  }

  /** Nodes reach one another at once, as long as they live. */
  public CompletableFuture<ReadIndex> readIndex(int partition, String address, Duration timeout) {
    for (SimulatedNode node : nodes) {
      if (!node.killed() && address.equals(node.name() + ":7171")) {
        return node.leader().readIndex(PartitionLeader.Manner.ASKS, node.deadline(timeout.toMillis()));
      }
    }
    return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, "nobody is at " + address));
  }

  // ---- values that can be redacted

  private final InMemoryKeyVault.Shared vault = new InMemoryKeyVault.Shared(this::atVault);
  private final List<Runnable> heldAtVault = new ArrayList<>();
  private boolean vaultAway;
  private boolean encrypting;

  /** Nodes that are started from now on have the master key, or do not. */
  public SimulatedPartition encrypting(boolean next) {
    encrypting = next;
    return this;
  }

  public InMemoryKeyVault.Shared vault() {
    return vault;
  }

  /** The vault takes what it is told only when it is back. */
  public void vaultAway(boolean away) {
    vaultAway = away;
    if (!away) {
      heldAtVault.forEach(this::atVault);
      heldAtVault.clear();
    }
  }

  /** What nodes have told the vault, and it has not taken yet, is lost: they died meanwhile. */
  public void loseWhatWaitsForTheVault() {
    heldAtVault.clear();
  }

  private void atVault(Runnable task) {
    if (vaultAway) {
      heldAtVault.add(task);
    } else {
      time.after(2_000_000, task);
    }
  }

  private Values values(Executor executor) {
    return encrypting ? Values.simulated(STORE, MasterKey.of(new byte[32]), new InMemoryKeyVault(vault),
        new Random(random.nextLong()), executor) : Values.plainOnly(STORE);
  }

  /** Of a history that is never behind. */
  private CompletableFuture<Optional<Bytes>> stored(Bytes partitionKey, Bytes key, long revision) {
    for (Judged each : judged()) {
      if (each.valid() && each.record() instanceof LogRecord.Event event && event.lsn() == revision
          && event.partitionKey().equals(partitionKey)) {
        return CompletableFuture.completedFuture(event.mutations().stream().filter(mutation -> mutation.key().equals(key))
            .flatMap(mutation -> mutation instanceof Mutation.Put put ? Stream.of(put.value()) : Stream.<Bytes>of())
            .findFirst());
      }
    }
    return CompletableFuture.completedFuture(Optional.empty());
  }

  // ---- time

  /** Runs whatever can run without time passing. */
  public void run() {
    for (int steps = 0; step(); steps++) {
      if (steps > MOST_STEPS) {
        throw new AssertionError("still busy after " + MOST_STEPS + " steps without time passing: something spins");
      }
    }
  }

  /** Runs one thing of one node, taken in turn; false where no node has anything to do now. */
  private boolean step() {
    boolean any = false;
    for (int i = 0; i < nodes.size(); i++) {
      SimulatedNode node = nodes.get(i);
      if (node.step()) {
        any = true;
        stepped.accept(node);
      }
    }
    return projectAll(projecting) | tables.projectOthers(log) || any;
  }

  /** As {@link #run}, and then so much true time passes, with everything that becomes due. */
  public void passMs(long ms) {
    passNanos(ms * 1_000_000);
  }

  private void passNanos(long span) {
    long end = nanos + span;
    run();
    for (int waits = 0; nanos < end; waits++) {
      if (waits > MOST_STEPS) {
        throw new AssertionError("more than " + MOST_STEPS + " wake-ups in " + span / 1_000_000 + " ms: something spins");
      }
      long next = end;
      if (!timers.isEmpty()) {
        next = Math.min(next, timers.peek().atNanos());
      }
      for (SimulatedNode node : nodes) {
        long left = node.nanosToWakeup();
        next = left == Long.MAX_VALUE ? next : Math.min(next, nanos + left + left / 20 + 1);
      }
      nodes.removeIf(SimulatedNode::killed);
      long passed = Math.max(next, nanos) - nanos;
      nanos += passed;
      nodes.forEach(node -> node.clock().passNanos(passed));
      while (!timers.isEmpty() && timers.peek().atNanos() <= nanos) {
        timers.remove().task().run();
      }
      nodes.forEach(SimulatedNode::wakeUpIfDue);
      run();
    }
  }

  /** Does something once, after so much true time. */
  public void after(long afterNanos, Runnable task) {
    time.after(afterNanos, task);
  }

  public long nowNanos() {
    return nanos;
  }

  /** True time since the start, milliseconds. */
  public long nowMs() {
    return nanos / 1_000_000;
  }

  // ---- the projector

  public void pauseProjection() {
    projecting = false;
  }

  public void resumeProjection() {
    projecting = true;
  }

  /** Projects up to so many records now, paused or not; returns how many there were. */
  public int project(int records) {
    int fed = projection.feed(log, records);
    projection.flush();
    return fed;
  }

  /** The table is lost and an empty one takes its place, which is projected from the start. */
  public void replaceTable() {
    table.become(SimulatedTables.empty(STORE));
    projection = newProjection();
  }

  /** Makes the table's checkpoint say that its fold may begin where it stands. */
  public void setAnchorToCheckpoint() {
    changeCheckpoint(at -> at);
  }

  /** Makes the table's checkpoint, and its anchor, the state of a fold that went wrong: with another hash. */
  public void corruptCheckpointHash() {
    changeCheckpoint(at -> new FoldState(at.store(), at.partition(), at.position(), at.token(), at.lsn(), at.lastValidOffset(),
        RecordHasher.ofValue(Bytes.utf8("wrong")), at.logTimeMs(), at.genesis(), at.leaderNode(), at.leaderAddress(), at.serving()));
    pauseProjection();
  }

  private void changeCheckpoint(UnaryOperator<FoldState> change) {
    Checkpoint is = table.checkpoint(0);
    FoldState at = change.apply(is.at());
    table.apply(0, List.of(), is, new Checkpoint(at, at));
    projection = newProjection();
  }

  private boolean projectAll(boolean allowed) {
    return allowed && SimulatedTables.project(projection, log);
  }

  // ---- the log, seen from outside

  /** A record of the log and what the fold says of it. */
  public record Judged(long offset, LogRecord record, Verdict verdict) {
    public boolean valid() {
      return !(verdict instanceof Verdict.Skipped);
    }
  }

  /** Every record that can be decoded, judged. */
  public List<Judged> judged() {
    LogFold fold = new LogFold(FoldState.empty(STORE, 0), true);
    List<Judged> all = new ArrayList<>();
    for (RawRecord raw : log.read(0, Integer.MAX_VALUE, 0).join().records()) {
      Verdict verdict = fold.apply(raw.offset(), raw.value());
      if (RecordCodec.decode(raw.value()) instanceof RecordCodec.Decoded.Ok ok) {
        all.add(new Judged(raw.offset(), ok.record(), verdict));
      }
    }
    return all;
  }

  /** The valid records' kinds, in order: Genesis, Claim, Event, ... */
  public List<String> kinds() {
    return judged().stream().filter(Judged::valid).map(each -> each.record().getClass().getSimpleName()).toList();
  }

  /** The fold of the whole log. */
  public FoldState state() {
    LogFold fold = new LogFold(FoldState.empty(STORE, 0), false);
    log.read(0, Integer.MAX_VALUE, 0).join().records().forEach(raw -> fold.apply(raw.offset(), raw.value()));
    return fold.state();
  }

  /** Somebody else writes this to the topic. */
  public void stray(Bytes raw) {
    log.append(raw, new AppendCallback() {
      @Override
      public void appended(long offset) {
        landing.landed(offset, raw, null);
      }

      @Override
      public void failed(AppendFailure failure) {}
    });
  }

  public void stray(LogRecord record) {
    stray(RecordCodec.encode(record));
  }
}
