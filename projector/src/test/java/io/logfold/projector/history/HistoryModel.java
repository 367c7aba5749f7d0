package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.DiffPage.Difference;
import io.logfold.api.Entry;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Versioned;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.PartitionHash;
import io.logfold.log.RecordHeader;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.testing.Checkpoints;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A history as simple as can be: all events in a list, and every answer found by going through all of them. */
final class HistoryModel {
  static final String STORE = "s";
  static final int PARTITIONS = 2;
  static final List<String> PRINCIPALS = List.of("", "ann", "ann\0b", "bob");

  final List<LogRecord.Event> events = new ArrayList<>();
  final long[] last = new long[PARTITIONS];
  final List<Bytes> partitionKeys = new ArrayList<>();
  final List<Bytes> keys = new ArrayList<>();
  private final long[] timeMs = {1_000, 1_000};

  /** Events over keys of every kind, the same ones for the same seed. */
  static HistoryModel random(Random random, int count) {
    HistoryModel model = new HistoryModel();
    for (String name : List.of("p", "p\0", "q", "\u0001", "\u0003", "r", "s", "t")) {
      model.partitionKeys.add(Bytes.utf8(name));
    }
    model.partitionKeys.add(Bytes.wrap(bytes(random, 1_536)));
    for (String key : List.of("a", "a\0", "a\0\0", "a\0\u0001", "a\0\u0002", "ab", "\0", "\0\0", "b")) {
      model.keys.add(Bytes.utf8(key));
    }
    model.keys.add(Bytes.hex("ff"));
    model.keys.add(Bytes.hex("ffff"));
    model.keys.add(Bytes.wrap(bytes(random, 1_024)));
    model.keys.add(Bytes.wrap(new byte[1_024])); // all zeros: twice as long when escaped
    byte[] head = bytes(random, 1_000);
    for (int length : List.of(898, 899, 900, 901, 950)) {
      model.keys.add(part(head, length));
    }
    for (int i = 0; i < 12; i++) {
      byte[] key = head.clone();
      key[960 + random.nextInt(40)] ^= (byte) (1 + random.nextInt(255)); // the first 950 bytes are the same
      model.keys.add(Bytes.wrap(key));
    }
    for (int i = 0; i < count; i++) {
      model.add(random);
    }
    return model;
  }

  /** One event with as much in it as there may be, which does not compress. */
  static HistoryModel largest() {
    HistoryModel model = new HistoryModel();
    Random random = new Random(1);
    model.partitionKeys.add(Bytes.wrap(bytes(random, Limits.MAX_PARTITION_KEY_BYTES)));
    int value = Limits.MAX_COMMIT_BYTES / Limits.MAX_COMMIT_MUTATIONS - Limits.MAX_KEY_BYTES;
    List<Mutation> mutations = new ArrayList<>();
    for (int i = 0; i < Limits.MAX_COMMIT_MUTATIONS; i++) {
      mutations.add(new Mutation.Put(Bytes.wrap(bytes(random, Limits.MAX_KEY_BYTES)), Bytes.wrap(bytes(random, value))));
    }
    String full = "x".repeat(Limits.MAX_PRINCIPAL_BYTES);
    model.last[PartitionHash.partition(model.partitionKeys.get(0), PARTITIONS)]++;
    model.events.add(new LogRecord.Event(new RecordHeader(STORE, PartitionHash.partition(model.partitionKeys.get(0), PARTITIONS),
        RecordHeader.FORMAT, Hash.ZERO), 1, 1, new RequestInfo(new RequestId(1, 1), 1, 1), 1_700_000_000_000L,
        new Provenance(full, "y".repeat(Limits.MAX_REASON_BYTES), full), model.partitionKeys.get(0), mutations,
        Outcome.APPLIED));
    return model;
  }

  private static Bytes part(byte[] head, int length) {
    return Bytes.wrap(java.util.Arrays.copyOf(head, length));
  }

  private static byte[] bytes(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private void add(Random random) {
    Bytes partitionKey = partitionKeys.get(random.nextInt(partitionKeys.size()));
    Map<Bytes, Mutation> mutations = new LinkedHashMap<>();
    for (int i = random.nextInt(12) == 0 ? 5 : random.nextInt(8) == 0 ? 0 : 1; i > 0; i--) {
      Bytes key = keys.get(random.nextInt(keys.size()));
      mutations.put(key, random.nextInt(4) == 0 ? new Mutation.Delete(key)
          : new Mutation.Put(key, Bytes.wrap(bytes(random, random.nextInt(30)))));
    }
    String principal = PRINCIPALS.get(random.nextInt(PRINCIPALS.size()));
    add(partitionKey, List.copyOf(mutations.values()), random.nextInt(3) == 0 ? 0 : random.nextInt(20), principal);
  }

  LogRecord.Event add(Bytes partitionKey, List<Mutation> mutations, long passMs, String principal) {
    int partition = PartitionHash.partition(partitionKey, PARTITIONS);
    timeMs[partition] += passMs;
    last[partition] += 1 + events.size() % 3 / 2; // barriers and renewals leave gaps
    LogRecord.Event event = new LogRecord.Event(new RecordHeader(STORE, partition, RecordHeader.FORMAT, Hash.ZERO), 1,
        last[partition], new RequestInfo(new RequestId(partition, last[partition]), 1, timeMs[partition]), timeMs[partition],
        new Provenance(principal, "because " + events.size(), "there"), partitionKey, mutations, Outcome.APPLIED);
    events.add(event);
    return event;
  }

  /** All rows, batch by batch. */
  void applyTo(Table table, int eventsABatch) {
    long[] applied = new long[PARTITIONS];
    for (int partition = 0; partition < PARTITIONS; partition++) {
      Map<RowId, RowChange> batch = new LinkedHashMap<>();
      int inBatch = 0;
      for (LogRecord.Event event : events) {
        if (event.header().partition() == partition) {
          new HistoryRows().rows(event).forEach(row -> batch.put(new RowId(row.partitionKey(), row.key()), row));
          if (++inBatch == eventsABatch) {
            apply(table, partition, batch, applied, event.lsn());
            inBatch = 0;
          }
        }
      }
      apply(table, partition, batch, applied, last[partition] + 1);
    }
  }

  private static void apply(Table table, int partition, Map<RowId, RowChange> batch, long[] applied, long to) {
    table.apply(partition, List.copyOf(batch.values()), Checkpoints.at(STORE, partition, applied[partition]),
        Checkpoints.at(STORE, partition, to));
    applied[partition] = to;
    batch.clear();
  }

  TreeMap<Bytes, Versioned> state(Bytes partitionKey, long revision) {
    TreeMap<Bytes, Versioned> state = new TreeMap<>();
    for (LogRecord.Event event : events) {
      if (event.partitionKey().equals(partitionKey) && event.lsn() <= revision) {
        for (Mutation mutation : event.mutations()) {
          if (mutation instanceof Mutation.Put put) {
            state.put(put.key(), new Versioned(put.value(), event.lsn()));
          } else {
            state.remove(mutation.key());
          }
        }
      }
    }
    return state;
  }

  List<Entry> scan(Bytes partitionKey, KeyRange range, long revision, boolean reverse) {
    TreeMap<Bytes, Versioned> state = state(partitionKey, revision);
    return (reverse ? state.descendingMap() : state).entrySet().stream().filter(each -> range.contains(each.getKey()))
        .map(each -> new Entry(partitionKey, each.getKey(), each.getValue().value(), each.getValue().revision())).toList();
  }

  Set<Bytes> partitionKeys(int partition, long revision) {
    Set<Bytes> held = new TreeSet<>();
    partitionKeys.stream().filter(each -> PartitionHash.partition(each, PARTITIONS) == partition)
        .filter(each -> !state(each, revision).isEmpty()).forEach(held::add);
    return held;
  }

  List<Difference> diff(Bytes partitionKey, KeyRange range, long from, long to) {
    TreeMap<Bytes, Versioned> before = state(partitionKey, from);
    TreeMap<Bytes, Versioned> after = state(partitionKey, to);
    Set<Bytes> all = new TreeSet<>(before.keySet());
    all.addAll(after.keySet());
    return all.stream().filter(range::contains)
        .map(key -> new Difference(key, Optional.ofNullable(before.get(key)), Optional.ofNullable(after.get(key))))
        .filter(each -> !each.before().equals(each.after())).toList();
  }

  long revisionAt(int partition, long atMs) {
    return events.stream().filter(each -> each.header().partition() == partition && !each.mutations().isEmpty())
        .filter(each -> each.timeMs() <= atMs).mapToLong(LogRecord.Event::lsn).max().orElse(0);
  }

  /** Every change, oldest first within a partition. */
  List<Change> changes() {
    List<Change> changes = new ArrayList<>();
    Map<List<Bytes>, Long> current = new LinkedHashMap<>();
    for (LogRecord.Event event : events) {
      for (Mutation mutation : event.mutations()) {
        List<Bytes> name = List.of(event.partitionKey(), mutation.key());
        boolean put = mutation instanceof Mutation.Put;
        changes.add(new Change(event.partitionKey(), mutation.key(), event.lsn(), current.getOrDefault(name, 0L),
            put ? Change.Kind.PUT : Change.Kind.DELETE,
            mutation instanceof Mutation.Put p ? Optional.of(p.value()) : Optional.empty(), 0, event.timeMs(),
            event.provenance(), event.request().id()));
        current.put(name, put ? event.lsn() : 0);
      }
    }
    return changes;
  }

  /** As a history tells them: by time, in the order of revisions; of one event always in the event's order. */
  static List<Change> ordered(List<Change> changes, boolean oldestFirst) {
    Set<Change> unique = new LinkedHashSet<>(changes);
    Comparator<Change> byTime = Comparator.comparingLong(Change::timeMs);
    Comparator<Change> byPlace = Comparator.comparingInt(each -> PartitionHash.partition(each.partitionKey(), PARTITIONS));
    Comparator<Change> byRevision = Comparator.comparingLong(Change::revision);
    Comparator<Change> order = oldestFirst ? byTime.thenComparing(byPlace).thenComparing(byRevision)
        : byTime.reversed().thenComparing(byPlace).thenComparing(byRevision.reversed());
    return unique.stream().sorted(order).toList();
  }
}
