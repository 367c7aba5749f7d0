package io.logfold.benchmarks;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures this store where it is large, cold or long under load: gets that the table must answer, ten million keys, a
 * minute of writes without a pause. Each part starts nodes of its own, as a user does, and ends them before the next.
 */
@Command(name = "run scale", mixinStandardHelpOptions = true, sortOptions = false, showDefaultValues = true,
    description = "Measures cold gets beside Postgres's select, ten thousand keys beside ten million (which take 12 GiB of memory"
        + " and 10 of disk), and how far the projection is behind a minute of SetIf.")
public final class ScaleDriver implements Callable<Integer> {
  static final int PARTITIONS = 4;
  private static final Set<String> PARTS = Set.of("cold", "keys", "sustained");

  @Option(names = "--quick",
      description = "Everything small and brief, about a minute: whether it still works; figures mean nothing.")
  boolean quick;

  @Option(names = "--only", paramLabel = "WHAT", split = ",", defaultValue = "cold,keys,sustained",
      description = "Of cold, keys, sustained.")
  List<String> only = List.of();

  @Option(names = "--in-flight", paramLabel = "N", defaultValue = "64", description = "Operations in flight.")
  int inFlight;

  @Option(names = "--seconds", paramLabel = "N", defaultValue = "4", description = "Length of one measurement.")
  double seconds;

  @Option(names = "--warm-up", paramLabel = "N", defaultValue = "10",
      description = "Length of the first measurement of each row, which does not count.")
  double warmUpSeconds;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "Measurements of each row that count.")
  int rounds;

  @Option(names = "--few", paramLabel = "N", defaultValue = "10000", description = "Keys, where they are few.")
  int few;

  @Option(names = "--many", paramLabel = "N", defaultValue = "10000000", description = "Keys, where they are many.")
  int many;

  @Option(names = "--memtable-mib", paramLabel = "N", defaultValue = "0",
      description = "Of the node with many keys; 0: so much that all of them stay in memory.")
  long memtableMib;

  @Option(names = "--cold-keys", paramLabel = "N", defaultValue = "500000",
      description = "Of cold: so many that a hundredth of them is the least memtable, 1 MiB.")
  int coldKeys;

  @Option(names = "--connections", paramLabel = "N", defaultValue = "16", description = "Of the pool for Postgres's select.")
  int connections;

  @Option(names = "--sustained-seconds", paramLabel = "N", defaultValue = "60", description = "Of sustained: the load's length.")
  int sustainedSeconds;

  @Option(names = "--partition-keys", paramLabel = "N", defaultValue = "10",
      description = "That the keys are spread over. The leader keeps one of up to 20,000 rows whole, once it was asked for a"
          + " key of it.")
  int partitionKeys;

  @Option(names = "--value-bytes", paramLabel = "N", defaultValue = "200", description = "Size of a value; 8 or more.")
  int valueBytes;

  @Option(names = "--node-option", paramLabel = "OPTION", description = "For 'logfold dev'; may be repeated.")
  List<String> nodeOptions = List.of();

  @Option(names = "--markdown", paramLabel = "FILE", description = "Write the report there too.")
  @Nullable Path markdown;

  @Spec CommandSpec spec;

  private final PrintStream out = System.out;

  record Row(String label) implements Case.Subject {}

  /** What the parts have in common. */
  record Settings(Path root, Rounds rounds, int inFlight, int partitionKeys, int valueBytes, List<String> given) {
    /** Of {@code logfold dev}: these, and behind them those that were given to the driver. */
    List<String> nodeOptions(String... options) {
      List<String> all = new ArrayList<>(List.of("--partitions", Integer.toString(PARTITIONS)));
      all.addAll(List.of(options));
      all.addAll(given);
      return all;
    }
  }

  private interface Part {
    void run(Scratch scratch) throws Exception;
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ScaleDriver()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    for (String part : only) {
      if (!PARTS.contains(part)) {
        throw new CommandLine.ParameterException(spec.commandLine(),
            "--only does not know '" + part + "'; expected some of cold, keys, sustained");
      }
    }
    Settings settings = new Settings(Path.of(System.getProperty("logfold.root", ".")),
        quick ? new Rounds(1, 0.3, 0.3) : new Rounds(rounds, seconds, warmUpSeconds), inFlight, partitionKeys, valueBytes,
        nodeOptions);
    long start = System.nanoTime();
    Report tables = new Report();
    part("cold", scratch -> new ColdReads(settings, out).run(scratch, tables, quick ? 20_000 : coldKeys, connections));
    int fewKeys = quick ? 1_000 : few;
    part("keys", scratch -> new ManyKeys(settings, out).run(scratch, tables, fewKeys, quick ? 50_000 : many, memtableMib));
    part("sustained",
        scratch -> new Sustained(settings, out).run(scratch, tables, fewKeys, quick ? 2 : sustainedSeconds));
    Report report = new Report();
    report.fact("machine", Machine.describe() + "; driver, nodes and Postgres share it");
    report.fact("commit", System.getProperty("logfold.commit", "not known"));
    report.fact("command", "benchmarks/run scale " + System.getProperty("logfold.arguments", ""));
    report.fact("measured", "cold and keys " + settings.rounds().describe() + "; all parts together "
        + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s");
    report.fact("durability", "acks=all, one broker in the node's process, no fsync for each write");
    report.fact("errors", "0");
    report.line("");
    String text = report.markdown() + tables.markdown();
    out.print("\n" + text);
    if (markdown != null) {
      Files.writeString(markdown, text);
    }
    return 0;
  }

  private void part(String name, Part part) throws Exception {
    if (only.contains(name)) {
      long start = System.nanoTime();
      try (Scratch scratch = new Scratch()) {
        part.run(scratch);
      }
      out.printf(Locale.ROOT, "%s: %.0f s%n", name, (System.nanoTime() - start) / 1e9);
    }
  }
}
