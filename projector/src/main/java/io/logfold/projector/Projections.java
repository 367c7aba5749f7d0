package io.logfold.projector;

import io.logfold.projector.ProjectorStatus.PartitionStatus;
import io.logfold.projector.table.Table;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The projections of this process: where a stream thread's consumer and its processors meet. A partition's projection
 * is used by the one thread that has it assigned; the map itself and {@link #status} are for any thread.
 */
final class Projections {
  private final ProjectorConfig config;
  private final Table table;
  private final LongSupplier clockMs;
  private final Meter meter;
  private final ConcurrentMap<Integer, PartitionProjection> byPartition = new ConcurrentHashMap<>();

  Projections(ProjectorConfig config, Table table, LongSupplier clockMs) {
    this.config = config;
    this.table = table;
    this.clockMs = clockMs;
    this.meter = new Meter(System::nanoTime);
  }

  /** The consumer got the partition: a new projection, which seeks it to the table's checkpoint. */
  void assigned(int partition, PartitionProjection.Feed feed) {
    PartitionProjection projection = new PartitionProjection(partition, config, table, feed, clockMs, meter);
    byPartition.put(partition, projection);
    projection.load();
  }

  /**
   * The task of an assigned partition begins. One that begins again without a new assignment (Streams revives tasks)
   * has lost what was buffered for it, so its projection goes back to the checkpoint.
   */
  PartitionProjection begin(int partition) {
    PartitionProjection projection = byPartition.get(partition);
    if (projection == null) {
      throw new IllegalStateException("partition " + partition + " was given a task without having been assigned");
    }
    projection.begin();
    return projection;
  }

  @Nullable PartitionProjection get(int partition) {
    return byPartition.get(partition);
  }

  /** The partition went to another member; a projection that has taken its place here stays. */
  void left(int partition, PartitionProjection.Feed feed) {
    byPartition.computeIfPresent(partition, (p, projection) -> projection.isFedBy(feed) ? null : projection);
  }

  /** Applied by all of them, over the last seconds. */
  double eventsPerSecond() {
    return meter.perSecond();
  }

  List<PartitionStatus> status() {
    return byPartition.values().stream()
        .map(PartitionProjection::status)
        .sorted(Comparator.comparingInt(PartitionStatus::partition))
        .toList();
  }
}
