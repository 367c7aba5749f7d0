package io.logfold.query.server;

import io.logfold.api.ClusterView;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the partitions are, one series each: committed, projected, lag, memtable, lease, skipped records.
 *
 * <p>The view is asked for when somebody scrapes, and no oftener. Where it does not come in time the series keep their
 * last values, and {@code logfold_partition_view_failures} counts.
 */
final class PartitionGauges {
  private static final Logger log = LoggerFactory.getLogger(PartitionGauges.class);
  private static final long PATIENCE_MS = 2_000;

  private final Supplier<CompletableFuture<ClusterView>> view;
  private final Map<MultiGauge, ToDoubleFunction<ClusterView.Partition>> gauges = new LinkedHashMap<>();
  private final io.micrometer.core.instrument.Counter failures;

  PartitionGauges(MeterRegistry registry, Supplier<CompletableFuture<ClusterView>> view) {
    this.view = view;
    this.failures = registry.counter("logfold.partition.view.failures");
    add(registry, "committed", "The last committed LSN", ClusterView.Partition::committed);
    add(registry, "projected", "The LSN of the serving table's checkpoint", ClusterView.Partition::projected);
    add(registry, "lag", "Committed LSNs that the serving table does not hold yet",
        partition -> Math.max(0, partition.committed() - partition.projected()));
    add(registry, "memtable.bytes", "Bytes in the leader's memtable", ClusterView.Partition::memtableBytes);
    add(registry, "lease.left.seconds", "How long reads may be answered without another record",
        partition -> partition.leaseLeftMs() / 1000.0);
    add(registry, "skipped.records", "Records that were not valid and were skipped",
        ClusterView.Partition::skippedRecords);
  }

  private void add(MeterRegistry registry, String name, String description,
      ToDoubleFunction<ClusterView.Partition> value) {
    gauges.put(MultiGauge.builder("logfold.partition." + name).description(description).register(registry), value);
  }

  /** Never fails. */
  CompletableFuture<Void> refresh() {
    CompletableFuture<ClusterView> asked;
    try {
      asked = view.get().copy().orTimeout(PATIENCE_MS, TimeUnit.MILLISECONDS);
    } catch (RuntimeException e) {
      asked = CompletableFuture.failedFuture(e);
    }
    return asked.thenAccept(this::show).exceptionally(failure -> {
      failures.increment();
      log.debug("partition gauges keep their last values", failure);
      return null;
    });
  }

  private synchronized void show(ClusterView current) {
    gauges.forEach((gauge, value) -> gauge.register(rows(current.partitionViews(), value), true));
  }

  private static List<MultiGauge.Row<?>> rows(List<ClusterView.Partition> partitions,
      ToDoubleFunction<ClusterView.Partition> value) {
    return partitions.stream().<MultiGauge.Row<?>>map(partition -> MultiGauge.Row.of(
        Tags.of("partition", Integer.toString(partition.partition())), value.applyAsDouble(partition))).toList();
  }
}
