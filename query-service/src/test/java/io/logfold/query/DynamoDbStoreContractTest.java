package io.logfold.query;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.query.testing.TableStoreContract;
import org.junit.jupiter.api.Tag;

/** Slow: half a minute, since each batch is a transaction of some ten milliseconds. */
@Tag("slow")
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
