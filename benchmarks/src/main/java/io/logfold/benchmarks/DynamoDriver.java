package io.logfold.benchmarks;

import io.logfold.projector.testing.DynamoDbLocal;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures DynamoDB's API of a node in development mode beside DynamoDB Local, both asked by the same client, and beside the
 * node's own REST interface. Rounds of everything follow each other, after one that does not count; any error ends the run.
 */
@Command(name = "run dynamodb", mixinStandardHelpOptions = true, sortOptions = false, showDefaultValues = true,
    description = "GetItem and conditional PutItem through the AWS SDK and as raw HTTP, at this store and at DynamoDB Local.")
public final class DynamoDriver implements Callable<Integer> {
  @Option(names = "--seconds", paramLabel = "N", defaultValue = "3", description = "Length of one measurement.")
  double seconds;

  @Option(names = "--warm-up", paramLabel = "N", defaultValue = "5",
      description = "Length of the first measurement of each row, which does not count.")
  double warmUpSeconds;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "Measurements of each row that count.")
  int rounds;

  @Option(names = "--in-flight", paramLabel = "N", defaultValue = "64", description = "Operations in flight.")
  int inFlight;

  @Option(names = "--keys", paramLabel = "N", defaultValue = "10000", description = "Items in all.")
  int keyCount;

  @Option(names = "--value-bytes", paramLabel = "N", defaultValue = "200", description = "Size of an item's value.")
  int valueBytes;

  @Option(names = "--markdown", paramLabel = "FILE", description = "Write the table there too.")
  @Nullable Path markdown;

  private final PrintStream out = System.out;

  /** One row: its rounds, and all latencies together. */
  private static final class Row {
    final String label;
    final Work work;
    final List<Double> perSecond = new ArrayList<>();
    final Histogram latencies = new Histogram(1_000, 60_000_000_000L, 3);

    Row(String label, Work work) {
      this.label = label;
      this.work = work;
    }

    double median() {
      double[] sorted = perSecond.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      int middle = sorted.length / 2;
      return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    String markdown() {
      double[] sorted = perSecond.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return String.format(Locale.ROOT, "| %s | %,.0f (%,.0f to %,.0f) | %.2f | %.2f |", label, median(), sorted[0],
          sorted[sorted.length - 1], latencies.getValueAtPercentile(50) / 1e6, latencies.getValueAtPercentile(99) / 1e6);
    }
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new DynamoDriver()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch()) {
      Path root = Path.of(System.getProperty("logfold.root", "."));
      DevProcess node = scratch.keep(DevProcess.start(root, scratch.folder().resolve("dev"), List.of(), ""));
      String local = DynamoDbLocal.another(List.of("-Xmx1g"));
      KeySpace keys = KeySpace.of(keyCount, 10, valueBytes);
      DynamoWork ours = scratch.keep(new DynamoWork(node.url(), keys, inFlight));
      DynamoWork theirs = scratch.keep(new DynamoWork(local, keys, inFlight));
      RestWork rest = scratch.keep(new RestWork(node.url()));
      ours.fill();
      theirs.fill();
      KeySpace restKeys = KeySpace.of(keyCount, 10, valueBytes).forLanes(inFlight);
      Fill.all(restKeys, key -> rest.set(restKeys, 0, key));
      KeySpace lanes = keys.forLanes(inFlight);
      List<Row> rows = List.of(
          new Row("GetItem, SDK, this store", ours.sdkGet(lanes)),
          new Row("GetItem, SDK, DynamoDB Local", theirs.sdkGet(lanes)),
          new Row("PutItem if version is, SDK, this store", ours.sdkPut(lanes)),
          new Row("PutItem if version is, SDK, DynamoDB Local", theirs.sdkPut(lanes)),
          new Row("GetItem, raw HTTP, this store", ours.rawGet(lanes)),
          new Row("GET, REST, this store", rest.get(restKeys)),
          new Row("PutItem if version is, raw HTTP, this store", ours.rawPut(lanes)),
          new Row("PUT If-Match, REST, this store", rest.setIf(restKeys)));
      measure(rows);
      String text = report(rows);
      out.print("\n" + text);
      if (markdown != null) {
        Files.writeString(markdown, text);
      }
      return 0;
    }
  }

  private void measure(List<Row> rows) throws Exception {
    for (int round = 0; round <= rounds; round++) {
      for (Row row : rows) {
        Sample sample = ClosedLoop.run(row.work, inFlight, round == 0 ? warmUpSeconds : seconds);
        Throwable error = sample.firstError();
        if (error != null) {
          throw new ExecutionException(row.label + ": " + sample.errors() + " errors, the first: " + error, error);
        }
        out.printf(Locale.ROOT, "%s  %-46s %,10.0f/s%n", round == 0 ? "warm-up" : "round " + round, row.label,
            sample.perSecond());
        if (round > 0) {
          row.perSecond.add(sample.perSecond());
          row.latencies.add(sample.latencies());
        }
      }
    }
  }

  private String report(List<Row> rows) {
    List<String> lines = new ArrayList<>(Arrays.asList(
        "- machine: " + Machine.describe() + "; driver, node and DynamoDB Local share it",
        "- commit: " + System.getProperty("logfold.commit", "not known"),
        "- command: benchmarks/run dynamodb " + System.getProperty("logfold.arguments", ""),
        String.format(Locale.ROOT, "- %,d items, values of %d bytes, %d in flight; %d rounds of %.1f s after one of %.1f s",
            keyCount, valueBytes, inFlight, rounds, seconds, warmUpSeconds),
        "- durability: this store acks=all on one broker, no fsync for each write; DynamoDB Local in memory alone",
        "", "| operation | operations/s, median (least to most) | p50 ms | p99 ms |", "|---|---:|---:|---:|"));
    rows.forEach(row -> lines.add(row.markdown()));
    lines.add("");
    lines.add(ratio("GetItem, SDK: of DynamoDB Local, at least 5", rows.get(0), rows.get(1)));
    lines.add(ratio("conditional PutItem, SDK: of DynamoDB Local, at least 5", rows.get(2), rows.get(3)));
    lines.add(ratio("GetItem, raw: of REST, at least 0.70", rows.get(4), rows.get(5)));
    lines.add(ratio("conditional PutItem, raw: of REST, at least 0.70", rows.get(6), rows.get(7)));
    return String.join("\n", lines) + "\n";
  }

  private static String ratio(String promised, Row a, Row b) {
    return String.format(Locale.ROOT, "- %s: %.2f", promised, a.median() / b.median());
  }
}
