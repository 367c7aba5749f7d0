package io.logfold.benchmarks;

import io.logfold.benchmarks.BarChart.Bar;
import io.logfold.benchmarks.BarChart.Panel;
import io.logfold.benchmarks.Peers.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The report's rows as two files: operations a second and p99 of all peers, a panel for each workload. What this store does in
 * the driver's process, without a wire, is told beside the panel's title: as a bar it would make all others small.
 */
final class PeerPlots {
  static final String THROUGHPUT = "peers-throughput.svg";
  static final String P99 = "peers-p99.svg";

  private PeerPlots() {}

  /** Of the rows with so many in flight; the raw producer stands with the SetIf that it limits. */
  static void write(Path folder, List<Case> rows, int inFlight) throws IOException {
    List<Case> shown = rows.stream().filter(row -> row.inFlight() == inFlight).toList();
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(THROUGHPUT), chart("Operations a second, " + inFlight + " in flight: more is better",
        "Bars: median of the rounds; whiskers: from the least to the most of them. Each panel has its own scale.", shown,
        row -> new Bar(label(row), row.medianPerSecond(), row.leastPerSecond(), row.mostPerSecond(),
            String.format(Locale.ROOT, "%,.0f", row.medianPerSecond()), ours(row))).svg());
    Files.writeString(folder.resolve(P99), chart("p99 in milliseconds, " + inFlight + " in flight: less is better",
        "Closed loops: who answers quicker is asked more often. Each panel has its own scale.", shown,
        row -> new Bar(label(row), row.percentileMs(99), 0, 0, Report.ms(row.percentileMs(99)), ours(row))).svg());
  }

  private static BarChart chart(String title, String note, List<Case> rows, Function<Case, Bar> bar) {
    Map<Workload, List<Bar>> panels = new EnumMap<>(Workload.class);
    Map<Workload, String> inProcess = new EnumMap<>(Workload.class);
    for (Case row : rows) {
      List<Bar> bars = panels.computeIfAbsent(subject(row).place(), any -> new ArrayList<>());
      if (subject(row).kind() == Kind.EMBEDDED) {
        inProcess.put(subject(row).place(), "in process: " + bar.apply(row).figure());
      } else {
        bars.add(bar.apply(row));
      }
    }
    List<String> notes = new ArrayList<>(List.of(note));
    if (!inProcess.isEmpty()) {
      notes.add("In process: Logfold called in the driver's own process, without a wire; not drawn, since it would make all"
          + " others small.");
    }
    notes.add("An acknowledged write: " + durabilities(rows) + ".");
    return new BarChart(title, notes,
        panels.entrySet().stream().filter(panel -> !panel.getValue().isEmpty()).map(panel -> new Panel(panel.getKey().label,
            inProcess.getOrDefault(panel.getKey(), ""), panel.getValue())).toList());
  }

  private static String durabilities(List<Case> rows) {
    Map<String, TreeSet<String>> peers = new TreeMap<>();
    for (Case row : rows) {
      peers.computeIfAbsent(subject(row).durability(), any -> new TreeSet<>()).add(ours(row) ? "Logfold" : subject(row).peer());
    }
    return String.join("; ", peers.entrySet().stream()
        .map(each -> each.getKey() + " (" + String.join(", ", each.getValue()) + ")").toList());
  }

  private static String label(Case row) {
    PeerRow subject = subject(row);
    return subject.kind() == Kind.RAW ? subject.peer() : subject.peer().replace("this store, ", "Logfold, ");
  }

  private static boolean ours(Case row) {
    return switch (subject(row).kind()) {
      case EMBEDDED, CLIENT, REST -> true;
      case RAW, POSTGRES, ETCD, DYNAMODB -> false;
    };
  }

  private static PeerRow subject(Case row) {
    return (PeerRow) row.subject();
  }
}
