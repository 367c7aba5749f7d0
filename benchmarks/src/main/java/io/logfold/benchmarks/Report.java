package io.logfold.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What a run has to say, as markdown: facts, tables of figures, and what was promised beside what was measured. */
final class Report {
  private final List<String> lines = new ArrayList<>();

  void fact(String name, String value) {
    lines.add("- " + name + ": " + value);
  }

  /** A paragraph, or one of several lines of a list. */
  void line(String text) {
    lines.add(text);
  }

  /** @param lastColumn its head; what stands in it is the function's */
  void table(List<Case> rows, String lastColumn, Function<Case, String> last) {
    lines.add("");
    lines.add("| operation | in flight | operations/s, median (least to most) | p50 ms | p99 ms | p99.9 ms"
        + " | CPU us/op | " + lastColumn + " |");
    lines.add("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (Case row : rows) {
      lines.add(String.format(Locale.ROOT, "| %s | %d | %,.0f (%,.0f to %,.0f) | %s | %s | %s | %.1f | %s |",
          row.subject().label(), row.inFlight(), row.medianPerSecond(), row.leastPerSecond(), row.mostPerSecond(),
          ms(row.percentileMs(50)), ms(row.percentileMs(99)), ms(row.percentileMs(99.9)), row.cpuMicros(),
          last.apply(row)));
    }
    lines.add("");
  }

  /** Never a gate: it is said, and the run goes on. */
  void promise(String promised, boolean met, String measured) {
    lines.add("- promised: " + promised + ": " + (met ? "met" : "NOT MET") + " (" + measured + ")");
  }

  String markdown() {
    return String.join("\n", lines) + "\n";
  }

  /** In digits enough to tell figures of any size apart. */
  static String ms(double value) {
    return String.format(Locale.ROOT, value < 1 ? "%.3f" : value < 100 ? "%.2f" : "%.0f", value);
  }
}
