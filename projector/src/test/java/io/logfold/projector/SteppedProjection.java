package io.logfold.projector;

import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.projector.ProjectorStatus.State;
import io.logfold.projector.table.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The projector's own {@link PartitionProjection}, without Kafka Streams: whoever holds it gives it records and time. For
 * tests and simulations of other modules. For one thread at a time.
 */
public final class SteppedProjection {
  private static final long FLUSH_MS = 20;

  private final PartitionProjection projection;
  private final LongSupplier clockMs;
  private final Feed feed = new Feed();
  private long skippedMs;

  /** What the projection asked of whoever feeds it. */
  private static final class Feed implements PartitionProjection.Feed {
    private long next;
    private boolean held;

    @Override
    public void seek(long offset) {
      next = offset;
    }

    @Override
    public void hold() {
      held = true;
    }

    @Override
    public void release() {
      held = false;
    }
  }

  /** @param clockMs a clock that never goes back, in milliseconds */
  public SteppedProjection(String store, int partition, Table table, LongSupplier clockMs, int maxBatchEvents) {
    this(store, partition, table, RowMapping.STATE, clockMs, maxBatchEvents);
  }

  public SteppedProjection(String store, int partition, Table table, RowMapping rows, LongSupplier clockMs,
      int maxBatchEvents) {
    this.clockMs = clockMs;
    ProjectorConfig config = ProjectorConfig.local("", "topic", store, "stepped", Path.of("none"))
        .withBatches(FLUSH_MS, maxBatchEvents, 1 << 20);
    projection = new PartitionProjection(partition, config, new PartitionProjection.Target("", table, rows), new SharedFold(),
        feed, () -> this.clockMs.getAsLong() + skippedMs, new Meter(System::nanoTime));
    projection.load();
  }

  /** Offset of the record it wants next: at first of the one that its table stands on. */
  public long position() {
    return feed.next;
  }

  /** Up to which offset the table has been brought by it. */
  public long applied() {
    return projection.status().position();
  }

  /** Why it has stopped or waits; empty while it runs. */
  public String trouble() {
    State state = projection.status().state();
    return state == State.HALTED || state == State.BLOCKED ? state + ": " + projection.status().lastError() : "";
  }

  public boolean halted() {
    return projection.status().state() == State.HALTED;
  }

  /** Gives it the next records of the log that it wants, at most so many; returns how many. They may wait in its batch. */
  public int feed(PartitionLog log, int records) {
    int given = 0;
    while (given < records && !feed.held) {
      LogBatch batch = log.read(feed.next, Integer.MAX_VALUE, 0).join();
      if (batch.records().isEmpty()) {
        break;
      }
      int before = given;
      for (RawRecord record : batch.records()) {
        if (given == records || feed.held || record.offset() != feed.next) {
          break; // it sought elsewhere
        }
        give(record);
        given++;
      }
      if (given == before) {
        break;
      }
    }
    return given;
  }

  private void give(RawRecord record) {
    feed.next = record.offset() + 1;
    projection.record(record.offset(), record.value());
  }

  /** Gives these records, and applies what waits at once. */
  public void apply(List<RawRecord> records) {
    for (RawRecord record : records) {
      if (record.offset() >= feed.next) {
        give(record);
      }
    }
    flush();
  }

  /** Time has passed by its clock. */
  public void tick() {
    projection.tick();
  }

  /** Applies what waits at once, as if the time for it had come. */
  public void flush() {
    skippedMs += FLUSH_MS;
    projection.tick();
  }
}
