package io.logfold.projector;

import io.logfold.projector.PartitionProjection.Refusal;
import io.logfold.projector.PartitionProjection.Target;
import io.logfold.projector.ProjectorStatus.PartitionStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The projections of this process into one table: where a stream thread's consumer and its processors meet. A partition's
 * projection is used by the one thread that has it assigned; the map itself and {@link #status} are for any thread.
 */
final class Projections {
  private final ProjectorConfig config;
  private final Target target;
  private final LongSupplier clockMs;
  private final Meter meter;
  private final @Nullable HistorySink sink;
  private final ConcurrentMap<Integer, PartitionProjection> byPartition = new ConcurrentHashMap<>();
  private final ConcurrentMap<Integer, CatchUp> catchUps = new ConcurrentHashMap<>();
  private volatile boolean closed;

  private Projections(ProjectorConfig config, Target target, LongSupplier clockMs, @Nullable HistorySink sink) {
    this.config = config;
    this.target = target;
    this.clockMs = clockMs;
    this.sink = sink;
    this.meter = new Meter(System::nanoTime);
  }

  /** Into the table that answers for the store. */
  static Projections ofState(ProjectorConfig config, io.logfold.projector.table.Table table, LongSupplier clockMs) {
    return new Projections(config, Target.state(table), clockMs, null);
  }

  /** Into a table beside it, which catches up by itself where it is far behind. */
  static Projections ofHistory(ProjectorConfig config, HistorySink sink, LongSupplier clockMs) {
    Target history = new Target("history", sink.table(), new io.logfold.projector.history.HistoryRows());
    return new Projections(config, history, clockMs, sink);
  }

  /** The consumer got the partition: a new projection, which seeks it to the table's checkpoint. */
  void assigned(int partition, PartitionProjection.Feed feed, SharedFold shared) {
    PartitionProjection projection = new PartitionProjection(partition, config, target, shared, feed, clockMs, meter);
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
    CatchUp catchUp = catchUps.remove(partition);
    if (catchUp != null) {
      catchUp.cancel();
    }
  }

  /**
   * Why the partition is not to be fed with the others: it catches up by itself, or could not; empty: it may. Where it
   * should catch up and does not, it begins.
   */
  Optional<Refusal> catchesUp(int partition, boolean far, long offset, LongPredicate near) {
    CatchUp last = catchUps.get(partition);
    if (last != null && last.running()) {
      return Optional.of(refusal(offset, last.trouble()));
    }
    if (sink == null || !far || closed) {
      return Optional.empty();
    }
    Optional<CatchUp.Trouble> trouble = last == null ? Optional.empty() : last.trouble();
    if (trouble.isEmpty() || !trouble.get().forGood()) {
      CatchUp next = new CatchUp(partition, sink.log(), near, trouble,
          feed -> new PartitionProjection(partition, config, target, new SharedFold(), feed, clockMs, meter));
      catchUps.put(partition, next);
      if (closed) {
        next.cancel(); // close() may not have seen it
      }
      next.start();
    }
    return Optional.of(refusal(offset, trouble));
  }

  private static Refusal refusal(long offset, Optional<CatchUp.Trouble> trouble) {
    if (trouble.isEmpty()) {
      return new Refusal(Refusal.Kind.UNDER_WAY,
          "it is far behind the other table (at offset " + offset + "), and catches up by itself");
    }
    return new Refusal(trouble.get().forGood() ? Refusal.Kind.FOR_GOOD : Refusal.Kind.FAILED,
        "it is far behind the other table (at offset " + offset + "), and cannot catch up: " + trouble.get().why());
  }

  /** How many records behind the others it may be and yet be fed with them. */
  long mayBeBehind() {
    return sink == null ? Long.MAX_VALUE : sink.catchUpBehind();
  }

  /** Ends what is under way beside the stream's threads. */
  void close() {
    closed = true;
    catchUps.values().forEach(CatchUp::cancel);
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
