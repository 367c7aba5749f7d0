package io.logfold.benchmarks;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What one measurement of one row gave.
 *
 * @param operations that were answered as they should be
 * @param latencies in nanoseconds
 * @param firstError null where there was none
 */
record Sample(long operations, long elapsedNanos, Histogram latencies, long errors, @Nullable Throwable firstError) {
  static final long MAX_LATENCY_NANOS = 60_000_000_000L;

  /** Any thread may record into it. */
  static Histogram histogram() {
    return new ConcurrentHistogram(1_000, MAX_LATENCY_NANOS, 3);
  }

  double perSecond() {
    return operations * 1e9 / elapsedNanos;
  }
}
