package io.logfold.query.testing;

import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.projector.RowMapping;
import io.logfold.projector.SteppedProjection;
import io.logfold.projector.table.Table;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Projects one partition of any log into a table, batch by batch, by a chain of futures: the Kafka Streams projector's
 * stand-in where there is no Kafka. {@link #pause} holds it.
 */
public final class LocalProjector implements AutoCloseable {
  private final PartitionLog log;
  private final SteppedProjection fold;
  private volatile boolean closed;
  private volatile @Nullable Throwable failed;
  private CompletableFuture<Void> pause = CompletableFuture.completedFuture(null);

  public LocalProjector(PartitionLog log, Table table, int partition) {
    this(log, table, RowMapping.STATE, partition);
  }

  public LocalProjector(PartitionLog log, Table table, RowMapping rows, int partition) {
    this.log = log;
    this.fold = new SteppedProjection(LocalNode.STORE, partition, table, rows, () -> System.nanoTime() / 1_000_000,
        5_000);
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

  /** What ended it before it was closed, or keeps it from going on now. */
  Optional<Throwable> failure() {
    String trouble = fold.trouble();
    return trouble.isEmpty() ? Optional.ofNullable(failed) : Optional.of(new IllegalStateException(trouble));
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
    log.read(fold.position(), 1 << 16, 200)
        .thenCompose(batch -> gate().thenApply(open -> batch)) // asked when there is something to hold
        .thenAcceptAsync(this::apply)
        .whenComplete((done, failure) -> {
          if (!closed && failure == null) {
            next();
          } else if (!closed) {
            failed = failure;
          }
        });
  }

  private void apply(LogBatch batch) {
    if (!closed) {
      fold.apply(batch.records());
    }
  }
}
