package io.logfold.query.simulation;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.query.testing.SimulatedNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** 8: A table equals the fold at its checkpoint, and the checkpoint never goes back, but where a table was restored. */
final class Projection implements Invariant {
  private final Watch watch;
  private final Map<String, Long> positions = new HashMap<>();

  Projection(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void tableMoved(String table) {
    TablePage page = watch.cluster().table(table).scan(0, SimulatedNode.PK, KeyRange.ALL, 1_000, false, false);
    long position = page.checkpoint().at().position();
    Long before = positions.put(table, position);
    if (before != null && position < before && !watch.cluster().restored(table)) {
      watch.broken(this, "the checkpoint of table " + table + " went back from offset " + before + " to " + position);
    }
    if (before != null && position == before) {
      return;
    }
    long lsn = page.checkpoint().at().lsn();
    int next = 0;
    List<Row> rows = page.rows();
    for (Bytes key : watch.truth().keys()) {
      Optional<Bytes> value = watch.truth().valueAt(key, lsn);
      if (value.isEmpty()) {
        continue;
      }
      Row row = next < rows.size() ? rows.get(next++) : null;
      if (row == null || !row.key().equals(key) || !row.value().equals(value.get())
          || row.revision() != watch.truth().revisionAt(key, lsn)) {
        watch.broken(this, "table " + table + " has " + row + " at LSN " + lsn + ", where " + key + " is " + value.get() + "@"
            + watch.truth().revisionAt(key, lsn));
      }
    }
    if (next < rows.size()) {
      watch.broken(this, "table " + table + " has " + rows.get(next) + " at LSN " + lsn + ", where it is deleted");
    }
  }
}
