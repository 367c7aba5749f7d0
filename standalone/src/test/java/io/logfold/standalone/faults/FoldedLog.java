package io.logfold.standalone.faults;

import io.logfold.api.Mutation;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.Verdict;
import io.logfold.standalone.faults.Operation.Register;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the whole log of one partition says, from its first record on: every version of every key, and what became of every
 * request. Owes nothing to any leader: {@link LogFold} alone says which records count. One thread.
 */
final class FoldedLog {
  private final int partition;
  private final LogFold fold;
  private final Map<Register, NavigableMap<Long, Optional<String>>> versions = new HashMap<>();
  private final Map<String, LogRecord.Event> events = new HashMap<>();
  /** The last LSN of each time, milliseconds since the epoch; both never go back. */
  private final NavigableMap<Long, Long> lsnAt = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();
  private int leaderships;
  private int resignations;

  /** Whose leases may still hold: by node, the time of its last record; a Resign ends its own. */
  private final Map<String, Long> lastRecordMs = new HashMap<>();
  private boolean dataOfThisToken;

  FoldedLog(String store, int partition) {
    this.partition = partition;
    this.fold = new LogFold(FoldState.empty(store, partition), false);
  }

  /** Reads it to its end, as known when this is called. */
  static FoldedLog read(LogScan scan, String store, int partition) {
    FoldedLog log = new FoldedLog(store, partition);
    long end = Objects.requireNonNull(scan.ends(List.of(partition)).get(partition));
    scan.read(partition, 0, end, (offset, raw) -> {
      log.add(offset, log.fold.apply(offset, raw));
      return log.fold.stopped().isEmpty();
    });
    log.checkSkipped();
    return log;
  }

  /** What the log itself should not hold. */
  List<String> faults() {
    return faults;
  }

  /** What this revision, or the last one before it, made of the key; null: it was absent. */
  @Nullable RegisterState at(Register register, long revision) {
    NavigableMap<Long, Optional<String>> known = versions.get(register);
    Map.Entry<Long, Optional<String>> entry = known == null ? null : known.floorEntry(revision);
    return entry == null || entry.getValue().isEmpty() ? null
        : new RegisterState(entry.getValue().get(), entry.getKey());
  }

  /** Whether this revision gave the key a value. */
  boolean hasVersion(Register register, long revision) {
    NavigableMap<Long, Optional<String>> known = versions.get(register);
    Optional<String> value = known == null ? null : known.get(revision);
    return value != null && value.isPresent();
  }

  LogRecord.@Nullable Event event(String request) {
    return events.get(request);
  }

  /** Request ids of all events. */
  java.util.Set<String> requests() {
    return events.keySet();
  }

  long lsn() {
    return fold.state().lsn();
  }

  /** The last LSN whose record was made before this wall clock time, milliseconds since the epoch. */
  long lsnBefore(long timeMs) {
    Map.Entry<Long, Long> last = lsnAt.lowerEntry(timeMs);
    return last == null ? 0 : last.getValue();
  }

  int leaderships() {
    return leaderships;
  }

  int resignations() {
    return resignations;
  }

  long skipped(Verdict.Reason reason) {
    return fold.skipped(reason);
  }

  private void add(long offset, Verdict verdict) {
    switch (verdict) {
      case Verdict.ClaimEffective claim -> {
        leaderships++;
        dataOfThisToken = false;
      }
      case Verdict.Valid valid -> add(valid.record());
      case Verdict.Corrupt corrupt -> fault("is CORRUPT at offset " + offset + ": " + corrupt.detail());
      case Verdict.NewerFormat newer -> fault("has a newer format at offset " + offset);
      case Verdict.GenesisAccepted genesis -> {}
      case Verdict.Skipped skipped -> {}
    }
  }

  private void add(LogRecord.TokenRecord record) {
    String node = fold.state().leaderNode();
    lsnAt.put(record.timeMs(), record.lsn());
    switch (record) {
      case LogRecord.Event event -> {
        checkQuietPeriod(node, event);
        add(event);
        dataOfThisToken = true;
      }
      case LogRecord.Resign resign -> {
        resignations++;
        // Who resigned waited for every lease before its own, and holds none itself.
        lastRecordMs.clear();
        return;
      }
      case LogRecord.Renew renew -> {}
      case LogRecord.Barrier barrier -> {}
    }
    lastRecordMs.put(node, record.timeMs());
  }

  /** Invariant 6, as far as the log can show it: all processes have one wall clock here. */
  private void checkQuietPeriod(String node, LogRecord.Event first) {
    if (dataOfThisToken) {
      return;
    }
    var genesis = fold.state().genesis().orElseThrow();
    long least = genesis.ttlMs() * (1_000 - genesis.driftPermille()) / 1_000;
    lastRecordMs.forEach((other, atMs) -> {
      if (!other.equals(node) && first.timeMs() < atMs + least) {
        fault("has data of " + node + " at LSN " + first.lsn() + " only " + (first.timeMs() - atMs)
            + " ms after a record of " + other + ", whose lease may hold for " + least + " ms");
      }
    });
  }

  private void add(LogRecord.Event event) {
    if (event.serve().isPresent()) {
      return;
    }
    if (events.put(event.request().id().toString(), event) != null) {
      fault("has request " + event.request().id() + " twice, the second time at LSN " + event.lsn());
    }
    for (Mutation mutation : event.mutations()) {
      Register register = new Register(event.partitionKey().utf8(), mutation.key().utf8());
      versions.computeIfAbsent(register, none -> new TreeMap<>()).put(event.lsn(),
          mutation instanceof Mutation.Put put ? Optional.of(put.value().utf8()) : Optional.empty());
    }
  }

  private void checkSkipped() {
    for (Verdict.Reason never : List.of(Verdict.Reason.UNDECODABLE, Verdict.Reason.FOREIGN, Verdict.Reason.OTHER_HISTORY)) {
      if (fold.skipped(never) > 0) {
        fault("has " + fold.skipped(never) + " records that are " + never);
      }
    }
  }

  private void fault(String what) {
    faults.add("the log of partition " + partition + " " + what);
  }
}
