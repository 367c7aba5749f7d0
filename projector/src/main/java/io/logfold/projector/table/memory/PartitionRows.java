package io.logfold.projector.table.memory;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.RowOf;
import io.logfold.projector.table.Table.TablePage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One partition at one moment: its rows and the checkpoint they equal the fold at. Immutable. */
record PartitionRows(Checkpoint checkpoint, SortedTree<SortedTree<Row>> partitionKeys) {
  static PartitionRows empty(Checkpoint checkpoint) {
    return new PartitionRows(checkpoint, SortedTree.empty());
  }

  PartitionRows with(List<RowChange> changes, Checkpoint to) {
    SortedTree<SortedTree<Row>> next = partitionKeys;
    for (RowChange change : changes) {
      SortedTree<Row> old = next.get(change.partitionKey());
      SortedTree<Row> rows = old == null ? SortedTree.empty() : old;
      rows = change.value().isPresent()
          ? rows.with(change.key(), new Row(change.key(), change.value().get(), change.revision()))
          : rows.without(change.key());
      next = rows.isEmpty() ? next.without(change.partitionKey()) : next.with(change.partitionKey(), rows);
    }
    return new PartitionRows(to, next);
  }

  Optional<Row> row(Bytes partitionKey, Bytes key) {
    SortedTree<Row> rows = partitionKeys.get(partitionKey);
    return rows == null ? Optional.empty() : Optional.ofNullable(rows.get(key));
  }

  TablePage scan(Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    List<Row> page = new ArrayList<>();
    boolean[] more = {false};
    long[] bytes = {0};
    SortedTree<Row> rows = partitionKeys.get(partitionKey);
    if (rows != null && !range.isEmpty()) {
      rows.visit(range, reverse, (key, row) -> {
        if (page.size() == limit || bytes[0] >= Table.PAGE_BYTES) {
          more[0] = true;
          return false;
        }
        page.add(keysOnly ? new Row(key, Bytes.EMPTY, row.revision()) : row);
        bytes[0] += key.size() + (keysOnly ? 0 : row.value().size());
        return true;
      });
    }
    return new TablePage(page, more[0], checkpoint);
  }

  PartitionPage rows(Optional<RowId> after, int limit) {
    List<RowOf> page = new ArrayList<>();
    boolean[] more = {false};
    long[] bytes = {0};
    Bytes first = after.map(RowId::partitionKey).orElse(Bytes.EMPTY);
    partitionKeys.visit(new KeyRange(first, Optional.empty()), false, (partitionKey, rows) -> {
      KeyRange rest = after.filter(last -> last.partitionKey().equals(partitionKey))
          .map(last -> KeyRange.ALL.beyond(last.key(), false)).orElse(KeyRange.ALL);
      rows.visit(rest, false, (key, row) -> {
        if (page.size() == limit || bytes[0] >= Table.PAGE_BYTES) {
          more[0] = true;
          return false;
        }
        page.add(new RowOf(partitionKey, row));
        bytes[0] += partitionKey.size() + key.size() + row.value().size();
        return true;
      });
      return !more[0];
    });
    return new PartitionPage(page, more[0], checkpoint);
  }

  List<Bytes> partitionKeys(Optional<Bytes> after, int limit) {
    List<Bytes> page = new ArrayList<>();
    KeyRange behind = new KeyRange(after.map(Bytes::successor).orElse(Bytes.EMPTY), Optional.empty());
    partitionKeys.visit(behind, false, (key, rows) -> {
      if (page.size() < limit) {
        page.add(key);
      }
      return page.size() < limit;
    });
    return page;
  }
}
