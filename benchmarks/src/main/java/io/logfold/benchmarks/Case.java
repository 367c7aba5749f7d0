package io.logfold.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * One row of the table: an operation with so many in flight, and what its rounds gave.
 *
 * <p>The throughput is the median of the rounds, with the least and the greatest beside it; latencies are of all rounds
 * together; processor time is of driver and node together.
 */
final class Case {
  /** What is measured; the order is the table's. */
  enum What {
    SET_IF("SetIf (revisionIs)", "setif"),
    SET("set", "set"),
    GET("get, linearizable", "get"),
    SCAN("scan of a partition key", "scan"),
    REST_GET("get by REST (JDK client)", "rest"),
    EMBEDDED_SET_IF("SetIf, in process", "embedded-setif"),
    EMBEDDED_GET("get, in process", "embedded-get"),
    RAW("raw Kafka producer", "raw");

    final String label;
    final String option;

    What(String label, String option) {
      this.label = label;
      this.option = option;
    }

    boolean writes() {
      return this == SET_IF || this == SET || this == EMBEDDED_SET_IF;
    }

    /** Needs the node in a process of its own, or any other that has a URL. */
    boolean needsServer() {
      return !needsEmbedded();
    }

    boolean needsEmbedded() {
      return this == EMBEDDED_SET_IF || this == EMBEDDED_GET || this == RAW;
    }
  }

  /** Makes what is repeated, for one round. */
  interface Setting {
    ClosedLoop.Sample run(double seconds) throws Exception;
  }

  private final What what;
  private final int inFlight;
  private final Setting setting;
  private final List<ClosedLoop.Sample> rounds = new ArrayList<>();
  private final Histogram latencies = new Histogram(1_000, 60_000_000_000L, 3);
  private Duration cpu = Duration.ZERO;

  Case(What what, int inFlight, Setting setting) {
    this.what = what;
    this.inFlight = inFlight;
    this.setting = setting;
  }

  What what() {
    return what;
  }

  int inFlight() {
    return inFlight;
  }

  ClosedLoop.Sample run(double seconds) throws Exception {
    return setting.run(seconds);
  }

  void add(ClosedLoop.Sample sample, Duration cpuUsed) {
    rounds.add(sample);
    latencies.add(sample.latencies());
    cpu = cpu.plus(cpuUsed);
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
    return rounds.stream().mapToDouble(ClosedLoop.Sample::perSecond).sorted().toArray();
  }

  /** Milliseconds. */
  double percentileMs(double percentile) {
    return latencies.getValueAtPercentile(percentile) / 1e6;
  }

  /** Microseconds of processor time for one operation, of driver and node together. */
  double cpuMicros() {
    long operations = rounds.stream().mapToLong(ClosedLoop.Sample::operations).sum();
    return operations == 0 ? 0 : cpu.toNanos() / 1e3 / operations;
  }
}
