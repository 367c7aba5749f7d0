package io.logfold.query;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.query.testing.TableStoreContract;

class DynamoDbStoreContractTest extends TableStoreContract {
  @Override
  protected Table openTable(String store, int partitions) {
    return Tables.open(DynamoDbLocal.url("store-contract"), store, partitions);
  }

  @Override
  public boolean supportsSnapshots() {
    return false;
  }
}
