package io.logfold.benchmarks;

import io.logfold.benchmarks.Peers.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What this store cost beside its peers, and what was promised of it. Where a row is missing, its ratios are. */
final class PeerRatios {
  private static final int LOADED = 64;
  private static final int CROWDED = 512;

  private final Report report;
  private final List<Case> rows;

  PeerRatios(Report report, List<Case> rows) {
    this.report = report;
    this.rows = rows;
  }

  void all() {
    writes();
    fewInFlight();
    throughput("get by the Java client, 64 in flight, of Postgres's select, at least 2", 2, at(Workload.GET, Kind.CLIENT),
        at(Workload.GET, Kind.POSTGRES));
    throughput("get by the Java client, 64 in flight, of etcd's, at least 8", 8, at(Workload.GET, Kind.CLIENT),
        at(Workload.GET, Kind.ETCD));
    at(Workload.GET, Kind.EMBEDDED).ifPresent(row -> report.promise("get in process, 64 in flight, at least 2,000,000/s",
        row.medianPerSecond() >= 2e6, String.format(Locale.ROOT, "%,.0f/s", row.medianPerSecond())));
    throughput("scan of 1,000 by the Java client, 64 in flight, of Postgres's, at least 2", 2,
        at(Workload.SCAN, Kind.CLIENT), at(Workload.SCAN, Kind.POSTGRES));
    contended(Kind.CLIENT);
    contended(Kind.EMBEDDED);
  }

  /** Those of SetIf, which are asked of any durability. */
  void writes() {
    throughput("SetIf by the Java client, 64 in flight, of Postgres's compare-and-set, at least 2", 2,
        at(Workload.SET_IF, Kind.CLIENT), at(Workload.SET_IF, Kind.POSTGRES));
    throughput("SetIf by the Java client, 64 in flight, of etcd's txn, at least 3", 3, at(Workload.SET_IF, Kind.CLIENT),
        at(Workload.SET_IF, Kind.ETCD));
    throughput("SetIf by the Java client, 64 in flight, of the raw producer, at least 0.30", 0.3,
        at(Workload.SET_IF, Kind.CLIENT), at(Workload.SET, Kind.RAW));
    throughput("SetIf in process, 64 in flight, of the raw producer, at least 0.50", 0.5,
        at(Workload.SET_IF, Kind.EMBEDDED), at(Workload.SET, Kind.RAW));
  }

  private void fewInFlight() {
    Optional<Case> ours = find(Workload.SET_IF, Kind.CLIENT, 1);
    Optional<Case> raw = find(Workload.SET, Kind.RAW, 1);
    if (ours.isPresent() && raw.isPresent()) {
      double ratio = ours.get().percentileMs(50) / raw.get().percentileMs(50);
      report.promise("p50 of a lone SetIf by the Java client, of the raw producer's, at most 4", ratio <= 4,
          String.format(Locale.ROOT, "%.2f", ratio));
    }
  }

  private void contended(Kind kind) {
    throughput("SetIf decided on 10 keys, 512 in flight, of the uncontended, " + kind.option() + ", at least 0.60", 0.6,
        find(Workload.CONTENDED, kind, CROWDED), find(Workload.SET_IF, kind, CROWDED));
  }

  private void throughput(String promised, double least, Optional<Case> ours, Optional<Case> theirs) {
    if (ours.isPresent() && theirs.isPresent()) {
      double ratio = ours.get().medianPerSecond() / theirs.get().medianPerSecond();
      report.promise(promised, ratio >= least, String.format(Locale.ROOT, "%.2f", ratio));
    }
  }

  private Optional<Case> at(Workload workload, Kind kind) {
    return find(workload, kind, LOADED);
  }

  private Optional<Case> find(Workload workload, Kind kind, int inFlight) {
    return rows.stream().filter(row -> row.inFlight() == inFlight
        && row.subject() instanceof PeerRow subject && subject.workload() == workload && subject.kind() == kind).findFirst();
  }
}
