package io.logfold.benchmarks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Keeps so many operations in flight for so long: each lane starts its next one when its last one was answered. One
 * lane is a thread that waits, as a caller with nothing else to do would; several are driven by the answers, on the
 * threads that bring them, or have a thread each where the work blocks. Where answers are there at once, all lanes take turns
 * on as many threads as there are processors. What is slow is therefore asked less often: these are latencies under this
 * load, not under a given rate.
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
      List<Turns> turns = new ArrayList<>();
      int threads = work.blocks() ? 0 : Math.min(lanes, Runtime.getRuntime().availableProcessors());
      for (int thread = 0; thread < threads; thread++) {
        turns.add(loop.new Turns());
      }
      for (int lane = 0; lane < lanes; lane++) {
        if (work.blocks()) {
          loop.startThread(lane);
        } else {
          Turns first = turns.get(lane % threads);
          first.ready.add(loop.new Lane(lane, first));
        }
      }
      for (int thread = 0; thread < threads; thread++) {
        Thread.ofPlatform().daemon().name("turns-" + thread).start(turns.get(thread));
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

  /** Lanes that wait for nothing but a thread: they begin here, and come back where an answer was there at once. */
  private final class Turns implements Runnable {
    /** From other threads; seldom, so that it is not looked into before each operation. */
    final BlockingQueue<Lane> ready = new LinkedBlockingQueue<>();

    @Override
    public void run() {
      ArrayDeque<Lane> mine = new ArrayDeque<>();
      try {
        long lastNanos = endNanos + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
        while (lanesLeft.getCount() > 0 && System.nanoTime() - lastNanos < 0) {
          Lane lane = ready.isEmpty() ? mine.poll() : ready.poll();
          if (lane == null) {
            lane = ready.poll(50, TimeUnit.MILLISECONDS);
          }
          if (lane != null && lane.advance()) {
            mine.add(lane);
          }
        }
      } catch (InterruptedException e) {
        firstError.compareAndSet(null, e);
      }
    }
  }

  /** One operation after the other; an answer that is there at once never makes a deeper stack. */
  private final class Lane {
    private final int number;
    private final Turns turns;
    private final AtomicInteger due = new AtomicInteger();

    Lane(int number, Turns turns) {
      this.number = number;
      this.turns = turns;
    }

    /** Returns whether the answer was there at once, so that it is for the caller to go on. */
    boolean advance() {
      if (due.getAndIncrement() != 0) {
        return false;
      }
      boolean atOnce;
      do {
        atOnce = false;
        if (over()) {
          lanesLeft.countDown();
        } else {
          atOnce = startOne();
        }
      } while (due.decrementAndGet() != 0);
      return atOnce;
    }

    private boolean startOne() {
      long startNanos = System.nanoTime();
      CompletableFuture<?> answer;
      try {
        answer = work.start(number);
      } catch (RuntimeException e) {
        answer = CompletableFuture.failedFuture(e);
      }
      if (answer.isDone()) {
        var unused = answer.whenComplete((value, failure) -> ended(startNanos, failure));
        return true;
      }
      var unusedToo = answer.whenComplete((value, failure) -> {
        ended(startNanos, failure);
        if (advance()) {
          turns.ready.add(this); // not here: this thread has other answers to bring
        }
      });
      return false;
    }
  }
}
