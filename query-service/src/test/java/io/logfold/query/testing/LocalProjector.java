package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.AnchorTracker;
import io.logfold.log.Checkpoint;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.Verdict;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Projects one partition of any log into a table, batch by batch, by a chain of futures: the Kafka Streams projector's
 * stand-in where there is no Kafka. {@link #pause} holds it.
 */
public final class LocalProjector implements AutoCloseable {
  private final PartitionLog log;
  private final Table table;
  private final int partition;
  private final LogFold fold;
  private final AnchorTracker anchors;
  private Checkpoint checkpoint;
  private volatile boolean closed;
  private CompletableFuture<Void> pause = CompletableFuture.completedFuture(null);

  public LocalProjector(PartitionLog log, Table table, int partition) {
    this.log = log;
    this.table = table;
    this.partition = partition;
    this.checkpoint = table.checkpoint(partition);
    this.fold = new LogFold(checkpoint.at(), false);
    this.anchors = new AnchorTracker(checkpoint);
    CompletableFuture.runAsync(this::next);
  }

  public synchronized void pause() {
    if (pause.isDone()) {
      pause = new CompletableFuture<>();
    }
  }

  public synchronized void resume() {
    pause.complete(null);
  }

  @Override
  public void close() {
    closed = true;
    resume();
  }

  private synchronized CompletableFuture<Void> gate() {
    return pause;
  }

  private void next() {
    log.read(fold.state().position(), 1 << 16, 200)
        .thenCombine(gate(), (batch, open) -> batch)
        .thenAcceptAsync(this::apply)
        .whenComplete((done, failure) -> {
          if (failure != null && !closed) {
            org.slf4j.LoggerFactory.getLogger(LocalProjector.class).error("partition {} is projected no more", partition, failure);
          } else if (!closed) {
            next();
          }
        });
  }

  private void apply(LogBatch batch) {
    if (closed || batch.records().isEmpty()) {
      return;
    }
    Map<List<Bytes>, RowChange> changes = new LinkedHashMap<>();
    for (RawRecord record : batch.records()) {
      if (fold.apply(record.offset(), record.value()) instanceof Verdict.Valid valid
          && valid.record() instanceof LogRecord.Event event) {
        for (Mutation mutation : event.mutations()) {
          Optional<Bytes> value = mutation instanceof Mutation.Put put ? Optional.of(put.value()) : Optional.empty();
          changes.put(List.of(event.partitionKey(), mutation.key()),
              new RowChange(event.partitionKey(), mutation.key(), value, event.lsn()));
        }
      }
    }
    Checkpoint to = anchors.moved(fold.state());
    table.apply(partition, new ArrayList<>(changes.values()), checkpoint, to);
    checkpoint = to;
  }
}
