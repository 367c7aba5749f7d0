package io.logfold.projector.history;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksDbHistoryTest extends HistoryContract {
  @TempDir
  Path folder;

  private int opened;

  @Override
  Table open() {
    return Tables.open(Tables.historyUrl("rocksdb:" + folder.resolve("table-" + ++opened)).orElseThrow(), HistoryModel.STORE,
        HistoryModel.PARTITIONS);
  }

  @Override
  int changesOfABusyKey() {
    return 100_000;
  }
}
