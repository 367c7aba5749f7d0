package io.logfold.query;

import io.logfold.api.Store;
import io.logfold.api.testing.StoreContract;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.LocalNode;
import org.junit.jupiter.api.AfterAll;
import org.jspecify.annotations.Nullable;

/** The store's contract where everything fits into memory. */
class MemoryStoreContractTest extends StoreContract {
  private @Nullable LocalNode node;

  @Override
  public Store openStore() {
    LocalNode started = LocalNode.start(Tables.open("memory:", LocalNode.STORE, 3), 3, config -> config);
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
  }
}
