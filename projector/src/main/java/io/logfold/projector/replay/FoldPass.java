package io.logfold.projector.replay;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.Verdict;
import io.logfold.projector.Batch;
import io.logfold.projector.CheckpointProof;
import io.logfold.projector.Meter;
import io.logfold.projector.table.Table.ApplyLimits;
import io.logfold.projector.table.Table.RowChange;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass over a stretch of a partition's log: proves that the start lies in it, folds, and hands over batches.
 *
 * <p>While the sink takes one batch, the next is read and folded; never is more than one with the sink. A pass that ends,
 * however it ends, leaves none there. Used once, by one thread; the sink is called on a thread of the executor.
 */
final class FoldPass {
  private static final Logger LOG = LoggerFactory.getLogger(FoldPass.class);
  /** So many records at most are folded without a batch, where none of them is an event. */
  private static final int RECORDS_A_BATCH = 200_000;
  private static final int RECORDS_A_REPORT = 1_024;

  private final FoldState start;
  private final Goal goal;
  private final ApplyLimits limits;
  private final BatchSize size;
  private final Sink sink;
  private final Executor appliers;
  private final Counter counter;
  private final Meter meter;
  private final ObjLongConsumer<LogRecord.Event> watcher;
  private final LogFold fold;
  private final Batch batch = new Batch();
  /** Whether the state before a record must be known: a batch, or the whole pass, may have to end before it. */
  private final boolean mayEndBefore;

  private boolean proven;
  private long nextOffset;
  private FoldState handedOver;
  /** Where the goal lies before the end of the stretch, so that the fold has seen one record too many. */
  private @Nullable FoldState endedAt;
  private CompletableFuture<Void> withSink = CompletableFuture.completedFuture(null);
  private int recordsInBatch;
  private int recordsToReport;
  private long bytesToReport;

  /** Takes batches, one after the other. */
  interface Sink {
    /** Makes the changes and the move to this state one step. */
    void apply(List<RowChange> changes, FoldState to);
  }

  /** @param watcher sees each valid event with the position behind it, on the thread that folds */
  FoldPass(FoldState start, Goal goal, ApplyLimits limits, BatchSize size, Sink sink, Executor appliers,
      Counter counter, Meter meter, ObjLongConsumer<LogRecord.Event> watcher) {
    this.watcher = watcher;
    this.start = start;
    this.goal = goal;
    this.limits = limits;
    this.size = size;
    this.sink = sink;
    this.appliers = appliers;
    this.counter = counter;
    this.meter = meter;
    this.fold = new LogFold(start, false);
    this.mayEndBefore = !limits.equals(ApplyLimits.NONE) || goal.hasTime();
    this.nextOffset = Math.max(0, start.position());
    this.handedOver = start;
  }

  /**
   * Runs to the goal; where the scan is cancelled, less far.
   *
   * @return the state up to which the sink took everything
   * @throws StoreException where the log does not hold the start, or cannot be folded on; what lies before is applied
   */
  FoldState run(LogScan log, Cancellation cancellation) {
    try {
      long from = CheckpointProof.offset(start);
      boolean onlyProof = goal.reached(start) || goal.toOffset() <= start.position();
      if (CheckpointProof.stands(start) || !onlyProof) {
        log.read(start.partition(), from, onlyProof ? from + 1 : goal.toOffset(), this::record);
      }
      report();
      if (!cancellation.cancelled()) {
        if (!proven && CheckpointProof.stands(start)) {
          throw refused(CheckpointProof.logLost(start, from, "there is no record"));
        }
        handOver(fold.state());
      }
      await();
      return handedOver;
    } catch (OffsetGoneException e) {
      throw refused(CheckpointProof.logLost(start, CheckpointProof.offset(start), String.valueOf(e.getMessage())));
    } finally {
      withSink.exceptionally(failure -> null).join();
    }
  }

  private boolean record(long offset, Bytes raw) {
    if (!proven) {
      prove(offset, raw);
      proven = true;
      if (goal.reached(start)) {
        return false;
      }
    }
    if (offset < nextOffset) {
      return true;
    }
    recordsToReport++;
    bytesToReport += raw.size();
    if (recordsToReport == RECORDS_A_REPORT) {
      report();
    }
    return fold(offset, raw);
  }

  private void prove(long offset, Bytes raw) {
    if (CheckpointProof.stands(start)) {
      if (offset != CheckpointProof.offset(start)) {
        throw refused(CheckpointProof.logLost(
            start, CheckpointProof.offset(start), "the next record lies at " + offset));
      }
      Optional<String> otherLog = CheckpointProof.otherLog(start, raw);
      if (otherLog.isPresent()) {
        throw refused(otherLog.get());
      }
    }
  }

  private boolean fold(long offset, Bytes raw) {
    FoldState before = mayEndBefore ? fold.state() : start;
    Verdict verdict = fold.apply(offset, raw);
    nextOffset = offset + 1;
    recordsInBatch++;
    boolean last = false;
    switch (verdict) {
      case Verdict.Valid valid -> {
        if (valid.record().timeMs() > goal.timeMs()) {
          handOver(before);
          return ended(before);
        }
        if (valid.record() instanceof LogRecord.Event event) {
          if (mayEndBefore && !batch.hasRoomFor(event, limits)) {
            handOver(before);
          }
          batch.add(event);
          watcher.accept(event, nextOffset);
        }
        last = valid.record().lsn() >= goal.lsn();
      }
      case Verdict.GenesisAccepted accepted -> {}
      case Verdict.ClaimEffective effective -> {}
      case Verdict.Skipped skip -> {
        counter.skipped.incrementAndGet();
        if (skip.reason() == Verdict.Reason.OTHER_HISTORY) {
          LOG.error("{}; the node that made it, or this one, has folded the log wrongly: stop it, and compare with"
              + " another reader", skip.detail());
        }
      }
      case Verdict.Corrupt corrupt -> {
        handOver(fold.state());
        await();
        throw new StoreException(ErrorCode.CORRUPT, "the log is corrupt at offset " + offset + ": " + corrupt.detail()
            + ". The table holds what lies before");
      }
      case Verdict.NewerFormat newer -> {
        handOver(fold.state());
        await();
        throw new StoreException(ErrorCode.UNSUPPORTED, "the record at offset " + offset + " of partition "
            + start.partition() + " has format " + newer.format() + ", which this version does not know; run a newer"
            + " version. The table holds what lies before");
      }
    }
    if (batch.events() >= size.events() || batch.bytes() >= size.bytes() || recordsInBatch >= RECORDS_A_BATCH || last) {
      handOver(fold.state());
    }
    return !last || ended(fold.state());
  }

  private boolean ended(FoldState at) {
    endedAt = at;
    return false;
  }

  private void handOver(FoldState to) {
    FoldState target = endedAt != null ? endedAt : to;
    if (target.position() == handedOver.position()) {
      return;
    }
    await();
    List<RowChange> changes = batch.changes();
    int events = batch.events();
    withSink = CompletableFuture.runAsync(() -> {
      sink.apply(changes, target);
      counter.events.addAndGet(events);
      counter.stands(target);
    }, appliers);
    handedOver = target;
    batch.clear();
    recordsInBatch = 0;
  }

  private void await() {
    try {
      withSink.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private void report() {
    counter.records.addAndGet(recordsToReport);
    counter.bytes.addAndGet(bytesToReport);
    meter.add(recordsToReport);
    recordsToReport = 0;
    bytesToReport = 0;
  }

  private static StoreException refused(String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, why);
  }
}
