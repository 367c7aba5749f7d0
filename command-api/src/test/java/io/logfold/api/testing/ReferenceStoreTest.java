package io.logfold.api.testing;

import io.logfold.api.Store;

/** The model keeps the contract. */
class ReferenceStoreTest extends StoreContract {
  @Override
  public Store openStore() {
    return new ReferenceStore();
  }
}
