package io.logfold.benchmarks;

import io.logfold.benchmarks.MixedLoad.Sample;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A partition's move from node to node as its clients saw it: from the last read that the old leader answered to the first
 * that the new one did. Times as of {@link System#nanoTime}.
 */
record SeenMove(int partition, String from, String to, long lastOldNanos, long firstNewNanos) {
  /** All moves that linearizable reads tell of; those are answered by leaders alone. */
  static List<SeenMove> in(List<Sample> samples) {
    List<SeenMove> moves = new ArrayList<>();
    Map<Integer, Sample> last = new HashMap<>();
    for (Sample read : samples.stream().filter(Sample::read).sorted(Comparator.comparingLong(Sample::endedNanos)).toList()) {
      Sample before = last.put(read.partition(), read);
      if (before != null && !before.servedBy().equals(read.servedBy())) {
        moves.add(new SeenMove(read.partition(), before.servedBy(), read.servedBy(), before.endedNanos(), read.endedNanos()));
      }
    }
    return moves;
  }

  /** Operations on the partition that were begun during the move, or so shortly before or after it. */
  List<Sample> during(List<Sample> samples, long marginNanos) {
    return samples.stream().filter(each -> each.partition() == partition
        && each.beganNanos() - (lastOldNanos - marginNanos) >= 0
        && each.beganNanos() - (firstNewNanos + marginNanos) <= 0).toList();
  }
}
