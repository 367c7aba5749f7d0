package io.logfold.benchmarks;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Starts operations at a given rate, whatever became of those before. A latency counts from the moment at which the
 * operation was due, so that a pause is in the latency of everything that fell into it: nothing is omitted because the
 * driver had to wait, and nothing has to be made up for it. Of what was due and could not even be started before the
 * time was over, the wait until then is in the histogram, and it is missing from the throughput.
 */
final class OpenLoop {
  /** Below that, a parked thread may sleep for longer than was asked. */
  private static final long SPIN_NANOS = 80_000;

  /** The moments of a run; another one in tests. */
  interface Time {
    long nanoTime();

    void sleepUntil(long nanos);

    /** A free lane, or null where there is none until then. */
    @Nullable Integer await(BlockingQueue<Integer> free, long untilNanos) throws InterruptedException;
  }

  private static final Time REAL = new Time() {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public void sleepUntil(long nanos) {
      for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
        if (left > SPIN_NANOS) {
          LockSupport.parkNanos(left - SPIN_NANOS);
        } else {
          Thread.onSpinWait();
        }
      }
    }

    @Override
    public @Nullable Integer await(BlockingQueue<Integer> free, long untilNanos) throws InterruptedException {
      return free.poll(Math.max(0, untilNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
  };

  private final Work work;
  private final Time time;
  private final BlockingQueue<Integer> free = new LinkedBlockingQueue<>();
  private final Histogram latencies = Sample.histogram();
  private final LongAdder answered = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final AtomicReference<@Nullable Throwable> firstError = new AtomicReference<>();

  private OpenLoop(Work work, Time time) {
    this.work = work;
    this.time = time;
  }

  /**
   * @param lanes most operations at once: with all of them under way, those that are due wait
   * @throws IllegalStateException where an operation is not answered long after the time is over
   */
  static Sample run(Work work, int lanes, double perSecond, double seconds) throws InterruptedException {
    if (!work.blocks()) {
      return run(work, lanes, perSecond, seconds, REAL);
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(lanes)) {
      Work onThreads = lane -> CompletableFuture.supplyAsync(() -> work.start(lane).join(), threads);
      return run(onThreads, lanes, perSecond, seconds, REAL);
    }
  }

  static Sample run(Work work, int lanes, double perSecond, double seconds, Time time) throws InterruptedException {
    return new OpenLoop(work, time).run(lanes, perSecond, seconds);
  }

  private Sample run(int lanes, double perSecond, double seconds) throws InterruptedException {
    for (int lane = 0; lane < lanes; lane++) {
      free.add(lane);
    }
    long count = Math.round(perSecond * seconds);
    long start = time.nanoTime();
    long end = start + (long) (seconds * 1e9);
    long begun = 0;
    while (begun < count && firstError.get() == null) {
      long due = start + (long) (begun * 1e9 / perSecond);
      time.sleepUntil(due);
      Integer lane = time.nanoTime() - end >= 0 ? null : time.await(free, end);
      if (lane == null) {
        break;
      }
      begin(lane, due);
      begun++;
    }
    awaitAnswers(lanes);
    long elapsed = time.nanoTime() - start;
    for (; begun < count; begun++) {
      latencies.recordValue(end - (start + (long) (begun * 1e9 / perSecond)));
    }
    return new Sample(answered.sum(), elapsed, latencies, errors.sum(), firstError.get());
  }

  private void begin(int lane, long due) {
    CompletableFuture<?> answer;
    try {
      answer = work.start(lane);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    var unused = answer.whenComplete((value, failure) -> {
      if (failure == null) {
        latencies.recordValue(Math.min(time.nanoTime() - due, Sample.MAX_LATENCY_NANOS));
        answered.increment();
      } else {
        errors.increment();
        firstError.compareAndSet(null, failure);
      }
      free.add(lane);
    });
  }

  private void awaitAnswers(int lanes) throws InterruptedException {
    for (int back = 0; back < lanes; back++) {
      if (time.await(free, time.nanoTime() + TimeUnit.SECONDS.toNanos(ClosedLoop.GRACE_SECONDS)) == null) {
        throw new IllegalStateException((lanes - back) + " operations were not answered within " + ClosedLoop.GRACE_SECONDS
            + " s of the end");
      }
    }
  }
}
