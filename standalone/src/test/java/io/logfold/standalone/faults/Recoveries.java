package io.logfold.standalone.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How often a fault was injected, and how long it took until all partitions answered reads and writes again. */
final class Recoveries {
  private final List<Long> fromBeginMs = new ArrayList<>();
  private final List<Long> fromEndMs = new ArrayList<>();
  private int injected;

  void injected() {
    injected++;
  }

  /** All partitions answered while the fault lasted, so long after it began. */
  void sinceBegin(long ms) {
    fromBeginMs.add(ms);
  }

  /** They answered only behind its end, so long after that. */
  void sinceEnd(long ms) {
    fromEndMs.add(ms);
  }

  int count() {
    return injected;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%3d times; answered again %s, %s", injected,
        line("during it, from its begin", fromBeginMs), line("behind it, from its end", fromEndMs));
  }

  private static String line(String what, List<Long> times) {
    if (times.isEmpty()) {
      return what + ": never needed";
    }
    List<Long> sorted = times.stream().sorted().toList();
    return String.format(Locale.ROOT, "%s: %d times, p50 %.1f s, most %.1f s", what, sorted.size(),
        sorted.get(sorted.size() / 2) / 1e3, sorted.getLast() / 1e3);
  }
}
