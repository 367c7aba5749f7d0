package io.logfold.query;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.TableStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class RocksDbStoreContractTest extends TableStoreContract {
  @TempDir static Path folder;

  @Override
  protected Table openTable(String store, int partitions) {
    return Tables.open("rocksdb:" + folder.resolve("table"), store, partitions);
  }
}
