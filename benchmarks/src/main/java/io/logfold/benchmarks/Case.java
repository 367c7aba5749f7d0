package io.logfold.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * One row of the table: an operation with so many in flight, and what its rounds gave.
 *
 * <p>The throughput is the median of the rounds, with the least and the greatest beside it; latencies are of all rounds
 * together; processor time is of driver and server together.
 */
final class Case {
  /** What is measured. */
  interface Subject {
    /** The row's first column. */
    String label();
  }

  /** Makes what is repeated, for one round. */
  interface Setting {
    Sample run(double seconds) throws Exception;
  }

  private final Subject subject;
  private final int inFlight;
  private final Setting setting;
  private final Supplier<Duration> cpuSoFar;
  private final List<Sample> rounds = new ArrayList<>();
  private final Histogram latencies = new Histogram(1_000, 60_000_000_000L, 3);
  private Duration cpu = Duration.ZERO;

  /** @param cpuSoFar processor time of driver and server together */
  Case(Subject subject, int inFlight, Setting setting, Supplier<Duration> cpuSoFar) {
    this.subject = subject;
    this.inFlight = inFlight;
    this.setting = setting;
    this.cpuSoFar = cpuSoFar;
  }

  Subject subject() {
    return subject;
  }

  int inFlight() {
    return inFlight;
  }

  /** @throws ExecutionException where an operation failed; the message says which row's */
  Sample run(double seconds, boolean counts) throws Exception {
    Duration before = cpuSoFar.get();
    Sample sample = setting.run(seconds);
    Throwable error = sample.firstError();
    if (error != null) {
      throw new ExecutionException(subject.label() + " with " + inFlight + " in flight: " + sample.errors()
          + " errors, the first: " + error, error);
    }
    if (counts) {
      rounds.add(sample);
      latencies.add(sample.latencies());
      cpu = cpu.plus(cpuSoFar.get().minus(before));
    }
    return sample;
  }

  double medianPerSecond() {
    double[] sorted = sorted();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  double leastPerSecond() {
    return sorted()[0];
  }

  double mostPerSecond() {
    double[] sorted = sorted();
    return sorted[sorted.length - 1];
  }

  private double[] sorted() {
    return rounds.stream().mapToDouble(Sample::perSecond).sorted().toArray();
  }

  /** Milliseconds. */
  double percentileMs(double percentile) {
    return latencies.getValueAtPercentile(percentile) / 1e6;
  }

  /** Microseconds of processor time for one operation, of driver and server together. */
  double cpuMicros() {
    long operations = rounds.stream().mapToLong(Sample::operations).sum();
    return operations == 0 ? 0 : cpu.toNanos() / 1e3 / operations;
  }
}
