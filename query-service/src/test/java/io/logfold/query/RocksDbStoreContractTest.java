package io.logfold.query;

import io.logfold.api.Store;
import io.logfold.api.testing.StoreContract;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.LocalNode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/** The store's contract with a memtable so small that nearly every read goes to the table, and nothing stays resident. */
class RocksDbStoreContractTest extends StoreContract {
  @TempDir static Path folder;

  private @Nullable LocalNode node;
  private @Nullable Table table;

  @Override
  public Store openStore() {
    Table opened = Tables.open("rocksdb:" + folder.resolve("table"), LocalNode.STORE, 2);
    table = opened;
    LocalNode started = LocalNode.start(opened, 2, config -> config.withMemtableLimitBytes(32 << 10).withResidentLimitRows(1));
    node = started;
    return started.store();
  }

  @Override
  public boolean opensMoreThanOnce() {
    return false;
  }

  @AfterAll
  void closeNode() {
    if (node != null) {
      node.close();
    }
    if (table != null) {
      table.close();
    }
  }
}
