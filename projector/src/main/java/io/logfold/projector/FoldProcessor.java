package io.logfold.projector;

import io.logfold.api.Bytes;
import java.time.Duration;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** Hands a task's records and time to its projection. It keeps no store: the table is the state. */
final class FoldProcessor implements Processor<byte[], byte[], Void, Void> {
  private final Projections projections;
  private final Duration flushInterval;
  private @Nullable ProcessorContext<Void, Void> context;
  private @Nullable PartitionProjection projection;

  FoldProcessor(Projections projections, Duration flushInterval) {
    this.projections = projections;
    this.flushInterval = flushInterval;
  }

  @Override
  public void init(ProcessorContext<Void, Void> newContext) {
    PartitionProjection begun = projections.begin(newContext.taskId().partition());
    context = newContext;
    projection = begun;
    newContext.schedule(flushInterval, PunctuationType.WALL_CLOCK_TIME, now -> begun.tick());
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    if (projection == null || context == null) {
      throw new IllegalStateException("a record came before init");
    }
    long offset = context.recordMetadata().orElseThrow().offset();
    byte[] value = record.value();
    projection.record(offset, value == null ? Bytes.EMPTY : Bytes.wrap(value));
  }

  @Override
  public void close() {
    if (projection != null) {
      projection.close();
    }
  }
}
