package io.logfold.query.server;

import io.logfold.query.tables.TablesAdmin;
import io.logfold.query.tables.TablesAdmin.PartitionStanding;
import io.logfold.query.tables.TablesAdmin.Standing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the node's tables are, one series for each table and partition: state, lag, which one serves.
 *
 * <p>Tables are asked when somebody scrapes, on a thread of their own and once at a time, since a backend may take long to
 * answer. A scrape waits a moment for it; where it takes longer the series keep their last values, and
 * {@code logfold_table_view_failures} counts.
 */
public final class TableGauges implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TableGauges.class);
  private static final long PATIENCE_MS = 1_000;

  private final Supplier<List<Standing>> view;
  private final Map<MultiGauge, Function<PartitionStanding, Optional<Double>>> gauges = new LinkedHashMap<>();
  private final Counter failures;
  private final AtomicReference<@Nullable CompletableFuture<Void>> underWay = new AtomicReference<>();
  private final ExecutorService asking = Executors.newSingleThreadExecutor(runnable -> {
    Thread thread = new Thread(runnable, "logfold-table-gauges");
    thread.setDaemon(true);
    return thread;
  });

  /** @param view may block, as {@link TablesAdmin#standings} does */
  public TableGauges(MeterRegistry registry, Supplier<List<Standing>> view) {
    this.view = view;
    this.failures = registry.counter("logfold.table.view.failures");
    add(registry, "lag.events", "Valid records of the log that the table does not hold yet",
        partition -> known(partition.lagEvents(), 1));
    add(registry, "lag.seconds", "Age of the oldest event that the table does not hold",
        partition -> known(partition.lagMs(), 1_000));
    add(registry, "serving", "1 where the table answers the partition's misses, else 0",
        partition -> Optional.of(partition.serving() ? 1.0 : 0.0));
    add(registry, "state",
        "0 away, 1 building, 2 projecting, 3 blocked, 4 halted, 5 standing, 6 failed",
        partition -> Optional.of((double) partition.view().state().ordinal()));
  }

  private void add(MeterRegistry registry, String name, String description,
      Function<PartitionStanding, Optional<Double>> value) {
    gauges.put(MultiGauge.builder("logfold.table." + name).description(description).register(registry), value);
  }

  /** What is not known has no series. */
  private static Optional<Double> known(long value, double unit) {
    return value < 0 ? Optional.empty() : Optional.of(value / unit);
  }

  /** Never fails, and ends within a second. */
  CompletableFuture<Void> refresh() {
    CompletableFuture<Void> asked = underWay.get();
    if (asked == null || asked.isDone()) {
      CompletableFuture<Void> next = new CompletableFuture<>();
      if (underWay.compareAndSet(asked, next)) {
        ask(next);
        asked = next;
      } else {
        asked = underWay.get();
      }
    }
    return (asked == null ? CompletableFuture.<Void>completedFuture(null) : asked).copy()
        .orTimeout(PATIENCE_MS, TimeUnit.MILLISECONDS)
        .exceptionally(failure -> {
          failures.increment();
          log.debug("table gauges keep their last values", failure);
          return null;
        });
  }

  private void ask(CompletableFuture<Void> next) {
    try {
      asking.execute(() -> {
        try {
          show(view.get());
          next.complete(null);
        } catch (RuntimeException e) {
          next.completeExceptionally(e);
        }
      });
    } catch (java.util.concurrent.RejectedExecutionException e) {
      next.completeExceptionally(e); // closed
    }
  }

  private void show(List<Standing> standings) {
    gauges.forEach((gauge, value) -> gauge.register(standings.stream()
        .flatMap(table -> table.partitions().stream().flatMap(partition -> value.apply(partition).stream()
            .<MultiGauge.Row<?>>map(number -> MultiGauge.Row.of(Tags.of("table", table.view().name(), "partition",
                Integer.toString(partition.view().partition())), number))))
        .toList(), true));
  }

  @Override
  public void close() {
    asking.shutdownNow();
  }
}
