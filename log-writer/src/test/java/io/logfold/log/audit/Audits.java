package io.logfold.log.audit;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.log.LogScan;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import java.util.ArrayList;
import java.util.List;

/** Logs to be tampered with, and their audit. */
final class Audits {
  private Audits() {}

  /** Every kind of record that counts, of two leaders, and nothing else. */
  static LogBuilder everyKind() {
    return leader(leader(new LogBuilder("s", 0).genesis(GenesisConfig.defaults(1)).claim("node-a")).resign()
        .claim("node-b")).claim("node-c").put("last", "one").renew();
  }

  private static LogBuilder leader(LogBuilder log) {
    log.put("key", "value").pass(5).renew().barrier().delete("key").serve("other")
        .event(log.request(), List.of(), Outcome.UNCHANGED)
        .event(log.request(), List.of(), Outcome.CANCELLED)
        .event(log.request(), List.of(), new Outcome.PredicateFailed(2, 300))
        .event(log.request(), List.of(new Mutation.Put(Bytes.utf8("a"), Bytes.EMPTY),
            new Mutation.Delete(Bytes.utf8("b")), new Mutation.Put(Bytes.utf8("c"), Bytes.utf8("3"))), Outcome.APPLIED);
    return log;
  }

  static PartitionAudit audit(List<RawRecord> log, LogAudit.SealedBy... sealed) {
    return audit(log, false, sealed);
  }

  static PartitionAudit strict(List<RawRecord> log) {
    return audit(log, true);
  }

  private static PartitionAudit audit(List<RawRecord> log, boolean strict, LogAudit.SealedBy... sealed) {
    try (LogScan scan = new ScannedLogs().with(0, log).open()) {
      return new LogAudit(FoldState.empty("s", 0), Hash.ZERO, List.of(sealed), strict, new AuditCounter()).run(scan);
    }
  }

  /** The first misfit. */
  static Misfit misfit(List<RawRecord> log, LogAudit.SealedBy... sealed) {
    return audit(log, sealed).misfits().getFirst();
  }

  static List<RawRecord> with(List<RawRecord> log, int index, Bytes value) {
    List<RawRecord> changed = new ArrayList<>(log);
    changed.set(index, new RawRecord(log.get(index).offset(), value));
    return changed;
  }

  /** With the offsets of all that follow left as they are. */
  static List<RawRecord> without(List<RawRecord> log, int index) {
    List<RawRecord> changed = new ArrayList<>(log);
    changed.remove(index);
    return changed;
  }

  /** These values from offset 0 on. */
  static List<RawRecord> numbered(List<Bytes> values) {
    List<RawRecord> log = new ArrayList<>();
    values.forEach(value -> log.add(new RawRecord(log.size(), value)));
    return log;
  }

  static List<Bytes> values(List<RawRecord> log) {
    return new ArrayList<>(log.stream().map(RawRecord::value).toList());
  }

  static Bytes byteChanged(Bytes bytes, int index, int xor) {
    byte[] changed = bytes.toArray();
    changed[index] ^= (byte) xor;
    return Bytes.wrap(changed);
  }
}
