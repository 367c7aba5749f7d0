package io.logfold.benchmarks;

import io.logfold.api.client.LogfoldClient;
import io.logfold.projector.testing.PostgresServer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Gets of what the leader does not remember: a node whose table is in Postgres and whose memtable takes a hundredth of the
 * data, beside Postgres's own select, by the same server, of a table with the same rows.
 */
final class ColdReads {
  private static final double PROMISED = 0.8;
  /** Rows of a partition key that a leader fetches with the key that it was asked for. */
  private static final int KEPT_WHOLE = 20_000;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final ScaleDriver.Settings settings;
  private final PrintStream out;

  ColdReads(ScaleDriver.Settings settings, PrintStream out) {
    this.settings = settings;
    this.out = out;
  }

  void run(Scratch scratch, Report report, int keyCount, int connections) throws Exception {
    PostgresServer server = scratch.keep(PostgresServer.start());
    long dataBytes = (long) keyCount * (settings.valueBytes() + KeySpace.KEY_BYTES);
    long memtableMib = Math.max(1, Math.round(dataBytes / 100.0 / (1 << 20)));
    Path data = scratch.folder().resolve("cold");
    KeySpace keys = KeySpace.of(keyCount, settings.partitionKeys(), settings.valueBytes());
    fill(data, server, keys);
    DevProcess node = scratch.keep(start(data, server, "--memtable-mib", Long.toString(memtableMib)));
    LogfoldClient client = scratch.keep(LogfoldClient.connect(node.url()));
    PostgresPeer postgres = scratch.keep(PostgresPeer.at(server, connections));
    KeySpace rows = KeySpace.of(keyCount, settings.partitionKeys(), settings.valueBytes());
    postgres.fill(rows);
    server.execute("VACUUM ANALYZE");
    int lanes = settings.inFlight();
    KeySpace ours = keys.forLanes(lanes);
    KeySpace theirs = rows.forLanes(lanes);
    Work select = Work.blocking(lane -> postgres.get(theirs, theirs.any(lane)));
    Supplier<Duration> postgresCpu = () -> Machine.ownCpu().plus(postgres.cpu());
    AtomicReference<Double> ofCold = new AtomicReference<>(0.0);
    AtomicReference<Double> ofBare = new AtomicReference<>(0.0);
    Case cold = new Case(new ScaleDriver.Row("get of what is not in memory, Java client, table in Postgres"), lanes,
        noting(ofCold, postgres, length -> ClosedLoop.run(StoreWork.get(client, ours), lanes, length)),
        () -> postgresCpu.get().plus(node.cpu()));
    Case bare = new Case(new ScaleDriver.Row("select, " + postgres.name()), lanes,
        noting(ofBare, postgres, length -> ClosedLoop.run(select, lanes, length)), postgresCpu);
    settings.rounds().measure(List.of(cold, bare), out);
    report.line("### Cold gets");
    report.fact("keys", String.format(Locale.ROOT, "%,d over %d partition keys, values of %d bytes: %,.1f MiB; memtable of"
        + " %d MiB, %.1f %% of them", keyCount, settings.partitionKeys(), settings.valueBytes(),
        dataBytes / (double) (1 << 20), memtableMib, 100.0 * (memtableMib << 20) / dataBytes));
    if (keyCount / settings.partitionKeys() <= KEPT_WHOLE) {
      report.fact("careful", String.format(Locale.ROOT, "with no more than %,d rows in a partition key the leader keeps some whole, and"
          + " not all gets were cold", KEPT_WHOLE));
    }
    report.fact("Postgres", "one server for both; " + connections + " connections of the driver's, a thread for each select in"
        + " flight");
    report.table(List.of(cold, bare), "of which Postgres's (last round)",
        row -> String.format(Locale.ROOT, "%.1f", (row == cold ? ofCold : ofBare).get()));
    double ratio = cold.medianPerSecond() / bare.medianPerSecond();
    report.promise("a cold get, of Postgres's own select, at least " + PROMISED, ratio >= PROMISED,
        String.format(Locale.ROOT, "%.2f", ratio));
    report.line("");
  }

  /** Notes the server's processor time for one operation of the last round, in microseconds. */
  private static Case.Setting noting(AtomicReference<Double> micros, Peer server, Case.Setting setting) {
    return length -> {
      Duration before = server.cpu();
      Sample sample = setting.run(length);
      micros.set(server.cpu().minus(before).toNanos() / 1e3 / Math.max(1, sample.operations()));
      return sample;
    };
  }

  /** By a node with the usual memtable: one of a hundredth of the data keeps writers waiting for the table. */
  private void fill(Path data, PostgresServer server, KeySpace keys) throws Exception {
    try (DevProcess node = start(data, server); LogfoldClient client = LogfoldClient.connect(node.url());
        TableProgress table = new TableProgress(node.url())) {
      double filled = BulkFill.run(client, keys);
      table.awaitAllOf(keys, ScaleDriver.PARTITIONS, PATIENCE);
      out.printf(Locale.ROOT, "cold: filled %,d keys, %,.0f/s%n", keys.size(), filled);
    }
  }

  private DevProcess start(Path data, PostgresServer server, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of("--table", server.url("cold_")));
    all.addAll(List.of(options));
    return DevProcess.start(settings.root(), data, settings.nodeOptions(all.toArray(String[]::new)), "");
  }
}
