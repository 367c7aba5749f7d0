package io.logfold.query;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.TableStoreContract;

class MemoryTableStoreContractTest extends TableStoreContract {
  @Override
  protected Table openTable(String store, int partitions) {
    return Tables.open("memory:", store, partitions);
  }
}
