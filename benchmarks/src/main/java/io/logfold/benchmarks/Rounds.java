package io.logfold.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * One round of every row warms up and does not count, then rounds of every row follow each other, so that a disturbance
 * of the machine meets all rows alike.
 *
 * @param count rounds that count
 * @param seconds length of one measurement
 * @param warmUpSeconds length of those that do not count
 */
record Rounds(int count, double seconds, double warmUpSeconds) {
  /** Any error ends the run. */
  void measure(List<Case> rows, PrintStream out) throws Exception {
    for (int round = 0; round <= count; round++) {
      for (Case row : rows) {
        Sample sample = row.run(round == 0 ? warmUpSeconds : seconds, round > 0);
        out.printf(Locale.ROOT, "%s  %-46s %4d in flight  %,10.0f/s%n", round == 0 ? "warm-up" : "round " + round,
            row.subject().label(), row.inFlight(), sample.perSecond());
      }
    }
  }

  String describe() {
    return String.format(Locale.ROOT, "%d rounds of %.1f s after one of %.1f s for warm-up", count, seconds, warmUpSeconds);
  }
}
