package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import io.logfold.api.KeyRange;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lays what the memtable knows over a page of the table: per key, the memtable is right. Pure. */
final class ScanMerge {
  private ScanMerge() {}

  /** How a key stands: value is empty where it was deleted. */
  record Known(Optional<Bytes> value, long revision) {
    static Known of(MemtableEntry entry) {
      return new Known(Optional.ofNullable(entry.value), entry.revision);
    }
  }

  /**
   * @param entries in the scan's order
   * @param more whether the range may hold entries behind {@code reached}
   * @param reached the last key that was looked at, entry or not; empty where the range is exhausted
   */
  record Merged(List<Entry> entries, boolean more, Optional<Bytes> reached) {}

  /** What of the range a table page speaks for: all of it, or up to its last row where there are more. */
  static KeyRange covered(KeyRange range, List<Row> rows, boolean more, boolean reverse) {
    if (!more || rows.isEmpty()) {
      return range;
    }
    Bytes last = rows.get(rows.size() - 1).key();
    return reverse
        ? range.intersect(new KeyRange(last, Optional.empty()))
        : range.intersect(new KeyRange(Bytes.EMPTY, Optional.of(last.successor())));
  }

  /**
   * @param rows a page of the table in the scan's order
   * @param more whether the table has rows behind it
   * @param known what the memtable knows of the covered range, ascending
   * @param limit most entries to give; fewer where they come to {@link Table#PAGE_BYTES}
   */
  static Merged merge(Bytes partitionKey, List<Row> rows, boolean more, NavigableMap<Bytes, Known> known, int limit,
      boolean reverse, boolean keysOnly) {
    List<Entry> entries = new ArrayList<>(Math.min(limit, rows.size() + known.size()));
    Iterator<Row> below = rows.iterator();
    Iterator<java.util.Map.Entry<Bytes, Known>> above = (reverse ? known.descendingMap() : known).entrySet().iterator();
    Row row = next(below);
    java.util.Map.Entry<Bytes, Known> top = next(above);
    long bytes = 0;
    while (row != null || top != null) {
      int order = row == null ? 1 : top == null ? -1 : direction(row.key().compareTo(top.getKey()), reverse);
      Bytes key;
      Entry entry = null;
      if (order < 0 && row != null) {
        key = row.key();
        entry = new Entry(partitionKey, key, row.value(), row.revision());
        row = next(below);
      } else if (top != null) {
        key = top.getKey();
        if (top.getValue().value().isPresent()) {
          entry = new Entry(partitionKey, key, keysOnly ? Bytes.EMPTY : top.getValue().value().get(), top.getValue().revision());
        }
        if (order == 0) {
          row = next(below);
        }
        top = next(above);
      } else {
        break;
      }
      if (entry != null) {
        entries.add(entry);
        bytes += entry.key().size() + entry.value().size();
        if (entries.size() == limit || bytes >= Table.PAGE_BYTES) {
          boolean rest = row != null || top != null || more;
          return new Merged(entries, rest, rest ? Optional.of(key) : Optional.empty());
        }
      }
    }
    return new Merged(entries, more, more && !rows.isEmpty() ? Optional.of(rows.get(rows.size() - 1).key()) : Optional.empty());
  }

  private static int direction(int order, boolean reverse) {
    return reverse ? -order : order;
  }

  private static <T> @Nullable T next(Iterator<T> iterator) {
    return iterator.hasNext() ? iterator.next() : null;
  }
}
