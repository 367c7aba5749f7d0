package io.logfold.projector;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.LogRecord;
import io.logfold.projector.table.Table.ApplyLimits;
import io.logfold.projector.table.Table.RowChange;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What waits to be applied: of each (partition key, key) the last change alone, deletes included. Never part of an
 * event.
 * Owned by the thread of its projection.
 */
final class Batch {
  private final Map<RowId, RowChange> changes = new LinkedHashMap<>();
  private final Set<Bytes> partitionKeys = new HashSet<>();
  private int events;
  private long bytes;

  void add(LogRecord.Event event) {
    Bytes partitionKey = event.partitionKey();
    for (Mutation mutation : event.mutations()) {
      Optional<Bytes> value = mutation instanceof Mutation.Put put ? Optional.of(put.value()) : Optional.empty();
      RowChange change = new RowChange(partitionKey, mutation.key(), value, event.lsn());
      partitionKeys.add(partitionKey);
      RowChange before = changes.put(new RowId(partitionKey, mutation.key()), change);
      bytes += size(change) - (before == null ? 0 : size(before));
    }
    events++;
  }

  /** Whether the event can join without breaking the limits, also if no change of it replaces another. */
  boolean hasRoomFor(LogRecord.Event event, ApplyLimits limits) {
    long more = 0;
    for (Mutation mutation : event.mutations()) {
      more += event.partitionKey().size() + mutation.key().size()
          + (mutation instanceof Mutation.Put put ? put.value().size() : 0);
    }
    int rows = changes.size() + event.mutations().size();
    int names = partitionKeys.size() + (partitionKeys.contains(event.partitionKey()) ? 0 : 1);
    return rows <= limits.changes() && (long) rows + names <= limits.changesAndPartitionKeys()
        && bytes + more <= limits.bytes();
  }

  List<RowChange> changes() {
    return List.copyOf(changes.values());
  }

  int events() {
    return events;
  }

  long bytes() {
    return bytes;
  }

  void clear() {
    changes.clear();
    partitionKeys.clear();
    events = 0;
    bytes = 0;
  }

  private static long size(RowChange change) {
    return change.partitionKey().size() + change.key().size() + change.value().map(Bytes::size).orElse(0);
  }

  private record RowId(Bytes partitionKey, Bytes key) {}
}
