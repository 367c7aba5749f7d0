package io.logfold.projector.table.rocksdb;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Tables;
import java.util.List;
import java.util.Optional;

/** A process that applies batch after batch and prints each one's LSN once it is applied, until it is killed. */
final class KilledWriter {
  private KilledWriter() {}

  public static void main(String[] args) {
    Table table = Tables.open("rocksdb:" + args[0], "contract", 4);
    Checkpoint from = Checkpoint.empty("contract", 0);
    for (long lsn = 1; lsn < 1_000_000; lsn++) {
      FoldState state = new FoldState("contract", 0, lsn + 1, 1, lsn, lsn, Hash.ZERO, lsn,
          Optional.of(GenesisConfig.defaults(4)), "node", "", "");
      Checkpoint to = new Checkpoint(state, state);
      Optional<Bytes> value = Optional.of(Bytes.utf8("v" + lsn));
      table.apply(0, List.of(new RowChange(Bytes.utf8("pk"), Bytes.utf8("a"), value, lsn),
          new RowChange(Bytes.utf8("pk"), Bytes.utf8("b"), value, lsn)), from, to);
      from = to;
      System.out.println(lsn);
    }
  }
}
