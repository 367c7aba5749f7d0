package io.logfold.benchmarks;

import io.logfold.projector.testing.DynamoDbLocal;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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

  private record Operation(String label) implements Case.Subject {}

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
      List<Case> rows = List.of(
          row("GetItem, SDK, this store", ours.sdkGet(lanes)),
          row("GetItem, SDK, DynamoDB Local", theirs.sdkGet(lanes)),
          row("PutItem if version is, SDK, this store", ours.sdkPut(lanes)),
          row("PutItem if version is, SDK, DynamoDB Local", theirs.sdkPut(lanes)),
          row("GetItem, raw HTTP, this store", ours.rawGet(lanes)),
          row("GET, REST, this store", rest.get(restKeys)),
          row("PutItem if version is, raw HTTP, this store", ours.rawPut(lanes)),
          row("PUT If-Match, REST, this store", rest.setIf(restKeys)));
      Rounds plan = new Rounds(rounds, seconds, warmUpSeconds);
      plan.measure(rows, out);
      String text = report(rows, plan);
      out.print("\n" + text);
      if (markdown != null) {
        Files.writeString(markdown, text);
      }
      return 0;
    }
  }

  private Case row(String label, Work work) {
    return new Case(new Operation(label), inFlight, length -> ClosedLoop.run(work, inFlight, length), this::cpu);
  }

  /** Of driver, node and DynamoDB Local together. */
  private Duration cpu() {
    return Machine.cpuOf(ProcessHandle.current());
  }

  private String report(List<Case> rows, Rounds plan) {
    Report report = new Report();
    report.fact("machine", Machine.describe() + "; driver, node and DynamoDB Local share it");
    report.fact("commit", System.getProperty("logfold.commit", "not known"));
    report.fact("command", "benchmarks/run dynamodb " + System.getProperty("logfold.arguments", ""));
    report.fact("items", String.format(Locale.ROOT, "%,d, values of %d bytes", keyCount, valueBytes));
    report.fact("measured", plan.describe());
    report.fact("durability", "this store acks=all on one broker, no fsync for each write; DynamoDB Local in memory alone");
    report.table(rows, "", row -> "");
    report.line(ratio("GetItem, SDK: of DynamoDB Local, at least 5", rows.get(0), rows.get(1)));
    report.line(ratio("conditional PutItem, SDK: of DynamoDB Local, at least 5", rows.get(2), rows.get(3)));
    report.line(ratio("GetItem, raw: of REST, at least 0.70", rows.get(4), rows.get(5)));
    report.line(ratio("conditional PutItem, raw: of REST, at least 0.70", rows.get(6), rows.get(7)));
    return report.markdown();
  }

  private static String ratio(String promised, Case a, Case b) {
    return String.format(Locale.ROOT, "- %s: %.2f", promised, a.medianPerSecond() / b.medianPerSecond());
  }
}
