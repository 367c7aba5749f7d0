package io.logfold.projector.table.memory;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.TableContract;

class MemoryTableTest extends TableContract {
  @Override
  protected Table open(String store, int partitions) {
    return Tables.open("memory:", store, partitions);
  }

  @Override
  protected boolean durable() {
    return false;
  }
}
