package io.logfold.projector;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.LogRecord;
import io.logfold.projector.table.Table.ApplyLimits;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What waits to be applied: of each (partition key, key) the last change alone, deletes included. Never part of an
 * event.
 * Owned by the thread that folds.
 */
public final class Batch {
  private final List<RowChange> changes = new ArrayList<>();
  /** Where in changes those are that may yet be replaced. */
  private final Map<RowId, Integer> places = new HashMap<>();
  private final Set<Bytes> partitionKeys = new HashSet<>();
  private int events;
  private long bytes;

  public void add(LogRecord.Event event) {
    addEvent(RowMapping.STATE.rows(event), RowMapping.STATE);
  }

  /** What one event makes of the table, by this mapping. */
  void addEvent(List<RowChange> rows, RowMapping mapping) {
    for (RowChange row : rows) {
      if (mapping.mayReplace(row)) {
        add(row);
      } else {
        append(row);
      }
    }
    events++;
  }

  /** A change that is of no event: a row that is copied, or removed. */
  public void add(RowChange change) {
    Integer before = places.putIfAbsent(new RowId(change.partitionKey(), change.key()), changes.size());
    if (before == null) {
      append(change);
    } else {
      bytes += size(change) - size(changes.set(before, change));
    }
  }

  private void append(RowChange change) {
    partitionKeys.add(change.partitionKey());
    changes.add(change);
    bytes += size(change);
  }

  /** Whether the event can join without breaking the limits, also if no change of it replaces another. */
  public boolean hasRoomFor(LogRecord.Event event, ApplyLimits limits) {
    long more = 0;
    for (Mutation mutation : event.mutations()) {
      more += event.partitionKey().size() + mutation.key().size()
          + (mutation instanceof Mutation.Put put ? put.value().size() : 0);
    }
    return hasRoomFor(newName(event.partitionKey()), event.mutations().size(), more, limits);
  }

  /** Whether the rows of an event can join. */
  boolean hasRoomFor(List<RowChange> rows, ApplyLimits limits) {
    long more = 0;
    Set<Bytes> names = new HashSet<>();
    for (RowChange row : rows) {
      more += size(row);
      if (!partitionKeys.contains(row.partitionKey())) {
        names.add(row.partitionKey());
      }
    }
    return hasRoomFor(names.size(), rows.size(), more, limits);
  }

  public boolean hasRoomFor(RowChange change, ApplyLimits limits) {
    return hasRoomFor(newName(change.partitionKey()), 1, size(change), limits);
  }

  private int newName(Bytes partitionKey) {
    return partitionKeys.contains(partitionKey) ? 0 : 1;
  }

  private boolean hasRoomFor(int moreNames, int moreRows, long moreBytes, ApplyLimits limits) {
    int rows = changes.size() + moreRows;
    int names = partitionKeys.size() + moreNames;
    return rows <= limits.changes() && (long) rows + names <= limits.changesAndPartitionKeys()
        && bytes + moreBytes <= limits.bytes();
  }

  public List<RowChange> changes() {
    return List.copyOf(changes);
  }

  public int events() {
    return events;
  }

  public long bytes() {
    return bytes;
  }

  public void clear() {
    changes.clear();
    places.clear();
    partitionKeys.clear();
    events = 0;
    bytes = 0;
  }

  private static long size(RowChange change) {
    return change.partitionKey().size() + change.key().size() + change.value().map(Bytes::size).orElse(0);
  }
}
