package io.logfold.projector.history;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;

class MemoryHistoryTest extends HistoryContract {
  @Override
  Table open() {
    return Tables.open("memory:", HistoryModel.STORE, HistoryModel.PARTITIONS);
  }

  @Override
  int changesOfABusyKey() {
    return 100_000;
  }
}
