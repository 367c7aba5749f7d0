package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.CallOptions;
import io.logfold.api.Store;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionHash;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.projector.replay.Replay;
import io.logfold.projector.replay.ReplayOptions;
import io.logfold.projector.replay.ReplayResult;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.table.dynamodb.DynamoDbTableDriver;
import io.logfold.projector.table.dynamodb.RequestCounts;
import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures how history becomes tables: replay of a log of events on distinct keys into RocksDB, into Postgres (beside a
 * bare COPY and upsert of the same rows), into DynamoDB Local (requests, since its speed says nothing), and how far a
 * projection is behind a steady load. Log, backends and driver share the machine.
 */
@Command(name = "run tables", mixinStandardHelpOptions = true, sortOptions = false, showDefaultValues = true,
    description = "Measures replay and projection lag, and prints a markdown table.")
public final class TablesDriver implements Callable<Integer> {
  private static final int PARTITIONS = 4;
  private static final int IN_FLIGHT = 512;
  private static final int PARTITION_KEYS = 100;

  @Option(names = "--events", paramLabel = "N", defaultValue = "1000000", description = "Events in the log.")
  int events;

  @Option(names = "--dynamodb-events", paramLabel = "N", defaultValue = "20000",
      description = "Events replayed into DynamoDB Local: one per key, one partition key for each hundred.")
  int dynamoDbEvents;

  @Option(names = "--value-bytes", paramLabel = "N", defaultValue = "200", description = "Size of a value.")
  int valueBytes;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "Of each replay; into a new table each time.")
  int rounds;

  @Option(names = "--rate", paramLabel = "N", defaultValue = "5000", description = "Writes per second while lag is measured.")
  int rate;

  @Option(names = "--seconds", paramLabel = "N", defaultValue = "30", description = "How long lag is measured.")
  int seconds;

  @Option(names = "--only", paramLabel = "WHAT", split = ",", description = "Of rocksdb, postgres, dynamodb, lag.",
      defaultValue = "rocksdb,postgres,dynamodb,lag")
  List<String> only = List.of();

  private final PrintStream out = System.out;
  private final StringBuilder rows = new StringBuilder();

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new TablesDriver()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Duration busyBefore = Machine.busy();
    Duration ownBefore = Machine.ownCpu();
    long start = System.nanoTime();
    if (only.contains("lag")) {
      lag();
    }
    if (only.contains("rocksdb") || only.contains("postgres")) {
      replays();
    }
    if (only.contains("dynamodb")) {
      dynamoDb();
    }
    double elapsed = (System.nanoTime() - start) / 1e9;
    double busy = Machine.busy().minus(busyBefore).toMillis() / 1e3;
    out.printf(Locale.ROOT, "%n- machine: %s%n- commit: %s%n- command: benchmarks/run tables %s%n", Machine.describe(),
        System.getProperty("logfold.commit", "unknown"), System.getProperty("logfold.arguments", ""));
    out.printf(Locale.ROOT, "- log: %,d events of one set each, distinct keys over %d partition keys, %d partitions, values of %d"
        + " bytes; broker, tables' servers and driver share the machine%n", events, PARTITION_KEYS, PARTITIONS, valueBytes);
    out.printf(Locale.ROOT, "- processors: this process used %.1f of %.1f busy seconds, in %.0f s%n%n",
        Machine.ownCpu().minus(ownBefore).toMillis() / 1e3, busy, elapsed);
    out.print("| what | median (least to most) |\n|---|---:|\n" + rows);
    return 0;
  }

  private void row(String what, String figures) {
    rows.append("| ").append(what).append(" | ").append(figures).append(" |\n");
    out.println(what + ": " + figures);
  }

  // ---- replay

  private void replays() throws Exception {
    try (Scratch scratch = new Scratch()) {
      EmbeddedNode node = scratch.keep(node(scratch));
      fill(node.store(), events, i -> i % PARTITION_KEYS);
      LogScan.Opener log = log(node);
      if (only.contains("rocksdb")) {
        double[] rates = new double[rounds];
        for (int round = 0; round <= rounds; round++) {
          String url = "rocksdb:" + scratch.folder().resolve("replayed-" + round);
          double perSecond = replay(log, url);
          rates[Math.max(0, round - 1)] = perSecond; // the first round warms up
        }
        row("replay into RocksDB, events/s", median(rates));
      }
      if (only.contains("postgres")) {
        PostgresServer server = scratch.keep(PostgresServer.start());
        double[] rates = new double[rounds];
        double[] bare = new double[rounds];
        for (int round = 0; round <= rounds; round++) {
          bare[Math.max(0, round - 1)] = BareCopy.run(server, "bare" + round, events, PARTITIONS, PARTITION_KEYS, valueBytes);
          rates[Math.max(0, round - 1)] = replay(log, server.url("r" + round + "_"));
          server.execute("DROP TABLE bare" + round + "; DROP TABLE r" + round + "_rows; CHECKPOINT");
        }
        row("bare COPY + upsert into Postgres, rows/s", median(bare));
        row("replay into Postgres, events/s", median(rates));
        double[] ratio = new double[rounds];
        for (int i = 0; i < rounds; i++) {
          ratio[i] = 100 * rates[i] / bare[i];
        }
        row("replay beside the bare one, %", median(ratio));
      }
    }
  }

  private double replay(LogScan.Opener log, String url) {
    try (Table table = Tables.open(url, "dev", PARTITIONS)) {
      ReplayResult result = new Replay(ReplayOptions.of("dev", PARTITIONS), log, table).run();
      if (result.events() < events) {
        throw new IllegalStateException("replayed " + result.events() + " of " + events + " events");
      }
      double perSecond = result.events() * 1e3 / result.elapsedMs();
      out.printf(Locale.ROOT, "  %s: %,d events in %,d ms, %,.0f/s%n", url.replaceAll("[:/].*", ""), result.events(),
          result.elapsedMs(), perSecond);
      return perSecond;
    }
  }

  private void dynamoDb() throws Exception {
    for (boolean oneByOne : new boolean[] {false, true}) {
      try (Scratch scratch = new Scratch()) {
        EmbeddedNode node = scratch.keep(node(scratch));
        fill(node.store(), dynamoDbEvents, i -> oneByOne ? i : i / 100);
        RequestCounts counts = new RequestCounts();
        URI url = URI.create(DynamoDbLocal.url("bench" + System.nanoTime()));
        try (Table table = new DynamoDbTableDriver().open(url, "dev", PARTITIONS, counts)) {
          long before = counts.total();
          ReplayResult result = new Replay(ReplayOptions.of("dev", PARTITIONS), log(node), table).run();
          row("replay into DynamoDB, requests per thousand events, " + (oneByOne ? "each key under a partition key of its own"
              : "a hundred keys a partition key"),
              String.format(Locale.ROOT, "%.1f", (counts.total() - before) * 1_000.0 / result.events()));
        }
      }
    }
  }

  // ---- lag

  private void lag() throws Exception {
    try (Scratch scratch = new Scratch()) {
      EmbeddedNode node = scratch.keep(node(scratch));
      Table table = node.tables().table("main").orElseThrow();
      Histogram lagMs = new ProjectionLag(node.store(), table, PARTITIONS, valueBytes).measure(rate, seconds);
      row("lag of the RocksDB projection behind " + rate + " writes/s, ms: p50, p99, most",
          lagMs.getValueAtPercentile(50) + ", " + lagMs.getValueAtPercentile(99) + ", " + lagMs.getMaxValue());
      PostgresServer server = scratch.keep(PostgresServer.start());
      String name = node.tables().build(server.url("lag_"), java.util.Optional.of("pg"),
          new io.logfold.projector.replay.Until.EndOfLog(), java.util.Optional.empty());
      Table postgres = node.tables().table(name).orElseThrow();
      Histogram pgLagMs = new ProjectionLag(node.store(), postgres, PARTITIONS, valueBytes).measure(rate, seconds);
      row("lag of the Postgres projection, with RocksDB beside it, ms: p50, p99, most",
          pgLagMs.getValueAtPercentile(50) + ", " + pgLagMs.getValueAtPercentile(99) + ", " + pgLagMs.getMaxValue());
    }
  }

  // ---- parts

  private EmbeddedNode node(Scratch scratch) throws Exception {
    java.nio.file.Path data = scratch.folder().resolve("node" + System.nanoTime());
    return EmbeddedNode.start(new DevOptions(data, "127.0.0.1", 0, "rocksdb:" + data.resolve("table"), PARTITIONS, "none",
        DevOptions.DEFAULT_MEMTABLE_BYTES, DevOptions.DEFAULT_LEAST_FREE_DISK_BYTES),
        why -> System.err.println("the embedded broker failed: " + why));
  }

  private static LogScan.Opener log(EmbeddedNode node) {
    return KafkaLogScan.opener(KafkaLogsConfig.defaults(node.bootstrapServers(), "logfold.dev", "bench"));
  }

  private void fill(Store store, int count, java.util.function.IntUnaryOperator partitionKeyOf) throws Exception {
    Semaphore room = new Semaphore(IN_FLIGHT);
    AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
    Random random = new Random(1);
    for (int i = 0; i < count; i++) {
      room.acquire();
      int key = i;
      CommitRequest request = set(random, "pk-" + partitionKeyOf.applyAsInt(i), "key-" + i, valueBytes);
      retried(store, request, failed).whenComplete((done, failure) -> {
        if (failure != null) {
          failed.compareAndSet(null, new IllegalStateException("key " + key, failure));
        }
        room.release();
      });
    }
    room.acquire(IN_FLIGHT);
    Throwable why = failed.get();
    if (why != null) {
      throw new IllegalStateException("the log could not be filled", why);
    }
  }

  /** The memtable may be full for a moment: the projection is slower than the load. */
  private static CompletableFuture<CommitOutcome> retried(Store store, CommitRequest request, AtomicReference<?> failed) {
    return store.commit(request, CallOptions.timeoutMs(30_000)).exceptionallyCompose(failure ->
        io.logfold.api.StoreException.from(failure).code() == io.logfold.api.ErrorCode.SLOW_DOWN
            ? CompletableFuture.supplyAsync(() -> null, CompletableFuture.delayedExecutor(50, java.util.concurrent.TimeUnit.MILLISECONDS))
                .thenCompose(any -> retried(store, request, failed))
            : CompletableFuture.failedFuture(failure));
  }

  static CommitRequest set(Random random, String partitionKey, String key, int valueBytes) {
    byte[] value = new byte[valueBytes];
    random.nextBytes(value);
    return new CommitRequest(Bytes.utf8(partitionKey), List.of(), List.of(new Mutation.Put(Bytes.utf8(key), Bytes.wrap(value))),
        new RequestInfo(RequestId.random(random), 1, System.currentTimeMillis()), Provenance.NONE);
  }

  static int partition(CommitRequest request) {
    return PartitionHash.partition(request.partitionKey(), PARTITIONS);
  }

  private static String median(double[] figures) {
    double[] sorted = figures.clone();
    java.util.Arrays.sort(sorted);
    return String.format(Locale.ROOT, "%,.0f (%,.0f to %,.0f)", sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
  }
}
