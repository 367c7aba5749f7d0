package io.logfold.projector.table;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.RowOf;
import io.logfold.projector.table.Table.TablePage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@link Table#rows} for backends that cannot read across partition keys: lists them, and scans one after the other. */
final class RowsByPartitionKey {
  private static final int PARTITION_KEYS = 100;

  private RowsByPartitionKey() {}

  static PartitionPage page(Table table, int partition, Optional<RowId> after, int limit) {
    Checkpoint checkpoint = table.checkpoint(partition);
    List<RowOf> rows = new ArrayList<>();
    long bytes = 0;
    if (after.isPresent()) {
      RowId last = after.get();
      KeyRange rest = KeyRange.ALL.beyond(last.key(), false);
      TablePage page = table.scan(partition, last.partitionKey(), rest, limit, false, false);
      bytes += add(rows, last.partitionKey(), page);
      if (page.more()) {
        return new PartitionPage(rows, true, checkpoint);
      }
    }
    Optional<Bytes> behind = after.map(RowId::partitionKey);
    while (true) {
      List<Bytes> partitionKeys = table.partitionKeys(partition, behind, PARTITION_KEYS);
      for (Bytes partitionKey : partitionKeys) {
        if (rows.size() >= limit || bytes >= Table.PAGE_BYTES) {
          return new PartitionPage(rows, true, checkpoint);
        }
        TablePage page = table.scan(partition, partitionKey, KeyRange.ALL, limit - rows.size(), false, false);
        bytes += add(rows, partitionKey, page);
        if (page.more()) {
          return new PartitionPage(rows, true, checkpoint);
        }
        behind = Optional.of(partitionKey);
      }
      if (partitionKeys.size() < PARTITION_KEYS) {
        return new PartitionPage(rows, false, checkpoint);
      }
    }
  }

  /** Returns how many bytes were added. */
  private static long add(List<RowOf> rows, Bytes partitionKey, TablePage page) {
    long bytes = 0;
    for (Row row : page.rows()) {
      rows.add(new RowOf(partitionKey, row));
      bytes += partitionKey.size() + row.key().size() + row.value().size();
    }
    return bytes;
  }
}
