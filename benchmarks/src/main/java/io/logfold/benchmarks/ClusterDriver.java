package io.logfold.benchmarks;

import io.logfold.benchmarks.MixedLoad.Sample;
import io.logfold.log.testing.BrokerCluster;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures what a cluster of three brokers and three nodes, all of them processes, does to its clients: how long partitions
 * are silent when their leader is killed, what a planned move costs, and what idle partitions cost. Brokers, nodes and driver
 * share the machine; what goes to and from the brokers passes through the driver's process (the test kit's links).
 */
@Command(name = "run cluster", mixinStandardHelpOptions = true, sortOptions = false, showDefaultValues = true,
    description = "Measures failover, planned moves and idle partitions of a cluster, and prints a markdown table.")
public final class ClusterDriver implements Callable<Integer> {
  private static final long ANSWER_NANOS = 30_000_000_000L;
  private static final long MARGIN_NANOS = 500_000_000L;
  private static final Duration SETTLE = Duration.ofSeconds(90);
  private static final double NANOS = 1e9;

  @Option(names = "--partitions", paramLabel = "N", defaultValue = "6",
      description = "Of the store whose nodes are killed and stopped.")
  int partitions;

  @Option(names = "--kills", paramLabel = "N", defaultValue = "10", description = "kill -9 of a node that leads.")
  int kills;

  @Option(names = "--rate", paramLabel = "N", defaultValue = "200",
      description = "Operations per second during kills, half reads and half writes, over all partitions.")
  int rate;

  @Option(names = "--moves", paramLabel = "N", defaultValue = "20", description = "Moves of a partition, at least.")
  int moves;

  @Option(names = "--move-rate", paramLabel = "N", defaultValue = "200", description = "Operations per second during moves.")
  int moveRate;

  @Option(names = "--warm-seconds", paramLabel = "N", defaultValue = "40",
      description = "Of load before each stop of a node, so that no node that takes over is fresh.")
  int warmSeconds;

  @Option(names = "--idle-partitions", paramLabel = "N", defaultValue = "64", description = "Of the idle store.")
  int idlePartitions;

  @Option(names = "--idle-seconds", paramLabel = "N", defaultValue = "30", description = "How long the idle store is watched.")
  int idleSeconds;

  @Option(names = "--settle-seconds", paramLabel = "N", defaultValue = "90",
      description = "Between the start of the idle store and the watching.")
  int settleSeconds;

  @Option(names = "--only", paramLabel = "WHAT", split = ",", description = "Of failover, moves, idle.",
      defaultValue = "failover,moves,idle")
  List<String> only = List.of();

  private final PrintStream out = System.out;
  private final StringBuilder rows = new StringBuilder();
  private final List<String> notes = new ArrayList<>();
  private final Path root = Path.of(System.getProperty("logfold.root", ".")).toAbsolutePath();

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ClusterDriver()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Duration busyBefore = Machine.busy();
    long start = System.nanoTime();
    try (Scratch scratch = new Scratch()) {
      BrokerCluster brokers = scratch.keep(BrokerCluster.start(scratch.folder().resolve("kafka")));
      if (only.contains("idle")) {
        idle(brokers, scratch);
      }
      if (only.contains("failover")) {
        failover(brokers, scratch);
      }
      if (only.contains("moves")) {
        moves(brokers, scratch);
      }
    }
    double elapsed = (System.nanoTime() - start) / NANOS;
    out.printf(Locale.ROOT, "%n- machine: %s%n- commit: %s%n- command: benchmarks/run cluster %s%n", Machine.describe(),
        System.getProperty("logfold.commit", "unknown"), System.getProperty("logfold.arguments", ""));
    out.println("- cluster: three brokers (replication 3, min.insync.replicas 2), three nodes with a lease of 3 s, each a"
        + " process; they and the driver share the machine");
    out.printf(Locale.ROOT, "- processors: %.0f busy seconds of %d cores in %.0f s, whoever used them%n",
        Machine.busy().minus(busyBefore).toMillis() / 1e3, Runtime.getRuntime().availableProcessors(), elapsed);
    notes.forEach(note -> out.println("- " + note));
    out.print("\n| what | measured |\n|---|---:|\n" + rows);
    return 0;
  }

  private void row(String what, String figures) {
    rows.append("| ").append(what).append(" | ").append(figures).append(" |\n");
    out.println(what + ": " + figures);
  }

  // ---- failover

  /** @param leaders as they were just before */
  private record Kill(long nanos, String node, Map<Integer, String> leaders) {}

  private void failover(BrokerCluster brokers, Scratch scratch) throws Exception {
    try (ServerCluster cluster = scratch.keep(new ServerCluster(brokers, root, scratch.folder().resolve("failover"), "failover",
        partitions, ""))) {
      cluster.startAll();
      List<Kill> done = new ArrayList<>();
      List<Sample> samples;
      try (MixedLoad load = new MixedLoad(cluster, rate)) {
        for (int i = 0; i < kills; i++) {
          Map<Integer, String> leaders = settled(cluster);
          ServerProcess victim = leading(cluster, leaders, i);
          Kill kill = new Kill(System.nanoTime(), victim.name(), leaders);
          victim.kill();
          done.add(kill);
          out.printf(Locale.ROOT, "  kill %d: %s, which led %d partitions: all answer reads and writes after %.2f s%n", i + 1,
              victim.name(), Collections.frequency(leaders.values(), victim.name()), awaitAnswers(load, kill));
          victim.begin();
          victim.awaitReady();
        }
        samples = load.finish();
        notes.add("failover: " + rate + " operations/s; " + load.trouble());
      }
      report(done, samples);
    }
  }

  /** Until every partition has answered a read and a write that began behind the kill, or it has taken too long; seconds. */
  private double awaitAnswers(MixedLoad load, Kill kill) throws InterruptedException {
    while (System.nanoTime() - kill.nanos() < ANSWER_NANOS) {
      Map<Integer, Long> first = firstAnswers(load.samples(), kill.nanos());
      if (first.size() == 2 * partitions) {
        return Collections.max(first.values()) / NANOS;
      }
      Thread.sleep(250);
    }
    return Double.POSITIVE_INFINITY;
  }

  /** How long after the kill the first operation that began behind it ended: partition p's reads at 2p, writes at 2p + 1. */
  private static Map<Integer, Long> firstAnswers(List<Sample> samples, long killNanos) {
    Map<Integer, Long> first = new HashMap<>();
    for (Sample each : samples) {
      if (each.beganNanos() - killNanos >= 0) {
        first.merge(2 * each.partition() + (each.read() ? 0 : 1), each.endedNanos() - killNanos, Math::min);
      }
    }
    return first;
  }

  private void report(List<Kill> done, List<Sample> samples) {
    Histogram reads = new Histogram(3);
    Histogram writes = new Histogram(3);
    Histogram others = new Histogram(3);
    Histogram all = new Histogram(3);
    int missing = 0;
    for (Kill kill : done) {
      long slowest = 0;
      Map<Integer, Long> first = firstAnswers(samples, kill.nanos());
      for (int partition = 0; partition < partitions; partition++) {
        for (int kind = 0; kind < 2; kind++) {
          Long nanos = first.get(2 * partition + kind);
          if (nanos == null) {
            missing++;
            continue;
          }
          slowest = Math.max(slowest, nanos);
          boolean led = kill.node().equals(kill.leaders().get(partition));
          (led ? kind == 0 ? reads : writes : others).recordValue(nanos);
        }
      }
      all.recordValue(slowest);
    }
    row(done.size() + " kills of a leader, until its partition answers a read, s: p50, most of " + reads.getTotalCount(),
        seconds(reads));
    row("... until its partition answers a write, s: p50, most of " + writes.getTotalCount(), seconds(writes));
    row("... until all " + partitions + " partitions answer both, s: p50, most", seconds(all));
    row("... partitions that other nodes led: first read or write, s: p50, most of " + others.getTotalCount(), seconds(others));
    if (missing > 0) {
      row("... partitions that answered no read, or no write, at all", Integer.toString(missing));
    }
  }

  private static String seconds(Histogram nanos) {
    return String.format(Locale.ROOT, "%.2f, %.2f", nanos.getValueAtPercentile(50) / NANOS, nanos.getMaxValue() / NANOS);
  }

  // ---- moves

  private void moves(BrokerCluster brokers, Scratch scratch) throws Exception {
    try (ServerCluster cluster = scratch.keep(new ServerCluster(brokers, root, scratch.folder().resolve("moves"), "moves",
        partitions, ""))) {
      cluster.startAll();
      settled(cluster);
      List<long[]> stops = new ArrayList<>();
      List<Sample> samples;
      long begin;
      try (MixedLoad load = new MixedLoad(cluster, moveRate)) {
        begin = System.nanoTime();
        int seen = 0;
        for (int i = 0; i < moves && seen < moves; i++) {
          Thread.sleep(warmSeconds * 1_000L);
          ServerProcess node = leading(cluster, settled(cluster), i);
          long stop = System.nanoTime();
          node.stop();
          stops.add(new long[] {stop, System.nanoTime()});
          Thread.sleep(1_000); // so that the start of a JVM is not in the figures of the move
          node.begin();
          node.awaitReady();
          settled(cluster);
          seen = movesSince(begin, cluster).size();
          out.printf(Locale.ROOT, "  %s was stopped, in %.2f s, and is back; moves so far: %d%n", node.name(),
              (stops.getLast()[1] - stop) / NANOS, seen);
        }
        samples = load.finish();
        notes.add("moves: " + moveRate + " operations/s; " + load.trouble());
      }
      long from = begin;
      samples = samples.stream().filter(each -> each.beganNanos() - from >= 0).toList();
      List<PlannedMove> leaving = new ArrayList<>();
      List<PlannedMove> placed = new ArrayList<>();
      for (PlannedMove move : movesSince(begin, cluster)) {
        boolean stopped = stops.stream().anyMatch(
            stop -> move.resignedNanos() - stop[0] >= 0 && move.claimedNanos() - stop[1] <= 0);
        (stopped ? leaving : placed).add(move);
      }
      List<PlannedMove> both = new ArrayList<>(leaving);
      both.addAll(placed);
      report("all moves", both, samples);
      report("because its leader was told to stop (SIGTERM)", leaving, samples);
      report("because placement wants it on the node that came back", placed, samples);
      Histogram whole = latencies(samples);
      row("all operations of " + stops.size() + " restarts, from beginning to end, ms: p50, p99, p99.9, most of "
          + whole.getTotalCount(), milliseconds(whole));
    }
  }

  private static List<PlannedMove> movesSince(long begin, ServerCluster cluster) {
    return cluster.plannedMoves().stream().filter(each -> each.resignedNanos() - begin >= 0).toList();
  }

  private void report(String what, List<PlannedMove> seen, List<Sample> samples) {
    List<Sample> during = new ArrayList<>();
    Histogram gaps = new Histogram(3);
    for (PlannedMove move : seen) {
      during.addAll(move.during(samples, MARGIN_NANOS));
      gaps.recordValue(move.claimedNanos() - move.resignedNanos());
    }
    Histogram latencies = latencies(during);
    row("moves of a partition, " + what + ": number", Integer.toString(seen.size()));
    row("... requests to it from 0.5 s before to 0.5 s after, ms: p50, p99, p99.9, most of " + latencies.getTotalCount(),
        milliseconds(latencies));
    row("... between the Resign and the claim behind it, ms: p50, most", String.format(Locale.ROOT,
        "%.0f, %.0f", gaps.getValueAtPercentile(50) / 1e6, gaps.getMaxValue() / 1e6));
  }

  private static Histogram latencies(List<Sample> samples) {
    Histogram latencies = new Histogram(3);
    samples.forEach(each -> latencies.recordValue(Math.max(0, each.nanos())));
    return latencies;
  }

  private static String milliseconds(Histogram nanos) {
    return String.format(Locale.ROOT, "%.1f, %.1f, %.1f, %.1f", nanos.getValueAtPercentile(50) / 1e6,
        nanos.getValueAtPercentile(99) / 1e6, nanos.getValueAtPercentile(99.9) / 1e6, nanos.getMaxValue() / 1e6);
  }

  // ---- idle partitions

  private void idle(BrokerCluster brokers, Scratch scratch) throws Exception {
    // The first node claims everything, and nothing moves away from it.
    try (ServerCluster cluster = scratch.keep(new ServerCluster(brokers, root, scratch.folder().resolve("idle"), "idle",
        idlePartitions, "placement.moves=off\n"))) {
      ServerProcess first = cluster.nodes().get(0);
      first.begin();
      first.awaitReady();
      long until = System.nanoTime() + SETTLE.toNanos();
      while (cluster.leaders().size() < idlePartitions && System.nanoTime() - until < 0) {
        Thread.sleep(500);
      }
      for (ServerProcess node : cluster.nodes().subList(1, cluster.nodes().size())) {
        node.begin();
        node.awaitReady();
      }
      Map<Integer, String> leaders = cluster.awaitSettled(SETTLE, false);
      Thread.sleep(settleSeconds * 1_000L);
      long end = cluster.endOfLog();
      List<Duration> before = new ArrayList<>();
      for (ServerProcess node : cluster.nodes()) {
        before.add(node.cpu());
      }
      List<Map<String, Duration>> threads = new ArrayList<>();
      for (ServerProcess node : cluster.nodes()) {
        threads.add(node.cpuByThread());
      }
      long start = System.nanoTime();
      Thread.sleep(idleSeconds * 1_000L);
      double elapsed = (System.nanoTime() - start) / NANOS;
      for (int i = 0; i < cluster.nodes().size(); i++) {
        ServerProcess node = cluster.nodes().get(i);
        double share = percent(node.cpu().minus(before.get(i)), elapsed);
        row(node.name() + ", which leads " + Collections.frequency(leaders.values(), node.name()) + " of " + idlePartitions
            + " idle partitions, % of one core", String.format(Locale.ROOT, "%.1f", share));
        row("... by thread", byThread(threads.get(i), node.cpuByThread(), elapsed));
      }
      row("records added to the log of " + idlePartitions + " idle partitions in " + idleSeconds + " s",
          Long.toString(cluster.endOfLog() - end));
    }
  }

  /** The threads that used most. */
  private static String byThread(Map<String, Duration> before, Map<String, Duration> after, double elapsed) {
    Map<String, Double> shares = new HashMap<>();
    after.forEach((name, cpu) -> shares.put(name, percent(cpu.minus(before.getOrDefault(name, Duration.ZERO)), elapsed)));
    return shares.entrySet().stream().sorted(Map.Entry.<String, Double>comparingByValue().reversed()).limit(8)
        .map(each -> String.format(Locale.ROOT, "%s %.1f", each.getKey(), each.getValue()))
        .reduce((left, right) -> left + ", " + right).orElse("");
  }

  private static double percent(Duration cpu, double elapsedSeconds) {
    return 100 * cpu.toMillis() / 1e3 / elapsedSeconds;
  }

  // ---- parts

  /** The leaders, when all is well; every node leads something where placement gets so far in time. */
  private Map<Integer, String> settled(ServerCluster cluster) throws IOException, InterruptedException {
    try {
      return cluster.awaitSettled(SETTLE, true);
    } catch (IOException e) {
      out.println("  " + e.getMessage() + "; going on with nodes that lead nothing");
      return cluster.awaitSettled(SETTLE, false);
    }
  }

  /** The node whose turn it is; where that one leads nothing, the next that does. */
  private static ServerProcess leading(ServerCluster cluster, Map<Integer, String> leaders, int turn) {
    List<ServerProcess> nodes = cluster.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      ServerProcess node = nodes.get((turn + i) % nodes.size());
      if (leaders.containsValue(node.name())) {
        return node;
      }
    }
    throw new IllegalStateException("nobody leads anything: " + leaders);
  }
}
