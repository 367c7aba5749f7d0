package io.logfold.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The figures as a markdown table, and the floors that the project promises. */
final class Report {
  private static final double SET_IF_FLOOR = 20_000;
  private static final double GET_FLOOR = 60_000;
  private static final double SET_IF_P50_MS = 1;
  private static final int LOADED = 64;

  private final List<String> facts = new ArrayList<>();
  private final List<Case> cases;

  Report(List<Case> cases) {
    this.cases = cases;
  }

  void fact(String name, String value) {
    facts.add("- " + name + ": " + value);
  }

  String markdown() {
    List<String> lines = new ArrayList<>(facts);
    lines.add("");
    lines.add("| operation | in flight | operations/s, median (least to most) | p50 ms | p99 ms | p99.9 ms"
        + " | CPU us/op | of raw producer |");
    lines.add("|---|---:|---:|---:|---:|---:|---:|---:|");
    for (Case row : cases) {
      lines.add("| %s | %d | %,.0f (%,.0f to %,.0f) | %s | %s | %s | %.1f | %s |".formatted(row.what().label,
          row.inFlight(), row.medianPerSecond(), row.leastPerSecond(), row.mostPerSecond(), ms(row.percentileMs(50)),
          ms(row.percentileMs(99)), ms(row.percentileMs(99.9)), row.cpuMicros(), ofRaw(row)));
    }
    lines.add("");
    lines.addAll(floors());
    return String.join("\n", lines) + "\n";
  }

  private List<String> floors() {
    List<String> lines = new ArrayList<>();
    find(Case.What.SET_IF, LOADED).ifPresent(row -> lines.add(floor("SetIf with 64 in flight, at least 20,000/s",
        row.medianPerSecond() >= SET_IF_FLOOR, "%,.0f/s".formatted(row.medianPerSecond()))));
    find(Case.What.GET, LOADED).ifPresent(row -> lines.add(floor(
        "linearizable gets from memory with 64 in flight, at least 60,000/s",
        row.medianPerSecond() >= GET_FLOOR, "%,.0f/s".formatted(row.medianPerSecond()))));
    find(Case.What.SET_IF, 1).ifPresent(row -> lines.add(floor("a single SetIf, p50 under 1 ms",
        row.percentileMs(50) < SET_IF_P50_MS, ms(row.percentileMs(50)) + " ms")));
    return lines;
  }

  private static String floor(String promised, boolean met, String measured) {
    return "- promised: " + promised + ": " + (met ? "met" : "NOT MET") + " (" + measured + ")";
  }

  private Optional<Case> find(Case.What what, int inFlight) {
    return cases.stream().filter(row -> row.what() == what && row.inFlight() == inFlight).findFirst();
  }

  private String ofRaw(Case row) {
    return row.what().writes()
        ? find(Case.What.RAW, row.inFlight())
            .map(raw -> "%.0f %%".formatted(100 * row.medianPerSecond() / raw.medianPerSecond()))
            .orElse("")
        : "";
  }

  private static String ms(double value) {
    return String.format(Locale.ROOT, value < 1 ? "%.3f" : value < 100 ? "%.2f" : "%.0f", value);
  }
}
