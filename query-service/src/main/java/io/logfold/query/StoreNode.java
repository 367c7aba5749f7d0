package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.PartitionLog;
import io.logfold.query.values.Values;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's share of a store: a leader (or standby) for every partition, the threads they run on, and the
 * {@link LocalStore} in front of them. Logs and tables belong to the caller, who closes them after the node.
 *
 * <p>Threads: a small pool that runs the leaders' messages, one for timers, and a pool for the table's blocking calls.
 */
public final class StoreNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreNode.class);

  /**
   * @param store name of the store
   * @param leaderThreads threads for all leaders together
   * @param tableThreads most table calls under way at once
   */
  public record Config(String store, GenesisConfig genesis, LeaderConfig leader, int leaderThreads, int tableThreads) {}

  /** How long the history may take to come to a value that is looked for. */
  private static final long PAST_VALUE_NANOS = 10_000_000_000L;

  private final Config config;
  private final LeaderClock clock;
  private final RandomGenerator random;
  private final List<PartitionLeader> leaders = new ArrayList<>();
  private final ExecutorService leaderPool;
  private final ExecutorService tablePool;
  private final ScheduledExecutorService timer;
  private final PastPositions positions;
  private final Past past;
  private final Values values;
  private final LocalStore store;
  private final LocalStore insisting;

  private StoreNode(Config config, IntFunction<PartitionLog> logs, NodeTables tables, Incumbent incumbent, LeaderClock clock,
      RandomGenerator random, WriteGate gate, Function<Executor, Values> values) {
    this.config = config;
    this.clock = clock;
    this.random = random;
    this.leaderPool = Executors.newFixedThreadPool(config.leaderThreads(), threads("logfold-leader"));
    this.tablePool = Executors.newFixedThreadPool(config.tableThreads(), threads("logfold-table"));
    this.timer = Executors.newSingleThreadScheduledExecutor(threads("logfold-timer"));
    this.values = values.apply(tablePool);
    // Half of them for gets: fewer at once are more together, and scans and checkpoints find a thread beside them.
    TableThreads tableThreads = new TableThreads(tablePool, Math.max(1, config.tableThreads() / 2));
    for (int partition = 0; partition < config.genesis().partitions(); partition++) {
      Mailbox mailbox = new Mailbox(leaderPool, timer);
      PartitionLeader leader = new PartitionLeader(config.leader(), FoldState.empty(config.store(), partition), config.genesis(),
          logs.apply(partition), tables, incumbent, mailbox, tableThreads, clock, random, gate, this.values, this::pastValue);
      mailbox.owner(leader);
      leaders.add(leader);
    }
    this.positions = new PastPositions(leaders, incumbent, config.leader().address(), clock, tablePool, timer);
    this.past = new Past(config.genesis().partitions(), tables::history, positions, clock, tablePool, this.values);
    this.store = new LocalStore(config, leaders, tables, past, clock, PartitionLeader.Manner.ASKS);
    this.insisting = new LocalStore(config, leaders, tables, past, clock, PartitionLeader.Manner.INSISTS);
  }

  /** Starts to read the logs and to claim; {@link #awaitReady} tells when reads and writes are answered. */
  public static StoreNode start(Config config, IntFunction<PartitionLog> logs, NodeTables tables, Incumbent incumbent,
      LeaderClock clock, RandomGenerator random, WriteGate gate) {
    return start(config, logs, tables, incumbent, clock, random, gate, threads -> Values.plainOnly(config.store()));
  }

  /** @param values how values are stored and shown, given threads to encrypt on */
  public static StoreNode start(Config config, IntFunction<PartitionLog> logs, NodeTables tables, Incumbent incumbent,
      LeaderClock clock, RandomGenerator random, WriteGate gate, Function<Executor, Values> values) {
    StoreNode node = new StoreNode(config, logs, tables, incumbent, clock, random, gate, values);
    node.leaders.forEach(PartitionLeader::start);
    return node;
  }

  private CompletableFuture<Optional<Bytes>> pastValue(Bytes partitionKey, Bytes key, long revision) {
    return past.stored(partitionKey, key, revision, clock.monotonicNanos() + PAST_VALUE_NANOS);
  }

  public LocalStore store() {
    return store;
  }

  /** The same, for what the incumbent did not answer: calls wait here for a leader, and make this node claim. */
  public LocalStore insisting() {
    return insisting;
  }

  /** Rows of the history's table that this node has read since it began. */
  public long historyRowsRead() {
    return past.rowsRead();
  }

  /** How values are stored and shown: whatever else shows values of this node's tables opens them by it. */
  public Values values() {
    return values;
  }

  /** In which order the nodes shall claim the partition where nobody leads it. A hint: who leads is said by the log. */
  public void ranking(int partition, List<String> nodes) {
    leaders.get(partition).ranking(nodes);
  }

  /** Gives the partition's leadership away; see {@link PartitionLeader#move}. */
  public CompletableFuture<String> move(int partition, String successor, Duration timeout) {
    return leaders.get(partition).move(successor, clock.monotonicNanos() + timeout.toNanos());
  }

  public int partitions() {
    return leaders.size();
  }

  /** Where clients reach this node. */
  public String address() {
    return config.leader().address();
  }

  /** Where the leader of the partition is reached, as far as is known; empty where none is. From memory. */
  public String leaderAddress(int partition) {
    return leaders.get(partition).leaderAddress();
  }

  /** A command waits for a leader that answers: done when this node leads, failed with NOT_LEADER where another lives. */
  public CompletableFuture<ReadIndex> awaitLeader(int partition, Duration timeout) {
    return leaders.get(partition).readIndex(PartitionLeader.Manner.INSISTS, clock.monotonicNanos() + timeout.toNanos());
  }

  /** From now on this node claims nothing any more: it is about to end, and gives away what it leads. */
  public void retire() {
    leaders.forEach(PartitionLeader::retire);
  }

  /** The position of a partition that this node leads, for a follower. */
  public CompletableFuture<ReadIndex> readIndex(int partition, Duration timeout) {
    return leaders.get(partition).readIndex(PartitionLeader.Manner.ASKS, clock.monotonicNanos() + timeout.toNanos());
  }

  /**
   * Makes the table of this name answer misses, in each partition for itself.
   *
   * @return what became of it in each partition, in order; where it failed, with a {@link StoreException}
   */
  public List<CompletableFuture<ServeOutcome>> serve(String table, Provenance provenance, CallOptions options) {
    long deadline = clock.monotonicNanos() + options.timeout().toNanos();
    return leaders.stream().map(leader -> leader.serve(table,
        new RequestInfo(RequestId.random(random), 1, clock.wallMs()), provenance, deadline)).toList();
  }

  /** How each partition stands, in order. */
  public CompletableFuture<List<PartitionStatus>> status() {
    List<CompletableFuture<PartitionStatus>> statuses = leaders.stream().map(PartitionLeader::status).toList();
    return CompletableFuture.allOf(statuses.toArray(CompletableFuture<?>[]::new))
        .thenApply(all -> statuses.stream().map(CompletableFuture::join).toList());
  }

  /** Which partitions have stopped for good, and why; empty while none has. */
  public Optional<String> halted() {
    List<String> halted = new ArrayList<>();
    for (int partition = 0; partition < leaders.size(); partition++) {
      String name = "partition " + partition + ": ";
      leaders.get(partition).halted().ifPresent(why -> halted.add(name + why));
    }
    return halted.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", halted));
  }

  /** Done when each partition is led by this node, or it knows who leads it; failed where one has halted. */
  public CompletableFuture<Void> ready() {
    return CompletableFuture.allOf(leaders.stream().map(PartitionLeader::ready).toArray(CompletableFuture<?>[]::new));
  }

  /**
   * Waits until every partition has a leader that this node knows.
   *
   * @throws StoreException where one cannot: with the reason it halted for, or UNAVAILABLE where time ran out
   */
  public void awaitReady(long timeoutMs) throws InterruptedException {
    try {
      ready().get(timeoutMs, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new StoreException(io.logfold.api.ErrorCode.UNAVAILABLE,
          "not every partition could be led within " + timeoutMs + " ms: is the log reachable, does another node lead?", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw StoreException.from(e);
    }
  }

  /** Resigns every leadership and ends the threads; takes a few seconds at most. */
  @Override
  public void close() {
    store.close();
    insisting.close();
    positions.close();
    try {
      CompletableFuture.allOf(leaders.stream().map(PartitionLeader::close).toArray(CompletableFuture<?>[]::new))
          .get(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
      log.warn("not every partition of {} could resign: {}", config.store(), e.toString());
    }
    timer.shutdownNow();
    leaderPool.shutdown();
    tablePool.shutdown();
    try {
      boolean ended = leaderPool.awaitTermination(2, TimeUnit.SECONDS) & tablePool.awaitTermination(5, TimeUnit.SECONDS);
      if (!ended) {
        log.warn("threads of {} are still at work after closing", config.store());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ThreadFactory threads(String name) {
    AtomicInteger number = new AtomicInteger();
    return runnable -> {
      Thread thread = new Thread(runnable, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
