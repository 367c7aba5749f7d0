package io.logfold.benchmarks;

import io.logfold.benchmarks.MixedLoad.Sample;
import java.util.List;

/**
 * A partition's move from node to node, as the log tells it: from the Resign to the claim that became effective behind it.
 * Times as of {@link System#nanoTime}, exact to the milliseconds of the log's timestamps.
 */
record PlannedMove(int partition, String from, String to, long resignedNanos, long claimedNanos) {
  /** Operations on the partition that were begun during the move, or so shortly before or after it. */
  List<Sample> during(List<Sample> samples, long marginNanos) {
    return samples.stream().filter(each -> each.partition() == partition
        && each.beganNanos() - (resignedNanos - marginNanos) >= 0
        && each.beganNanos() - (claimedNanos + marginNanos) <= 0).toList();
  }
}
