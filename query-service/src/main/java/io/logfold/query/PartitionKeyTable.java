package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The entries of one partition key, in key order. */
final class PartitionKeyTable {
  final Bytes partitionKey;
  final TreeMap<Bytes, MemtableEntry> entries = new TreeMap<>();

  /** Every key of the partition key that exists is here: what is not here is absent. */
  boolean resident;

  /** It was tried, and is too large to be resident. */
  boolean tooLarge;

  /** LSN of the newest event appended to it. */
  long appendedLsn;

  /** Read since the eviction hand passed last. No more than a hint: {@link CallerReads} sets it from any thread. */
  boolean referenced;

  /** Where the eviction hand goes on inside a table that is not resident; null: from the start. */
  @Nullable Bytes hand;

  PartitionKeyTable(Bytes partitionKey) {
    this.partitionKey = partitionKey;
  }

  MemtableEntry entry(Bytes key) {
    return entries.computeIfAbsent(key, MemtableEntry::new);
  }

  /** A live view. */
  NavigableMap<Bytes, MemtableEntry> in(KeyRange range) {
    if (range.isEmpty()) {
      return new TreeMap<>();
    }
    return range.endExclusive().isPresent()
        ? entries.subMap(range.startInclusive(), true, range.endExclusive().get(), false)
        : entries.tailMap(range.startInclusive(), true);
  }
}
