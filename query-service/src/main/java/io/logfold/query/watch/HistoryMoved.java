package io.logfold.query.watch;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Tells when it may be worth looking into a partition's history again. Any thread calls it; it never blocks. */
@FunctionalInterface
public interface HistoryMoved {
  /** Says: not known, look. */
  long UNKNOWN = -1;

  /**
   * Completes once the partition's history is beyond this revision, or after the timeout; never fails.
   *
   * @return how far it is: more than {@code revision} where it moved, {@code revision} where it did not, or {@link #UNKNOWN}
   */
  CompletableFuture<Long> waitForMore(int partition, long revision, Duration timeout);

  /** Knows nothing, and so has everybody look again after this interval. */
  static HistoryMoved polling(ScheduledExecutorService timer, Duration interval) {
    return (partition, revision, timeout) -> {
      CompletableFuture<Long> look = new CompletableFuture<>();
      Duration wait = timeout.compareTo(interval) < 0 ? timeout : interval;
      try {
        var unused = timer.schedule(() -> look.complete(UNKNOWN), wait.toNanos(), TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException e) {
        // The timer has ended, and with it whoever would look.
        look.complete(UNKNOWN);
      }
      return look;
    };
  }
}
