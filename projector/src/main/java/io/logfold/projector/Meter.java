package io.logfold.projector;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A rate over the last seconds. Any thread. */
public final class Meter {
  private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(5);
  private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final LongSupplier clockNs;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private long total;

  /** @param clockNs a clock that never goes back, in nanoseconds */
  public Meter(LongSupplier clockNs) {
    this.clockNs = clockNs;
    samples.add(new Sample(clockNs.getAsLong(), 0));
  }

  public synchronized void add(long amount) {
    total += amount;
    long now = clockNs.getAsLong();
    if (now - samples.getLast().atNs >= STEP_NS) {
      samples.add(new Sample(now, total));
    }
    forget(now);
  }

  public synchronized double perSecond() {
    long now = clockNs.getAsLong();
    forget(now);
    Sample first = samples.getFirst();
    long spanNs = now - first.atNs;
    return spanNs <= 0 ? 0 : (total - first.total) * 1e9 / spanNs;
  }

  private void forget(long now) {
    while (samples.size() > 1 && now - samples.getFirst().atNs > WINDOW_NS) {
      samples.removeFirst();
    }
  }

  private record Sample(long atNs, long total) {}
}
