package io.logfold.projector.table.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.TablePage;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A history whose fold is known at each LSN: event n puts one of seven keys and deletes another. */
final class Steps {
  static final String STORE = "steps";
  static final Bytes PK = Bytes.utf8("pk");

  private Steps() {}

  static Checkpoint at(long lsn) {
    if (lsn == 0) {
      return Checkpoint.empty(STORE, 0);
    }
    Hash hash = new Hash(Bytes.wrap(ByteBuffer.allocate(Hash.SIZE).putLong(lsn).array()));
    FoldState state = new FoldState(STORE, 0, lsn + 1, 1, lsn, lsn, hash, lsn, Optional.of(GenesisConfig.defaults(1)),
        "node", "", "");
    return new Checkpoint(state, state);
  }

  static void apply(Table table, long fromLsn, long toLsn) {
    table.apply(0, changes(fromLsn, toLsn), at(fromLsn), at(toLsn));
  }

  /** The batch that brings the table from one LSN to another. */
  static List<RowChange> changes(long fromLsn, long toLsn) {
    TreeMap<Bytes, RowChange> batch = new TreeMap<>();
    for (long lsn = fromLsn + 1; lsn <= toLsn; lsn++) {
      Bytes put = key(lsn);
      batch.put(put, new RowChange(PK, put, Optional.of(Bytes.utf8("v" + lsn)), lsn));
      Bytes gone = key(lsn + 3);
      batch.put(gone, new RowChange(PK, gone, Optional.empty(), lsn));
    }
    return List.copyOf(batch.values());
  }

  /** The rows are the fold of the log at the checkpoint that came with them; returns its LSN. */
  static long assertFolded(Table table) {
    TablePage page = table.scan(0, PK, KeyRange.ALL, 100, false, false);
    long lsn = page.checkpoint().at().lsn();
    assertThat(page.checkpoint()).isEqualTo(at(lsn));
    List<Row> expected = changes(0, lsn).stream().filter(change -> change.value().isPresent())
        .map(change -> new Row(change.key(), change.value().get(), change.revision())).toList();
    assertThat(page.rows()).isEqualTo(expected);
    return lsn;
  }

  private static Bytes key(long lsn) {
    return Bytes.utf8("k" + lsn % 7);
  }
}
