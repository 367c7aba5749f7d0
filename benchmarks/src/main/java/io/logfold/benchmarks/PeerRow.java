package io.logfold.benchmarks;

import io.logfold.benchmarks.PeerKeys.Wins;
import io.logfold.benchmarks.Peers.Kind;
import java.util.Locale;

/** A workload at a peer, under the durability that it had meanwhile. */
record PeerRow(Workload workload, Kind kind, String peer, String durability, Wins wins) implements Case.Subject {
  @Override
  public String label() {
    return (kind == Kind.RAW ? "append" : workload.label) + ": " + peer;
  }

  /** Under which it stands: the raw producer's only operation beside the SetIf that it limits. */
  Workload place() {
    return kind == Kind.RAW ? Workload.SET_IF : workload;
  }

  /** For the table's last column. */
  static String remarks(Case row) {
    PeerRow subject = (PeerRow) row.subject();
    return subject.workload() == Workload.CONTENDED
        ? String.format(Locale.ROOT, "%s; %.0f %% won", subject.durability(), subject.wins().percent())
        : subject.durability();
  }
}
