package io.logfold.projector;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.api.Mutation;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.Verdict;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.TablePage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a table must hold: the fold of the records, made in the plainest way. */
public record Folded(FoldState state, Map<Bytes, Map<Bytes, Row>> rows, int events) {

  public static Folded of(String store, int partition, List<RawRecord> records) {
    LogFold fold = new LogFold(FoldState.empty(store, partition), false);
    Map<Bytes, Map<Bytes, Row>> rows = new TreeMap<>();
    int events = 0;
    for (RawRecord record : records) {
      if (fold.apply(record.offset(), record.value()) instanceof Verdict.Valid valid
          && valid.record() instanceof LogRecord.Event event) {
        events++;
        Map<Bytes, Row> of = rows.computeIfAbsent(event.partitionKey(), key -> new TreeMap<>());
        for (Mutation mutation : event.mutations()) {
          switch (mutation) {
            case Mutation.Put put -> of.put(put.key(), new Row(put.key(), put.value(), event.lsn()));
            case Mutation.Delete delete -> of.remove(delete.key());
          }
        }
        if (of.isEmpty()) {
          rows.remove(event.partitionKey());
        }
      }
    }
    return new Folded(fold.state(), rows, events);
  }

  /** Makes a table what a projector would have made it of these records. */
  public static void applyTo(Table table, String store, int partition, List<RawRecord> records) {
    Folded folded = of(store, partition, records);
    List<RowChange> changes = new ArrayList<>();
    folded.rows.forEach((partitionKey, rows) -> rows.values().forEach(row ->
        changes.add(new RowChange(partitionKey, row.key(), Optional.of(row.value()), row.revision()))));
    Checkpoint from = table.checkpoint(partition);
    table.apply(partition, changes, from, new Checkpoint(folded.state, from.anchor()));
  }

  /** Row for row, checkpoint and all. */
  public void assertIn(Table table) {
    assertThat(table.checkpoint(state.partition()).at()).isEqualTo(state);
    assertRowsIn(table);
  }

  public void assertRowsIn(Table table) {
    Map<Bytes, Map<Bytes, Row>> found = new TreeMap<>();
    for (Bytes partitionKey : table.partitionKeys(state.partition(), Optional.empty(), 10_000)) {
      TablePage page = table.scan(state.partition(), partitionKey, KeyRange.ALL, 100_000, false, false);
      Map<Bytes, Row> of = new TreeMap<>();
      page.rows().forEach(row -> of.put(row.key(), row));
      found.put(partitionKey, of);
    }
    assertThat(found).isEqualTo(rows);
  }
}
