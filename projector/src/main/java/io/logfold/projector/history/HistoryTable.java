package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The rows of a history, counted as they are read. For one thread; methods block. */
final class HistoryTable {
  private final Table table;
  private final LongAdder rowsRead;
  private final Runnable patience;
  private long spent;

  /** @param patience asked before every read; throws where the caller does not wait any longer */
  HistoryTable(Table table, LongAdder rowsRead, Runnable patience) {
    this.table = table;
    this.rowsRead = rowsRead;
    this.patience = patience;
  }

  Table table() {
    patience.run();
    return table;
  }

  /** What was asked of the table so far: 1 for each reading, each row, and each KiB of values. */
  long spent() {
    return spent;
  }

  Optional<Row> get(int partition, Bytes partitionKey, Bytes key) {
    patience.run();
    Optional<Row> row = table.get(partition, partitionKey, java.util.List.of(key)).rows().get(0);
    row.ifPresent(found -> rowsRead.increment());
    return row;
  }

  TablePage scan(int partition, Bytes partitionKey, Bytes startInclusive, Bytes endExclusive, int limit, boolean reverse) {
    patience.run();
    KeyRange range = new KeyRange(startInclusive, Optional.of(endExclusive));
    TablePage page = table.scan(partition, partitionKey, range, limit, reverse, false);
    rowsRead.add(page.rows().size());
    spent += 1 + page.rows().size();
    for (Row row : page.rows()) {
      spent += row.value().size() >> 10;
    }
    return page;
  }

  /** The newest change that made the key what it was behind this revision; null where it was never touched till then. */
  @Nullable StoredChange stateAt(int partition, Bytes partitionKey, Bytes place, long revision) {
    Bytes from = HistoryKeys.at(place, revision);
    Bytes end = HistoryKeys.at(place, 0);
    for (int limit = 1; ; limit = 16) {
      TablePage page = scan(partition, partitionKey, from, end, limit, false);
      for (Row row : page.rows()) {
        StoredChange change = HistoryCodec.change(row);
        if (change.changesTheKey()) {
          return change;
        }
        from = row.key().successor();
      }
      if (!page.more()) {
        return null;
      }
    }
  }

  /** Of the value that the key had behind this revision; 0 where it was absent. */
  long revisionAt(int partition, Bytes partitionKey, Bytes place, long revision) {
    return revisionOf(revision < 1 ? null : stateAt(partition, partitionKey, place, revision));
  }

  static long revisionOf(@Nullable StoredChange state) {
    return state == null || state.kind() != io.logfold.api.Change.Kind.PUT ? 0 : state.revision();
  }
}
