package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.projector.table.Table.Row;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the leader remembers of its partition: every event above the floor, and as a cache whatever else fits.
 *
 * <ul>
 *   <li>M1 It contains every event in (floor, appended]. The floor never exceeds what the table had projected when an
 *       entry was forgotten.
 *   <li>M2 What is known here is the truth: all writes pass the leader, so the cache is coherent.
 *   <li>M3 Nothing above the least pin is forgotten: a table read that began under a pin can be completed from here.
 *   <li>M4 A resident partition key holds every key that exists; it stops being resident before anything of it is
 *       forgotten.
 * </ul>
 *
 * <p>Above its limit it forgets what is projected, partition key by partition key, second chance first (the clock
 * algorithm). What is not projected is never forgotten: {@link #full} then tells the leader to slow writers down. Owned
 * by the leader's thread.
 */
final class Memtable {
  private static final int ENTRIES_PER_STEP = 256;

  private final long limitBytes;
  private final TreeMap<Bytes, PartitionKeyTable> tables = new TreeMap<>();
  private final ArrayDeque<PartitionKeyTable> ring = new ArrayDeque<>();
  private final ArrayDeque<Unprojected> unprojected = new ArrayDeque<>();
  private final TreeMap<Long, Integer> pins = new TreeMap<>();

  private long bytes;
  private long unprojectedBytes;
  private long projectedLsn;
  private long floor;

  /** Where the last search for something to forget came to nothing: until more may be forgotten, it is not repeated. */
  private long stuckAtLsn = -1;
  private long stuckAtBytes;

  private record Unprojected(long lsn, long bytes) {}

  /** @param startLsn what the table had projected when the leader began to read the log: everything up to it is below */
  Memtable(long limitBytes, long startLsn) {
    this.limitBytes = limitBytes;
    this.projectedLsn = startLsn;
    this.floor = startLsn;
  }

  // ---- looking

  @Nullable PartitionKeyTable table(Bytes partitionKey) {
    PartitionKeyTable table = tables.get(partitionKey);
    if (table != null) {
      table.referenced = true;
    }
    return table;
  }

  /** The entry, or null where the key is not here (which means absent only where the partition key is resident). */
  @Nullable MemtableEntry entry(Bytes partitionKey, Bytes key) {
    PartitionKeyTable table = table(partitionKey);
    if (table == null) {
      return null;
    }
    MemtableEntry entry = table.entries.get(key);
    if (entry != null) {
      entry.referenced = true;
    }
    return entry;
  }

  boolean resident(Bytes partitionKey) {
    PartitionKeyTable table = tables.get(partitionKey);
    return table != null && table.resident;
  }

  /** Partition keys in order, behind {@code after}. */
  Iterable<PartitionKeyTable> tablesAfter(Optional<Bytes> after) {
    return after.map(key -> tables.tailMap(key, false)).orElse(tables).values();
  }

  // ---- events

  /** Puts the changes of an event that was appended on top. */
  void append(Bytes partitionKey, List<Mutation> mutations, long lsn) {
    PartitionKeyTable table = make(partitionKey);
    table.appendedLsn = lsn;
    for (Mutation mutation : mutations) {
      MemtableEntry entry = table.entries.get(mutation.key());
      if (entry == null) {
        entry = add(table, mutation.key());
      }
      long before = entry.bytes();
      entry.pendingRevision = lsn;
      entry.pendingValue = valueOf(mutation);
      bytes += entry.bytes() - before;
    }
  }

  /** The event is committed: by its acknowledgement, or because it was read from the log. */
  void commit(Bytes partitionKey, List<Mutation> mutations, long lsn) {
    if (mutations.isEmpty() || lsn <= floor) {
      return;
    }
    PartitionKeyTable table = make(partitionKey);
    table.appendedLsn = Math.max(table.appendedLsn, lsn);
    long eventBytes = 0;
    for (Mutation mutation : mutations) {
      MemtableEntry entry = table.entries.get(mutation.key());
      if (entry == null) {
        entry = add(table, mutation.key());
      }
      long before = entry.bytes();
      entry.known = true;
      entry.value = valueOf(mutation);
      entry.revision = lsn;
      if (entry.pendingRevision == lsn) {
        entry.pendingRevision = 0;
        entry.pendingValue = null;
      }
      long after = entry.bytes();
      bytes += after - before;
      eventBytes += after;
    }
    unprojected.add(new Unprojected(lsn, eventBytes));
    unprojectedBytes += eventBytes;
  }

  /** The event's fate is open, or it is void: what was put on top of these keys does not count any more. */
  void dropPending(Bytes partitionKey, List<Mutation> mutations) {
    PartitionKeyTable table = tables.get(partitionKey);
    if (table == null) {
      return;
    }
    for (Mutation mutation : mutations) {
      MemtableEntry entry = table.entries.get(mutation.key());
      if (entry == null || !entry.pending()) {
        continue;
      }
      long before = entry.bytes();
      entry.pendingRevision = 0;
      entry.pendingValue = null;
      bytes += entry.bytes() - before;
      if (!entry.known) {
        remove(table, entry);
      }
    }
  }

  // ---- what the table below tells

  /** The table's checkpoint was seen at this LSN; it never goes back. */
  void projected(long lsn) {
    projectedLsn = Math.max(projectedLsn, lsn);
    while (!unprojected.isEmpty() && unprojected.peek().lsn() <= projectedLsn) {
      unprojectedBytes -= unprojected.poll().bytes();
    }
    shrink();
  }

  /** Keeps what a table read that was accepted said of a key, unless more is known here already. */
  void learn(Bytes partitionKey, Bytes key, Optional<Row> row) {
    PartitionKeyTable table = make(partitionKey);
    MemtableEntry entry = table.entries.get(key);
    if (entry == null) {
      entry = add(table, key);
    }
    if (entry.known) {
      return;
    }
    long before = entry.bytes();
    entry.known = true;
    entry.value = row.map(Row::value).orElse(null);
    entry.revision = row.map(Row::revision).orElse(0L);
    entry.referenced = true;
    bytes += entry.bytes() - before;
  }

  /** All rows of a partition key were read under a pin: from now on what is not here is absent. */
  void makeResident(Bytes partitionKey, List<Row> rows) {
    PartitionKeyTable table = make(partitionKey);
    for (Row row : rows) {
      learn(partitionKey, row.key(), Optional.of(row));
    }
    // What is here only as a pending change had no row: it is absent below.
    for (MemtableEntry entry : table.entries.values()) {
      if (!entry.known) {
        entry.known = true;
      }
    }
    table.resident = true;
    table.referenced = true;
  }

  void markTooLarge(Bytes partitionKey) {
    make(partitionKey).tooLarge = true;
  }

  /** Until the same LSN is unpinned, nothing above it is forgotten. Returns the LSN to unpin: the floor as it is. */
  long pinFloor() {
    pins.merge(floor, 1, Integer::sum);
    return floor;
  }

  void unpin(long lsn) {
    pins.computeIfPresent(lsn, (pin, count) -> count == 1 ? null : count - 1);
  }

  // ---- sizes

  /** Up to here events may have been forgotten: a table answer counts only with a checkpoint at or above it. */
  long floor() {
    return floor;
  }

  long projectedLsn() {
    return projectedLsn;
  }

  long bytes() {
    return bytes;
  }

  boolean hasUnprojected() {
    return !unprojected.isEmpty();
  }

  /** Nothing more can be forgotten, and the limit is reached. */
  boolean full() {
    if (bytes <= limitBytes) {
      return false;
    }
    if (unprojectedBytes >= limitBytes) {
      return true;
    }
    shrink();
    return bytes > limitBytes;
  }

  long limitBytes() {
    return limitBytes;
  }

  // ---- forgetting

  void shrink() {
    long forgettable = pins.isEmpty() ? projectedLsn : Math.min(projectedLsn, pins.firstKey());
    if (bytes <= limitBytes || (forgettable == stuckAtLsn && bytes <= stuckAtBytes + limitBytes / 16)) {
      return;
    }
    int rounds = 2 * ring.size() + 2;
    while (bytes > limitBytes && rounds-- > 0 && !ring.isEmpty()) {
      PartitionKeyTable table = ring.poll();
      if (table.entries.isEmpty()) {
        tables.remove(table.partitionKey);
        bytes -= tableBytes(table);
        continue;
      }
      if (table.resident && table.referenced) {
        table.referenced = false;
      } else if (evictSome(table, forgettable)) {
        rounds++;
      }
      ring.add(table);
    }
    stuckAtLsn = bytes > limitBytes ? forgettable : -1;
    stuckAtBytes = bytes;
  }

  /** Returns whether anything was forgotten. */
  private boolean evictSome(PartitionKeyTable table, long forgettable) {
    boolean wasResident = table.resident;
    boolean any = false;
    int left = wasResident ? Integer.MAX_VALUE : ENTRIES_PER_STEP;
    Map<Bytes, MemtableEntry> view =
        wasResident || table.hand == null ? table.entries : table.entries.tailMap(table.hand, false);
    table.hand = null;
    for (Iterator<MemtableEntry> it = view.values().iterator(); it.hasNext() && left-- > 0 && bytes > limitBytes / 10 * 9;) {
      MemtableEntry entry = it.next();
      table.hand = it.hasNext() ? entry.key : null;
      if (!entry.known || entry.pending() || entry.revision > forgettable) {
        continue;
      }
      if (entry.referenced && !wasResident) {
        entry.referenced = false;
        any = true; // the hand made progress: the next round can forget it
        continue;
      }
      table.resident = false;
      floor = Math.max(floor, entry.revision);
      bytes -= entry.bytes();
      it.remove();
      any = true;
    }
    return any;
  }

  private PartitionKeyTable make(Bytes partitionKey) {
    PartitionKeyTable table = tables.get(partitionKey);
    if (table == null) {
      table = new PartitionKeyTable(partitionKey);
      tables.put(partitionKey, table);
      ring.add(table);
      bytes += tableBytes(table);
    }
    return table;
  }

  private MemtableEntry add(PartitionKeyTable table, Bytes key) {
    MemtableEntry entry = table.entry(key);
    if (table.resident) {
      entry.known = true; // absent until the change on top of it commits
    }
    bytes += entry.bytes();
    return entry;
  }

  private void remove(PartitionKeyTable table, MemtableEntry entry) {
    table.entries.remove(entry.key);
    bytes -= entry.bytes();
  }

  private static long tableBytes(PartitionKeyTable table) {
    return 2L * MemtableEntry.OVERHEAD_BYTES + table.partitionKey.size();
  }

  private static @Nullable Bytes valueOf(Mutation mutation) {
    return switch (mutation) {
      case Mutation.Put put -> put.value();
      case Mutation.Delete delete -> null;
    };
  }
}
