package io.logfold.api.testing;

import io.logfold.api.BlockingStore;
import io.logfold.api.Store;

/** What the scenarios need from the implementation under test. {@link StoreContract} gives all but the first. */
public interface ContractFixture {
  /**
   * Opens the store under test, ready to answer; the kit closes what it gets. Called once for the class, and once more
   * for the scenario of closing unless {@link #opensMoreThanOnce} says no.
   */
  Store openStore();

  /** Whether snapshot scans are offered; where not, they must be refused clearly. */
  default boolean supportsSnapshots() {
    return true;
  }

  /** Whether requests can be resolved. */
  default boolean supportsResolve() {
    return true;
  }

  /** Whether {@link #openStore} may be called while an earlier store is open. */
  default boolean opensMoreThanOnce() {
    return true;
  }

  /** The open store; SLOW_DOWN, which is legal at any time, is waited out for the scenarios. */
  Store store();

  /** The same store. */
  BlockingStore blocking();
}
