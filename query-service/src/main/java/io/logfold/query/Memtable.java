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

  /** Most entries looked at in one go: the leader's thread has other things to do. */
  private static final int LOOKS_PER_SHRINK = 16_384;

  private final long limitBytes;
  private final Forgotten forgotten;
  private final TreeMap<Bytes, PartitionKeyTable> tables = new TreeMap<>();
  private final ArrayDeque<PartitionKeyTable> ring = new ArrayDeque<>();
  private final TreeMap<Long, Integer> pins = new TreeMap<>();

  /** What was looked up last: one operation looks several times, mostly under one partition key. */
  private @Nullable PartitionKeyTable last;

  /** And the key, with what was found: one operation looks for the same key again, as what it compares and what it changes. */
  private @Nullable Bytes lastKey;
  private @Nullable PartitionKeyTable lastKeyOf;
  private @Nullable MemtableEntry lastEntry;

  private long bytes;
  private long entryCount;
  private long projectedLsn;
  private long floor;
  /** The last event that changed something here. One number, not one for each event: the table may be away for long. */
  private long lastCommittedLsn;

  /**
   * How many entries the eviction hand has looked at since it last forgot one. Twice around without finding anything, and
   * it rests until more may be forgotten, or the memtable has grown by a sixteenth of its limit.
   */
  private long lookedInVain;
  private long lookedUpToLsn = -1;
  private long lookedAtBytes;

  /** @param startLsn what the table had projected when the leader began to read the log: everything up to it is below */
  Memtable(long limitBytes, long startLsn) {
    this(limitBytes, startLsn, startLsn, (partitionKey, key) -> {});
  }

  /** Told of each key that is forgotten. */
  interface Forgotten {
    void forgotten(Bytes partitionKey, Bytes key);
  }

  /**
   * @param floor up to where everything was forgotten
   * @param projectedLsn how far the table was seen to be; where that is below the floor, it must come on before it answers
   */
  Memtable(long limitBytes, long floor, long projectedLsn, Forgotten forgotten) {
    this.limitBytes = limitBytes;
    this.forgotten = forgotten;
    this.projectedLsn = projectedLsn;
    this.floor = floor;
    this.lastCommittedLsn = floor;
  }

  // ---- looking

  @Nullable PartitionKeyTable table(Bytes partitionKey) {
    PartitionKeyTable table = find(partitionKey);
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
    MemtableEntry entry = find(table, key);
    if (entry != null) {
      entry.referenced = true;
    }
    return entry;
  }

  boolean resident(Bytes partitionKey) {
    PartitionKeyTable table = find(partitionKey);
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
      MemtableEntry entry = find(table, mutation.key());
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
      bytes += entry.bytes() - before;
    }
    lastCommittedLsn = Math.max(lastCommittedLsn, lsn);
    if (lsn <= projectedLsn) {
      lookedInVain = 0; // the projector was faster than the acknowledgement: this one may be forgotten already
    }
  }

  /** The event's fate is open, or it is void: what was put on top of these keys does not count any more. */
  void dropPending(Bytes partitionKey, List<Mutation> mutations) {
    PartitionKeyTable table = find(partitionKey);
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
    lookedInVain = 0;
  }

  // ---- what the table below tells

  /** The table's checkpoint was seen at this LSN; it goes back only where another table serves ({@link #tableChanged}). */
  void projected(long lsn) {
    projectedLsn = Math.max(projectedLsn, lsn);
    shrink();
  }

  /** Another table answers from now on: until its checkpoint is seen nothing above the floor is known to be in it. */
  void tableChanged() {
    projectedLsn = floor;
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
    return lastCommittedLsn > projectedLsn;
  }

  /** Nothing more can be forgotten, and the limit is reached. */
  boolean full() {
    shrink();
    return bytes > limitBytes;
  }

  long limitBytes() {
    return limitBytes;
  }

  // ---- forgetting

  /** Goes on forgetting where the limit is passed; a bounded amount of work. */
  void shrink() {
    if (bytes <= limitBytes) {
      return;
    }
    long forgettable = pins.isEmpty() ? projectedLsn : Math.min(projectedLsn, pins.firstKey());
    if (forgettable != lookedUpToLsn || bytes > lookedAtBytes + limitBytes / 16) {
      lookedInVain = 0;
      lookedUpToLsn = forgettable;
      lookedAtBytes = bytes;
    }
    int looks = LOOKS_PER_SHRINK;
    while (bytes > limitBytes && looks > 0 && lookedInVain <= 2 * (entryCount + ring.size()) && !ring.isEmpty()) {
      PartitionKeyTable table = ring.remove();
      if (table.entries.isEmpty()) {
        tables.remove(table.partitionKey);
        last = null;
        bytes -= tableBytes(table);
        continue;
      }
      int looked = 1;
      if (table.resident && table.referenced) {
        table.referenced = false;
        lookedInVain++;
      } else {
        looked += evictSome(table, forgettable);
      }
      looks -= looked;
      ring.add(table);
    }
  }

  /** Returns how many entries were looked at. */
  private int evictSome(PartitionKeyTable table, long forgettable) {
    boolean wasResident = table.resident;
    int looked = 0;
    int most = wasResident ? Integer.MAX_VALUE : ENTRIES_PER_STEP;
    Map<Bytes, MemtableEntry> view =
        wasResident || table.hand == null ? table.entries : table.entries.tailMap(table.hand, false);
    table.hand = null;
    lookedInVain++;
    for (Iterator<MemtableEntry> it = view.values().iterator(); it.hasNext() && looked < most && bytes > limitBytes / 10 * 9;) {
      MemtableEntry entry = it.next();
      looked++;
      lookedInVain++;
      table.hand = it.hasNext() ? entry.key : null;
      if (!entry.known || entry.pending() || entry.revision > forgettable) {
        continue;
      }
      if (entry.referenced && !wasResident) {
        entry.referenced = false; // its second chance: the next time round it is forgotten
        continue;
      }
      table.resident = false;
      floor = Math.max(floor, entry.revision);
      bytes -= entry.bytes();
      entryCount--;
      it.remove();
      forgetLastKey();
      forgotten.forgotten(table.partitionKey, entry.key);
      lookedInVain = 0;
    }
    return looked;
  }

  private @Nullable PartitionKeyTable find(Bytes partitionKey) {
    PartitionKeyTable known = last;
    if (known != null && known.partitionKey.equals(partitionKey)) {
      return known;
    }
    PartitionKeyTable table = tables.get(partitionKey);
    last = table;
    return table;
  }

  /** A walk through a large tree is most of what a look-up costs, and one operation looks for the same key several times. */
  private @Nullable MemtableEntry find(PartitionKeyTable table, Bytes key) {
    if (table == lastKeyOf && lastKey != null && key.equals(lastKey)) {
      return lastEntry;
    }
    MemtableEntry entry = table.entries.get(key);
    lastKey = key;
    lastKeyOf = table;
    lastEntry = entry;
    return entry;
  }

  /** An entry comes or goes. */
  private void forgetLastKey() {
    lastKey = null;
    lastKeyOf = null;
    lastEntry = null;
  }

  private PartitionKeyTable make(Bytes partitionKey) {
    PartitionKeyTable table = find(partitionKey);
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
    forgetLastKey();
    if (table.resident) {
      entry.known = true; // absent until the change on top of it commits
    }
    entryCount++;
    bytes += entry.bytes();
    return entry;
  }

  private void remove(PartitionKeyTable table, MemtableEntry entry) {
    table.entries.remove(entry.key);
    forgetLastKey();
    entryCount--;
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
