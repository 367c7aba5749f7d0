package io.logfold.standalone.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Store;
import io.logfold.api.Versioned;
import io.logfold.log.testing.BrokerCluster;
import io.logfold.standalone.faults.Operation.Found;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.Missing;
import io.logfold.standalone.faults.Operation.Register;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One store's life under faults: started, worked on, broken and mended as a list says, then judged. Its history, its
 * configuration files and the logs of its nodes stay in its folder. One thread.
 */
final class FaultRound implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration PACE = Duration.ofMillis(25);

  /** Operations between two faults, at least. */
  private static final int BETWEEN = 200;

  private final String name;
  private final Path folder;
  private final long seed;
  private final Random random;
  private final FaultCluster cluster;
  private final History history;
  private final Clients clients;
  private final Map<Fault, Recoveries> counts;

  private FaultRound(String name, Path folder, long seed, FaultCluster cluster, Map<Fault, Recoveries> counts) throws Exception {
    this.name = name;
    this.folder = folder;
    this.seed = seed;
    this.random = new Random(seed);
    this.cluster = cluster;
    this.counts = counts;
    this.history = new History(folder.resolve("history.jsonl"));
    this.clients = Clients.start(history, cluster.partitions(), cluster.urls(), PACE, seed);
  }

  /**
   * Starts nodes and clients, and returns when every partition answers.
   *
   * @param counts to which what is injected is added
   */
  static FaultRound start(String name, BrokerCluster brokers, Path folder, Duration ttl, long seed,
      Map<Fault, Recoveries> counts) throws Exception {
    Path own = folder.resolve(name);
    FaultCluster cluster = FaultCluster.start(brokers, own, name, 3, ttl);
    try {
      FaultRound round = new FaultRound(name, own, seed, cluster, counts);
      round.awaitAnswers(System.nanoTime());
      return round;
    } catch (Exception | Error e) {
      cluster.close();
      throw e;
    }
  }

  FaultCluster cluster() {
    return cluster;
  }

  Clients clients() {
    return clients;
  }

  /** Begins the fault, lets it last, ends it, and waits until every partition answers. */
  void inject(Fault fault) throws Exception {
    Recoveries recoveries = counts.computeIfAbsent(fault, none -> new Recoveries());
    long lastingNs = fault.lasting(cluster.ttl(), random).toNanos();
    Fault.End end = fault.begin(cluster, clients, random);
    // From here on: what was called while the fault was still being brought about may have been answered before it.
    long begun = System.nanoTime();
    recoveries.injected();
    AtomicBoolean answered = new AtomicBoolean();
    try {
      await(fault + ": its time, and answers meanwhile where it must not stop them").atMost(PATIENCE.plusNanos(lastingNs))
          .pollInterval(Duration.ofMillis(5)).until(() -> {
            if (!answered.get() && clients.answerSince(begun)) {
              answered.set(true);
              recoveries.sinceBegin(msSince(begun));
            }
            return System.nanoTime() - begun >= lastingNs && (answered.get() || !fault.survivable());
          });
    } finally {
      end.run();
    }
    long ended = System.nanoTime();
    awaitAnswers(ended);
    if (!answered.get()) {
      recoveries.sinceEnd(msSince(ended));
    }
    assertThat(clients.violations()).isEmpty();
    // So that the next one meets clients at work, and not those that still ask again.
    int done = history.size();
    await("clients of " + name + " work").atMost(PATIENCE).pollInterval(Duration.ofMillis(5))
        .until(() -> history.size() >= done + BETWEEN);
  }

  private static long msSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  void awaitAnswers(long since) {
    await("every partition of " + name + " answers").atMost(PATIENCE).pollInterval(Duration.ofMillis(5))
        .until(() -> clients.answerSince(since));
  }

  /** Waits until a broker may be lost again. */
  void awaitWhole() {
    await("every replica of " + name + " is in sync").atMost(PATIENCE).pollInterval(Duration.ofMillis(200))
        .until(cluster::isWhole);
  }

  /** Ends the clients, reads every key once more at every node, and judges all that was said; prints what was done. */
  void judge() throws Exception {
    clients.finish();
    for (Store node : clients.ofOneNode()) {
      for (Register register : clients.registers()) {
        read(node, register, Consistency.LINEARIZABLE, "lease");
        read(node, register, Consistency.READ_INDEX, "read-index");
      }
    }
    List<Operation> operations = history.operations();
    LogWitness witness = cluster.witness();
    List<String> faults = new ArrayList<>(clients.violations());
    faults.addAll(witness.faults(operations));
    faults.addAll(Linearizability.faults(operations));
    System.out.println("faults: " + name + ": seed " + seed + ", " + operations.size() + " operations; " + clients.summary()
        + "; the log: " + witness.summary() + "; " + (faults.isEmpty() ? "linearizable, and as the log says" : faults.size()
        + " WRONG; the history is " + folder.resolve("history.jsonl")));
    assertThat(faults).as("history " + folder.resolve("history.jsonl") + ", seed " + seed).isEmpty();
  }

  private void read(Store node, Register register, Consistency consistency, String level) throws Exception {
    History.Open open = history.begin(-1, register, new Get(level), "");
    GetResult result = node.get(new GetRequest(Bytes.utf8(register.partitionKey()), List.of(Bytes.utf8(register.key())),
        consistency), CallOptions.timeoutMs(20_000)).get(30, TimeUnit.SECONDS);
    Optional<Versioned> found = result.entries().get(0);
    open.end(found.isPresent() ? new Found(found.get().value().utf8(), found.get().revision(), result.position().revision(),
        result.position().servedBy()) : new Missing(result.position().revision(), result.position().servedBy()), 1);
  }

  @Override
  public void close() {
    clients.close();
    history.close();
    cluster.close();
  }
}
