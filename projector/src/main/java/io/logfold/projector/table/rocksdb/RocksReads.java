package io.logfold.projector.table.rocksdb;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.RowOf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** Walks rows in a snapshot. The caller holds the table open and owns the snapshot. */
final class RocksReads {
  private RocksReads() {}

  /** @param more whether there are rows behind them */
  record Rows(List<Row> rows, boolean more) {}

  /** @param more whether there are rows behind them */
  record AllRows(List<RowOf> rows, boolean more) {}

  /** Rows up to the limit, or to {@link Table#PAGE_BYTES}. */
  static Rows scan(OpenDb open, Snapshot snapshot, int partition, Bytes partitionKey, KeyRange range, int limit,
      boolean reverse, boolean keysOnly) throws RocksDBException {
    List<Row> rows = new ArrayList<>();
    if (range.isEmpty()) {
      return new Rows(rows, false);
    }
    byte[] prefix = RocksKeys.prefix(partition, partitionKey);
    byte[] start = RocksKeys.row(prefix, range.startInclusive());
    byte[] end = range.endExclusive().map(key -> RocksKeys.row(prefix, key)).orElseGet(() -> RocksKeys.behind(prefix));
    try (Slice lower = new Slice(start);
        Slice upper = new Slice(end);
        ReadOptions options = new ReadOptions().setSnapshot(snapshot).setIterateLowerBound(lower)
            .setIterateUpperBound(upper);
        RocksIterator rowsThere = open.db.newIterator(open.rows, options)) {
      if (reverse) {
        rowsThere.seekToLast();
      } else {
        rowsThere.seekToFirst();
      }
      long bytes = 0;
      while (rowsThere.isValid()) {
        if (rows.size() == limit || bytes >= Table.PAGE_BYTES) {
          return new Rows(rows, true);
        }
        byte[] stored = rowsThere.key();
        Bytes key = Bytes.wrap(Arrays.copyOfRange(stored, prefix.length, stored.length));
        Row row = RocksKeys.decode(key, rowsThere.value(), keysOnly);
        rows.add(row);
        bytes += row.key().size() + row.value().size();
        if (reverse) {
          rowsThere.prev();
        } else {
          rowsThere.next();
        }
      }
      rowsThere.status();
    }
    return new Rows(rows, false);
  }

  /** Rows of a whole partition behind a row, up to the limit, or to {@link Table#PAGE_BYTES}. */
  static AllRows rows(OpenDb open, Snapshot snapshot, int partition, Optional<RowId> after, int limit)
      throws RocksDBException {
    List<RowOf> page = new ArrayList<>();
    byte[] start = after.map(last -> RocksKeys.row(partition, last.partitionKey(), last.key().successor()))
        .orElseGet(() -> RocksKeys.partition(partition));
    try (Slice upper = new Slice(RocksKeys.partition(partition + 1));
        ReadOptions options = new ReadOptions().setSnapshot(snapshot).setIterateUpperBound(upper);
        RocksIterator rows = open.db.newIterator(open.rows, options)) {
      Bytes partitionKey = Bytes.EMPTY;
      byte[] prefix = RocksKeys.NO_PREFIX;
      long bytes = 0;
      for (rows.seek(start); rows.isValid(); rows.next()) {
        if (page.size() == limit || bytes >= Table.PAGE_BYTES) {
          return new AllRows(page, true);
        }
        byte[] stored = rows.key();
        if (!RocksKeys.startsWith(stored, prefix)) {
          partitionKey = RocksKeys.partitionKey(stored);
          prefix = RocksKeys.prefix(partition, partitionKey);
        }
        Bytes key = Bytes.wrap(Arrays.copyOfRange(stored, prefix.length, stored.length));
        Row row = RocksKeys.decode(key, rows.value(), false);
        page.add(new RowOf(partitionKey, row));
        bytes += partitionKey.size() + row.key().size() + row.value().size();
      }
      rows.status();
    }
    return new AllRows(page, false);
  }

  /** Jumps from each partition key behind its last row, so that the cost is per partition key and not per row. */
  static List<Bytes> partitionKeys(OpenDb open, int partition, Optional<Bytes> after, int limit)
      throws RocksDBException {
    List<Bytes> found = new ArrayList<>();
    byte[] from = after
        .map(key -> RocksKeys.behind(RocksKeys.prefix(partition, key)))
        .orElseGet(() -> RocksKeys.partition(partition));
    try (Slice upper = new Slice(RocksKeys.partition(partition + 1));
        ReadOptions options = new ReadOptions().setIterateUpperBound(upper);
        RocksIterator rows = open.db.newIterator(open.rows, options)) {
      for (rows.seek(from); rows.isValid() && found.size() < limit; rows.seek(from)) {
        Bytes partitionKey = RocksKeys.partitionKey(rows.key());
        found.add(partitionKey);
        from = RocksKeys.behind(RocksKeys.prefix(partition, partitionKey));
      }
      rows.status();
    }
    return found;
  }
}
