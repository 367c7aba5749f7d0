package io.logfold.query;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.query.testing.TableStoreContract;

class PostgresStoreContractTest extends TableStoreContract {
  @Override
  protected Table openTable(String store, int partitions) {
    return Tables.open(PostgresServer.shared().url(PostgresServer.freshPrefix()), store, partitions);
  }
}
