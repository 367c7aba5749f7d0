package io.logfold.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Keeps so many operations in flight for so long: each lane starts its next one when its last one was answered. One
 * lane is a thread that waits, as a caller with nothing else to do would; several are driven by the answers, on the
 * threads that bring them, or have a thread each where the work blocks. What is slow is therefore asked less often: these are latencies under this load, not under
 * a given rate.
 */
final class ClosedLoop {
  static final long GRACE_SECONDS = 30;

  private final Work work;
  private final long endNanos;
  private final Histogram latencies = Sample.histogram();
  private final LongAdder errors = new LongAdder();
  private final AtomicReference<@Nullable Throwable> firstError = new AtomicReference<>();
  private final CountDownLatch lanesLeft;

  private ClosedLoop(Work work, int lanes, long endNanos) {
    this.work = work;
    this.endNanos = endNanos;
    this.lanesLeft = new CountDownLatch(lanes);
  }

  /** @throws IllegalStateException where an operation is not answered long after the time is over */
  static Sample run(Work work, int lanes, double seconds) throws InterruptedException {
    long startNanos = System.nanoTime();
    ClosedLoop loop = new ClosedLoop(work, lanes, startNanos + (long) (seconds * 1e9));
    if (lanes == 1) {
      loop.waitForEach(0);
    } else {
      for (int lane = 0; lane < lanes; lane++) {
        if (work.blocks()) {
          loop.startThread(lane);
        } else {
          loop.new Lane(lane).advance();
        }
      }
      if (!loop.lanesLeft.await((long) seconds + GRACE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(loop.lanesLeft.getCount() + " of " + lanes + " operations were not answered"
            + " within " + GRACE_SECONDS + " s of the end");
      }
    }
    long elapsed = System.nanoTime() - startNanos;
    return new Sample(loop.latencies.getTotalCount(), elapsed, loop.latencies, loop.errors.sum(),
        loop.firstError.get());
  }

  private boolean over() {
    return System.nanoTime() - endNanos >= 0 || firstError.get() != null;
  }

  private void startThread(int lane) {
    Thread.ofPlatform().daemon().name("lane-" + lane).start(() -> {
      try {
        waitForEach(lane);
      } catch (InterruptedException e) {
        firstError.compareAndSet(null, e);
      } finally {
        lanesLeft.countDown();
      }
    });
  }

  private void waitForEach(int lane) throws InterruptedException {
    while (!over()) {
      long startNanos = System.nanoTime();
      try {
        work.start(lane).get();
        ended(startNanos, null);
      } catch (ExecutionException | RuntimeException e) {
        ended(startNanos, e);
      }
    }
  }

  private void ended(long startNanos, @Nullable Throwable failure) {
    if (failure == null) {
      latencies.recordValue(Math.min(System.nanoTime() - startNanos, Sample.MAX_LATENCY_NANOS));
    } else {
      errors.increment();
      firstError.compareAndSet(null, failure);
    }
  }

  /** One operation after the other; an answer that is there at once makes a turn of a loop, not a deeper stack. */
  private final class Lane {
    private final int number;
    private final AtomicInteger due = new AtomicInteger();

    Lane(int number) {
      this.number = number;
    }

    void advance() {
      if (due.getAndIncrement() != 0) {
        return;
      }
      do {
        if (over()) {
          lanesLeft.countDown();
        } else {
          startOne();
        }
      } while (due.decrementAndGet() != 0);
    }

    private void startOne() {
      long startNanos = System.nanoTime();
      CompletableFuture<?> answer;
      try {
        answer = work.start(number);
      } catch (RuntimeException e) {
        answer = CompletableFuture.failedFuture(e);
      }
      var unused = answer.whenComplete((value, failure) -> {
        ended(startNanos, failure);
        advance();
      });
    }
  }
}
