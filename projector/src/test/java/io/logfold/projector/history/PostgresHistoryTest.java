package io.logfold.projector.history;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.PostgresServer;

class PostgresHistoryTest extends HistoryContract {
  @Override
  Table open() {
    String url = PostgresServer.shared().url(PostgresServer.freshPrefix());
    return Tables.open(Tables.historyUrl(url).orElseThrow(), HistoryModel.STORE, HistoryModel.PARTITIONS);
  }

  @Override
  int rounds() {
    return 1;
  }
}
