package io.logfold.benchmarks;

import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures a node as its users meet it: a process of its own, asked through the Java client and by REST, with driver
 * and node on the same machine; beside it the same store in the driver's process, and the raw Kafka producer as the
 * limit of writes. One round of everything warms up and does not count, then rounds of everything follow each other,
 * so that a disturbance of the machine meets all rows alike. Nothing is judged but errors, any of which ends the run.
 */
@Command(name = "run", mixinStandardHelpOptions = true, sortOptions = false, showDefaultValues = true,
    description = "Measures a node in development mode, and prints a markdown table. 'run jmh' runs the benchmarks of"
        + " the inner loops instead.")
public final class LoadDriver implements Callable<Integer> {
  private static final int PARTITIONS = 4;
  private static final int REST_AND_SCAN_MOST = 64;
  private static final double SET_IF_FLOOR = 20_000;
  private static final double GET_FLOOR = 60_000;
  private static final double SET_IF_P50_MS = 1;
  private static final int LOADED = 64;

  @Option(names = "--seconds", paramLabel = "N", defaultValue = "2", description = "Length of one measurement.")
  double seconds;

  @Option(names = "--warm-up", paramLabel = "N", defaultValue = "2",
      description = "Length of the first measurement of each row, which does not count.")
  double warmUpSeconds;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "3",
      description = "Measurements of each row that count.")
  int rounds;

  @Option(names = "--in-flight", paramLabel = "N", split = ",", defaultValue = "1,64,512",
      description = "Operations in flight.")
  List<Integer> inFlight = List.of();

  @Option(names = "--only", paramLabel = "WHAT", split = ",",
      description = "Of setif, set, get, scan, rest, embedded-setif, embedded-get, raw. Without it: all.")
  List<String> only = List.of();

  @Option(names = "--keys", paramLabel = "N", defaultValue = "10000", description = "Keys in all.")
  int keyCount;

  @Option(names = "--partition-keys", paramLabel = "N", defaultValue = "10",
      description = "Partition keys that the keys are spread over.")
  int partitionKeyCount;

  @Option(names = "--value-bytes", paramLabel = "N", defaultValue = "200", description = "Size of a value.")
  int valueBytes;

  @Option(names = "--record-bytes", paramLabel = "N", defaultValue = "350",
      description = "Size of the raw producer's records.")
  int recordBytes;

  @Option(names = "--server", paramLabel = "URL", description = "Measure this running node instead of one of our own.")
  @Nullable String server;

  @Option(names = "--node-option", paramLabel = "OPTION", description = "For 'logfold dev'; may be repeated.")
  List<String> nodeOptions = List.of();

  @Option(names = "--node-java-options", paramLabel = "OPTIONS", defaultValue = "",
      description = "For the node's JVM, for example -XX:StartFlightRecording=filename=FILE.")
  String nodeJavaOptions = "";

  @Option(names = "--markdown", paramLabel = "FILE", description = "Write the table there too.")
  @Nullable Path markdown;

  @Spec CommandSpec spec;

  private final PrintStream out = System.out;
  private final List<Case> cases = new ArrayList<>();
  private @Nullable DevProcess node;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new LoadDriver()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Set<What> wanted = wanted();
    try (Scratch scratch = new Scratch()) {
      if (wanted.stream().anyMatch(What::needsServer)) {
        overTheWire(wanted, scratch);
      }
      if (wanted.stream().anyMatch(What::needsEmbedded)) {
        inProcess(wanted, scratch);
      }
      Report report = new Report();
      Duration busyBefore = Machine.busy();
      Duration oursBefore = cpu();
      long startNanos = System.nanoTime();
      cases.sort(Comparator.comparing((Case row) -> (What) row.subject()).thenComparingInt(Case::inFlight));
      new Rounds(rounds, seconds, warmUpSeconds).measure(cases, out);
      double elapsed = (System.nanoTime() - startNanos) / 1e9;
      double ours = seconds(cpu().minus(oursBefore));
      double others = Math.max(0, seconds(Machine.busy().minus(busyBefore)) - ours);
      facts(report, elapsed, ours, others);
      report.table(cases, "of raw producer", this::ofRaw);
      floors(report);
      String text = report.markdown();
      out.print("\n" + text);
      if (markdown != null) {
        Files.writeString(markdown, text);
      }
      return 0;
    }
  }

  private Set<What> wanted() {
    if (only.isEmpty()) {
      return EnumSet.allOf(What.class);
    }
    Set<What> wanted = EnumSet.noneOf(What.class);
    for (String name : only) {
      wanted.add(Arrays.stream(What.values()).filter(what -> what.option.equals(name)).findFirst()
          .orElseThrow(() -> new CommandLine.ParameterException(spec.commandLine(),
              "--only does not know '" + name + "'")));
    }
    return wanted;
  }

  private void overTheWire(Set<What> wanted, Scratch scratch) throws Exception {
    String url = server;
    if (url == null) {
      Path root = Path.of(System.getProperty("logfold.root", "."));
      node = scratch.keep(DevProcess.start(root, scratch.folder().resolve("dev"), nodeOptions, nodeJavaOptions));
      url = node.url();
    }
    LogfoldClient client = scratch.keep(LogfoldClient.connect(url));
    RestWork rest = scratch.keep(new RestWork(url));
    KeySpace keys = KeySpace.of(keyCount, partitionKeyCount, valueBytes);
    Fill.all(keys, key -> StoreWork.set(client, keys, 0, key));
    for (int lanes : inFlight) {
      KeySpace shared = keys.forLanes(lanes);
      add(wanted, What.SET_IF, lanes, seconds -> ClosedLoop.run(StoreWork.setIf(client, shared), lanes, seconds));
      add(wanted, What.SET, lanes, seconds -> ClosedLoop.run(StoreWork.set(client, shared), lanes, seconds));
      add(wanted, What.GET, lanes, seconds -> ClosedLoop.run(StoreWork.get(client, shared), lanes, seconds));
      if (lanes <= REST_AND_SCAN_MOST) {
        add(wanted, What.SCAN, lanes, seconds -> ClosedLoop.run(StoreWork.scan(client, shared), lanes, seconds));
        add(wanted, What.REST_GET, lanes, seconds -> ClosedLoop.run(rest.get(shared), lanes, seconds));
      }
    }
  }

  private void inProcess(Set<What> wanted, Scratch scratch) throws Exception {
    Path data = scratch.folder().resolve("embedded");
    EmbeddedNode embedded = scratch.keep(EmbeddedNode.start(new DevOptions(data, "127.0.0.1", 0,
        "rocksdb:" + data.resolve("table"), PARTITIONS, "none", DevOptions.DEFAULT_MEMTABLE_BYTES,
        DevOptions.DEFAULT_LEAST_FREE_DISK_BYTES),
        why -> System.err.println("the embedded broker failed: " + why)));
    Store store = embedded.store();
    KeySpace keys = KeySpace.of(keyCount, partitionKeyCount, valueBytes);
    Fill.all(keys, key -> StoreWork.set(store, keys, 0, key));
    for (int lanes : inFlight) {
      KeySpace shared = keys.forLanes(lanes);
      add(wanted, What.EMBEDDED_SET_IF, lanes,
          seconds -> ClosedLoop.run(StoreWork.setIf(store, shared), lanes, seconds));
      add(wanted, What.EMBEDDED_GET, lanes, seconds -> ClosedLoop.run(StoreWork.get(store, shared), lanes, seconds));
      add(wanted, What.RAW, lanes, seconds -> {
        try (RawProducer raw = new RawProducer(embedded.bootstrapServers(), PARTITIONS, recordBytes)) {
          return ClosedLoop.run(raw.append(), lanes, seconds);
        }
      });
    }
  }

  private void add(Set<What> wanted, What what, int lanes, Case.Setting setting) {
    if (wanted.contains(what)) {
      cases.add(new Case(what, lanes, setting, this::cpu));
    }
  }

  private void facts(Report report, double elapsed, double ours, double others) {
    int cores = Runtime.getRuntime().availableProcessors();
    report.fact("machine", Machine.describe() + "; driver and node share it");
    report.fact("commit", System.getProperty("logfold.commit", "not known"));
    report.fact("command", "benchmarks/run " + System.getProperty("logfold.arguments", ""));
    report.fact("keys", "%,d over %d partition keys, %d partitions; values of %d bytes, raw records of %d".formatted(
        keyCount, partitionKeyCount, PARTITIONS, valueBytes, recordBytes));
    report.fact("durability", server != null ? "that of " + server
        : "acks=all, one broker in the node's process, one replica, no fsync for each write (an acknowledged write"
            + " survives kill -9, not the loss of the machine); the same for the raw producer, linger 0");
    report.fact("measured", "%s, closed loop; %.0f s in all".formatted(
        new Rounds(rounds, seconds, warmUpSeconds).describe(), elapsed));
    report.fact("processors", "ours used %.0f %% of the %d cores, other processes %.0f %%".formatted(
        100 * ours / elapsed / cores, cores, 100 * others / elapsed / cores));
    report.fact("errors", "0");
  }

  private void floors(Report report) {
    find(What.SET_IF, LOADED).ifPresent(row -> report.promise("SetIf with 64 in flight, at least 20,000/s",
        row.medianPerSecond() >= SET_IF_FLOOR, "%,.0f/s".formatted(row.medianPerSecond())));
    find(What.GET, LOADED).ifPresent(row -> report.promise(
        "linearizable gets from memory with 64 in flight, at least 60,000/s",
        row.medianPerSecond() >= GET_FLOOR, "%,.0f/s".formatted(row.medianPerSecond())));
    find(What.SET_IF, 1).ifPresent(row -> report.promise("a single SetIf, p50 under 1 ms",
        row.percentileMs(50) < SET_IF_P50_MS, Report.ms(row.percentileMs(50)) + " ms"));
  }

  private String ofRaw(Case row) {
    return ((What) row.subject()).writes()
        ? find(What.RAW, row.inFlight())
            .map(raw -> "%.0f %%".formatted(100 * row.medianPerSecond() / raw.medianPerSecond()))
            .orElse("")
        : "";
  }

  private Optional<Case> find(What what, int lanes) {
    return cases.stream().filter(row -> row.subject() == what && row.inFlight() == lanes).findFirst();
  }

  /** Of driver and node together. */
  private Duration cpu() {
    DevProcess running = node;
    return Machine.ownCpu().plus(running == null ? Duration.ZERO : running.cpu());
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
