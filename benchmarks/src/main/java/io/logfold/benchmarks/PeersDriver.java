package io.logfold.benchmarks;

import io.logfold.benchmarks.Peers.Kind;
import io.logfold.benchmarks.Peers.Running;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures this store beside what else would be chosen in its place, on the same machine, in the same rounds, with the
 * same keys, values and concurrency: closed loops, closed loops with every write flushed to disk, and open loops at a
 * given rate. Nothing is judged but errors, any of which ends the run.
 */
@Command(name = "run peers", mixinStandardHelpOptions = true, sortOptions = false, showDefaultValues = true,
    description = "Measures this store (in process, by the Java client, by REST) beside the raw Kafka producer, Postgres, etcd and"
        + " DynamoDB Local, which it starts and ends. Without options: the headline set, under 20 minutes.")
public final class PeersDriver implements Callable<Integer> {
  private static final int LOADED = 64;
  /** Measured with how many in flight, unless told otherwise; at 64 everything is. */
  private static final Map<Integer, Set<Workload>> HEADLINE = Map.of(
      1, EnumSet.of(Workload.GET, Workload.SET_IF),
      LOADED, EnumSet.allOf(Workload.class),
      512, EnumSet.of(Workload.GET, Workload.SET_IF, Workload.CONTENDED));

  @Option(names = "--quick",
      description = "Everything once and briefly, under 3 minutes: whether it still works; figures mean little.")
  boolean quick;

  @Option(names = "--all", description = "Every workload, YCSB's too, with 1, 64 and 512 in flight: the whole matrix.")
  boolean all;

  @Option(names = "--peers", paramLabel = "WHICH", split = ",", converter = KindOption.class,
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Of raw, embedded, client, rest, postgres, etcd, dynamodb. Without it: all that can be had.")
  Set<Kind> wanted = EnumSet.allOf(Kind.class);

  @Option(names = "--only", paramLabel = "WHAT", split = ",", converter = WorkloadOption.class,
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Of get, setif, contended, set, delete, scan, commit, mix, ycsb-a to ycsb-f. Without it: all but"
          + " YCSB's.")
  Set<Workload> only = EnumSet.noneOf(Workload.class);

  @Option(names = "--loops", paramLabel = "WHICH", split = ",", defaultValue = "closed,flushed,open",
      description = "Of closed, flushed (closed, with every write flushed to disk: SetIf alone), open (get and SetIf).")
  List<String> loops = List.of();

  @Option(names = "--in-flight", paramLabel = "N", split = ",", showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = "Instead of 1, 64 and 512: all workloads with these.")
  List<Integer> inFlight = List.of();

  @Option(names = "--seconds", paramLabel = "N", defaultValue = "2", description = "Length of one measurement.")
  double seconds;

  @Option(names = "--warm-up", paramLabel = "N", defaultValue = "2",
      description = "Length of the first measurement of each row, which does not count.")
  double warmUpSeconds;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "Measurements of each row that count.")
  int rounds;

  @Option(names = "--rate", paramLabel = "N", defaultValue = "1000", description = "Operations a second of an open loop.")
  double rate;

  @Option(names = "--keys", paramLabel = "N", defaultValue = "10000", description = "Keys in all, over 10 partition keys.")
  int keyCount;

  @Option(names = "--value-bytes", paramLabel = "N", defaultValue = "200", description = "Size of a value; 8 or more.")
  int valueBytes;

  @Option(names = "--record-bytes", paramLabel = "N", defaultValue = "350", description = "Size of the raw producer's records.")
  int recordBytes;

  @Option(names = "--connections", paramLabel = "N", defaultValue = "16",
      description = "Of the pool to Postgres: more made each operation dearer on two cores, and writes no faster.")
  int connections;

  @Option(names = "--markdown", paramLabel = "FILE", description = "Write the report there too.")
  @Nullable Path markdown;

  @Option(names = "--plots", paramLabel = "FOLDER",
      description = "Write what the closed loops gave with 64 in flight there as plots: " + PeerPlots.THROUGHPUT + " and "
          + PeerPlots.P99 + ".")
  @Nullable Path plots;

  private final PrintStream out = System.out;

  static final class KindOption implements CommandLine.ITypeConverter<Kind> {
    @Override
    public Kind convert(String value) {
      return Arrays.stream(Kind.values()).filter(kind -> kind.option().equals(value)).findFirst()
          .orElseThrow(() -> new CommandLine.TypeConversionException("there is no peer '" + value + "'"));
    }
  }

  static final class WorkloadOption implements CommandLine.ITypeConverter<Workload> {
    @Override
    public Workload convert(String value) {
      return Arrays.stream(Workload.values()).filter(workload -> workload.option.equals(value)).findFirst()
          .orElseThrow(() -> new CommandLine.TypeConversionException("there is no workload '" + value + "'"));
    }
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new PeersDriver()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Rounds plan = quick ? new Rounds(1, 0.3, 0.3) : new Rounds(rounds, seconds, warmUpSeconds);
    long startNanos = System.nanoTime();
    try (Scratch scratch = new Scratch()) {
      Peers peers = new Peers(scratch, new Peers.Settings(Path.of(System.getProperty("logfold.root", ".")), keyCount,
          valueBytes, recordBytes, connections, workloads().stream().anyMatch(Workload.YCSB::contains)));
      peers.start(wanted);
      Duration busyBefore = Machine.busy();
      Duration oursBefore = cpu(peers);
      long measuredNanos = System.nanoTime();
      Report tables = new Report();
      if (loops.contains("closed")) {
        closed(peers, plan, tables);
      }
      if (loops.contains("flushed")) {
        flushed(peers, plan, tables);
      }
      if (loops.contains("open")) {
        open(peers, plan, tables);
      }
      double elapsed = (System.nanoTime() - measuredNanos) / 1e9;
      double ours = cpu(peers).minus(oursBefore).toNanos() / 1e9;
      double busy = Machine.busy().minus(busyBefore).toNanos() / 1e9;
      Report report = new Report();
      facts(report, peers, plan);
      int cores = Runtime.getRuntime().availableProcessors();
      report.fact("processors", String.format(Locale.ROOT, "driver and peers used %.0f %% of the %d cores, other processes %.0f %%",
          100 * ours / elapsed / cores, cores, 100 * Math.max(0, busy - ours) / elapsed / cores));
      report.fact("time", String.format(Locale.ROOT, "%.0f s in all, %.0f s of them after everything was started and filled",
          (System.nanoTime() - startNanos) / 1e9, elapsed));
      report.fact("errors", "0");
      String text = report.markdown() + tables.markdown();
      out.print("\n" + text);
      if (markdown != null) {
        Files.writeString(markdown, text);
      }
      return 0;
    }
  }

  private void closed(Peers peers, Rounds plan, Report report) throws Exception {
    List<Case> rows = new ArrayList<>();
    for (int lanes : lanes()) {
      for (Workload workload : inFlight.isEmpty() && !all ? HEADLINE.getOrDefault(lanes, Set.of()) : workloads()) {
        addRows(rows, peers, workload, lanes, (work, length) -> ClosedLoop.run(work, lanes, length));
      }
    }
    table("Closed loop", rows, plan, report);
    new PeerRatios(report, rows).all();
    if (plots != null) {
      PeerPlots.write(plots, rows, LOADED);
    }
  }

  /** Only who flushes, so that what is alike is beside each other. */
  private void flushed(Peers peers, Rounds plan, Report report) throws Exception {
    for (Running each : peers.running()) {
      each.peer().flushEachWrite(true);
    }
    List<Case> rows = new ArrayList<>();
    for (int lanes : lanes()) {
      addRows(rows, peers, Workload.SET_IF, lanes, (work, length) -> ClosedLoop.run(work, lanes, length));
    }
    rows.removeIf(row -> !((PeerRow) row.subject()).durability().equals("fsync"));
    table("Closed loop, every write flushed to disk", rows, plan, report);
    new PeerRatios(report, rows).writes();
    for (Running each : peers.running()) {
      each.peer().flushEachWrite(false);
    }
  }

  private void open(Peers peers, Rounds plan, Report report) throws Exception {
    List<Case> rows = new ArrayList<>();
    for (Workload workload : EnumSet.of(Workload.GET, Workload.SET_IF)) {
      addRows(rows, peers, workload, LOADED, (work, length) -> OpenLoop.run(work, LOADED, rate, length));
    }
    table(String.format(Locale.ROOT, "Open loop, %,.0f/s, at most 64 at once; latencies from when an operation was due", rate),
        rows, plan, report);
  }

  private interface Loop {
    Sample run(Work work, double length) throws Exception;
  }

  /** The raw producer's only operation stands beside the SetIf that it limits. */
  private void addRows(List<Case> rows, Peers peers, Workload workload, int lanes, Loop loop) {
    for (Running each : peers.running()) {
      Workload asked = each.kind() == Kind.RAW && workload == Workload.SET_IF ? Workload.SET : workload;
      boolean isRepeated = each.kind() == Kind.RAW && workload == Workload.SET;
      Peer peer = each.peer();
      if (!workloads().contains(workload) || isRepeated || !peer.knows(asked) || !peer.takes(lanes)) {
        continue;
      }
      PeerKeys keys = each.keys().forLanes(lanes);
      Work work = asked.at(peer, keys);
      rows.add(new Case(new PeerRow(asked, each.kind(), peer.name(), peer.durability().word(), keys.wins()), lanes, length -> {
        peer.prepare();
        try {
          return loop.run(work, length);
        } finally {
          peer.settle();
        }
      }, () -> Machine.ownCpu().plus(peer.cpu())));
    }
  }

  private void table(String title, List<Case> rows, Rounds plan, Report report) throws Exception {
    if (rows.isEmpty()) {
      return;
    }
    out.println(title);
    rows.sort(Comparator.comparing((Case row) -> ((PeerRow) row.subject()).place()).thenComparingInt(Case::inFlight)
        .thenComparing(row -> ((PeerRow) row.subject()).kind()));
    plan.measure(rows, out);
    report.line("");
    report.line("### " + title);
    report.table(rows, "an acknowledged write", PeerRow::remarks);
  }

  private Set<Workload> workloads() {
    return !only.isEmpty() ? only : all ? EnumSet.allOf(Workload.class) : Workload.USUAL;
  }

  private List<Integer> lanes() {
    return inFlight.isEmpty() ? List.of(1, LOADED, 512) : inFlight;
  }

  private void facts(Report report, Peers peers, Rounds plan) {
    report.fact("machine", Machine.describe() + "; the driver and all peers share it");
    report.fact("commit", System.getProperty("logfold.commit", "not known"));
    report.fact("command", "benchmarks/run peers " + System.getProperty("logfold.arguments", ""));
    report.fact("keys", String.format(Locale.ROOT, "%,d over 10 partition keys; values of %d bytes, raw records of %d; %d"
        + " connections to Postgres", keyCount, valueBytes, recordBytes, connections));
    report.fact("measured", plan.describe() + ", of everything in turn");
    for (Running each : peers.running()) {
      report.fact(each.peer().name(), each.peer().durability().text());
    }
    peers.skipped().forEach(line -> report.line("- " + line));
  }

  private static Duration cpu(Peers peers) {
    return peers.running().stream().filter(each -> each.kind() != Kind.REST || peers.running().stream()
        .noneMatch(other -> other.kind() == Kind.CLIENT)).map(each -> each.peer().cpu())
        .reduce(Machine.ownCpu(), Duration::plus);
  }
}
