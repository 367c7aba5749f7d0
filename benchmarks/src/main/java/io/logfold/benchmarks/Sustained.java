package io.logfold.benchmarks;

import io.logfold.api.client.LogfoldClient;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * SetIf without a pause, as much as the store takes, with everything on that a user gets: whether the rate holds, and how
 * far behind the projection is when the load stops.
 */
final class Sustained {
  private static final double WARM_UP_SECONDS = 5;
  private static final double PROMISED_LAG_SECONDS = 1;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final ScaleDriver.Settings settings;
  private final PrintStream out;

  Sustained(ScaleDriver.Settings settings, PrintStream out) {
    this.settings = settings;
    this.out = out;
  }

  void run(Scratch scratch, Report report, int keyCount, int seconds) throws Exception {
    DevProcess node = scratch.keep(DevProcess.start(settings.root(), scratch.folder().resolve("sustained"),
        settings.nodeOptions(), ""));
    LogfoldClient client = scratch.keep(LogfoldClient.connect(node.url()));
    KeySpace keys = KeySpace.of(keyCount, settings.partitionKeys(), settings.valueBytes());
    BulkFill.run(client, keys);
    int lanes = settings.inFlight();
    KeySpace shared = keys.forLanes(lanes);
    ScaleDriver.Row row = new ScaleDriver.Row("SetIf (revisionIs), for " + seconds + " s");
    Supplier<Duration> cpu = () -> Machine.ownCpu().plus(node.cpu());
    new Case(row, lanes, length -> ClosedLoop.run(StoreWork.setIf(client, shared), lanes, length), cpu)
        .run(Math.min(WARM_UP_SECONDS, seconds), false);
    AtomicLongArray bySecond = new AtomicLongArray(seconds);
    Histogram lagMs = new ConcurrentHistogram(3);
    try (TableProgress table = new TableProgress(node.url());
        ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor()) {
      var unused = looking.scheduleWithFixedDelay(() -> look(table, lagMs), 500, 500, TimeUnit.MILLISECONDS);
      Case load = new Case(row, lanes,
          length -> ClosedLoop.run(counted(StoreWork.setIf(client, shared), bySecond), lanes, length), cpu);
      load.run(seconds, true);
      long stopped = System.nanoTime();
      looking.shutdownNow();
      if (!looking.awaitTermination(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the node does not say how far its table is");
      }
      table.awaitAllOf(keys, ScaleDriver.PARTITIONS, PATIENCE);
      double lag = (System.nanoTime() - stopped) / 1e9;
      report(report, load, bySecond, lagMs, lag);
    }
  }

  private void look(TableProgress table, Histogram lagMs) {
    try {
      long lag = table.lagMs();
      if (lag >= 0) {
        lagMs.recordValue(lag);
      }
    } catch (IOException | RuntimeException e) {
      out.println("the node did not say how far its table is: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Work counted(Work work, AtomicLongArray bySecond) {
    long start = System.nanoTime();
    return lane -> work.start(lane).thenRun(() -> {
      long second = (System.nanoTime() - start) / 1_000_000_000;
      if (second < bySecond.length()) {
        bySecond.incrementAndGet((int) second);
      }
    });
  }

  private void report(Report report, Case load, AtomicLongArray bySecond, Histogram lagMs, double lag) {
    long[] seconds = new long[bySecond.length()];
    Arrays.setAll(seconds, bySecond::get);
    Arrays.sort(seconds);
    report.line("### Sustained");
    report.table(List.of(load), "", row -> "");
    report.fact("operations in a second", String.format(Locale.ROOT, "median %,d, least %,d, most %,d",
        seconds[seconds.length / 2], seconds[0], seconds[seconds.length - 1]));
    report.fact("age of the oldest event that the table lacked, asked twice a second, ms", lagMs.getTotalCount() == 0
        ? "not known: the node did not say" : String.format(Locale.ROOT, "median %d, most %d of %d answers",
            lagMs.getValueAtPercentile(50), lagMs.getMaxValue(), lagMs.getTotalCount()));
    report.promise(String.format(Locale.ROOT, "the table has the last acknowledged write at most %.0f s after the load has"
        + " stopped", PROMISED_LAG_SECONDS), lag <= PROMISED_LAG_SECONDS, String.format(Locale.ROOT, "%.3f s", lag));
    report.line("");
  }
}
