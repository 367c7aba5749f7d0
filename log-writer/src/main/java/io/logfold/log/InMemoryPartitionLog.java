package io.logfold.log;

import io.logfold.api.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A partition log in memory, for tests and simulation: it keeps P1 to P5 as long as the process lives, and loses all
 * with it. Several leaders may hold the same object, as several nodes share one Kafka partition.
 *
 * <p>A record is committed when {@link #append} has taken it. Acknowledgements and reads are completed through the
 * {@code completions} executor, which must run its tasks one after the other in the order given (P2); by default on the
 * thread that calls, before the call returns. With that default, and reads that do not wait, nothing here depends on
 * threads or time. A read that waits is answered by the next append, or by the timer. Safe for all threads.
 */
public final class InMemoryPartitionLog implements PartitionLog {

  /** Runs a task once, after a time in milliseconds. */
  public interface Timer {
    void after(long delayMs, Runnable task);
  }

  private final Executor completions;
  private final Timer timer;
  private final Object lock = new Object();
  private final List<Bytes> records = new ArrayList<>();
  private List<Waiter> waiters = new ArrayList<>();

  /** A read that waits for the record at this offset, which is the end. */
  private static final class Waiter {
    final long fromOffset;
    final int maxBytes;
    final CompletableFuture<LogBatch> answer = new CompletableFuture<>();

    Waiter(long fromOffset, int maxBytes) {
      this.fromOffset = fromOffset;
      this.maxBytes = maxBytes;
    }
  }

  /** Completes on the calling thread; waits by the system's clock. */
  public InMemoryPartitionLog() {
    this(Runnable::run,
        (delayMs, task) -> CompletableFuture.delayedExecutor(delayMs, TimeUnit.MILLISECONDS).execute(task));
  }

  public InMemoryPartitionLog(Executor completions, Timer timer) {
    this.completions = completions;
    this.timer = timer;
  }

  @Override
  public void append(Bytes record, AppendCallback callback) {
    long offset;
    List<Waiter> woken = List.of();
    synchronized (lock) {
      offset = records.size();
      records.add(record);
      if (!waiters.isEmpty()) {
        woken = waiters;
        waiters = new ArrayList<>();
      }
    }
    completions.execute(() -> callback.appended(offset));
    woken.forEach(this::answer);
  }

  @Override
  public CompletableFuture<LogBatch> read(long fromOffset, int maxBytes, long maxWaitMs) {
    Waiter waiter = new Waiter(fromOffset, maxBytes);
    synchronized (lock) {
      if (fromOffset == records.size() && maxWaitMs > 0) {
        waiters.add(waiter);
        timer.after(maxWaitMs, () -> giveUp(waiter));
        return waiter.answer;
      }
    }
    answer(waiter);
    return waiter.answer;
  }

  /** Offset behind the last record. */
  public long end() {
    synchronized (lock) {
      return records.size();
    }
  }

  private void giveUp(Waiter waiter) {
    synchronized (lock) {
      if (!waiters.remove(waiter)) {
        return;
      }
    }
    answer(waiter);
  }

  private void answer(Waiter waiter) {
    @Nullable LogBatch batch = null;
    int end;
    synchronized (lock) {
      end = records.size();
      if (waiter.fromOffset >= 0 && waiter.fromOffset <= end) {
        batch = batch(waiter.fromOffset, waiter.maxBytes);
      }
    }
    if (batch == null) {
      OffsetGoneException gone = new OffsetGoneException(
          "offset " + waiter.fromOffset + " is not in this log: it ends before " + end);
      completions.execute(() -> waiter.answer.completeExceptionally(gone));
    } else {
      LogBatch found = batch;
      completions.execute(() -> waiter.answer.complete(found));
    }
  }

  private LogBatch batch(long fromOffset, int maxBytes) {
    List<RawRecord> found = new ArrayList<>();
    long bytes = 0;
    for (int i = (int) fromOffset; i < records.size(); i++) {
      Bytes record = records.get(i);
      bytes += record.size();
      if (!found.isEmpty() && bytes > maxBytes) {
        break;
      }
      found.add(new RawRecord(i, record));
    }
    return new LogBatch(List.copyOf(found), fromOffset + found.size(), records.size());
  }
}
