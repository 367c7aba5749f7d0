package io.logfold.projector;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.LogRecord;
import io.logfold.projector.table.Table.ApplyLimits;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What waits to be applied: of each (partition key, key) the last change alone, deletes included. Never part of an
 * event.
 * Owned by the thread that folds.
 */
public final class Batch {
  private final Map<RowId, RowChange> changes = new LinkedHashMap<>();
  private int events;
  private long bytes;

  public void add(LogRecord.Event event) {
    Bytes partitionKey = event.partitionKey();
    for (Mutation mutation : event.mutations()) {
      Optional<Bytes> value = mutation instanceof Mutation.Put put ? Optional.of(put.value()) : Optional.empty();
      add(new RowChange(partitionKey, mutation.key(), value, event.lsn()));
    }
    events++;
  }

  /** A change that is of no event: a row that is copied, or removed. */
  public void add(RowChange change) {
    RowChange before = changes.put(new RowId(change.partitionKey(), change.key()), change);
    bytes += size(change) - (before == null ? 0 : size(before));
  }

  /** Whether the event can join without breaking the limits, also if no change of it replaces another. */
  public boolean hasRoomFor(LogRecord.Event event, ApplyLimits limits) {
    long more = 0;
    for (Mutation mutation : event.mutations()) {
      more += event.partitionKey().size() + mutation.key().size()
          + (mutation instanceof Mutation.Put put ? put.value().size() : 0);
    }
    return changes.size() + event.mutations().size() <= limits.changes() && bytes + more <= limits.bytes();
  }

  public boolean hasRoomFor(RowChange change, ApplyLimits limits) {
    return changes.size() < limits.changes() && bytes + size(change) <= limits.bytes();
  }

  public List<RowChange> changes() {
    return List.copyOf(changes.values());
  }

  public int events() {
    return events;
  }

  public long bytes() {
    return bytes;
  }

  public void clear() {
    changes.clear();
    events = 0;
    bytes = 0;
  }

  private static long size(RowChange change) {
    return change.partitionKey().size() + change.key().size() + change.value().map(Bytes::size).orElse(0);
  }
}
