package io.logfold.api.testing;

import io.logfold.api.Store;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;

/** The same with answers from other threads, and pages shorter than asked: as a store behind a wire does it. */
class ReferenceStoreOverThreadsTest extends StoreContract {
  private final ExecutorService threads = Executors.newFixedThreadPool(3);

  @Override
  public Store openStore() {
    return new ReferenceStore(3, InstantSource.system(), threads, 7);
  }

  @AfterAll
  void stop() {
    threads.shutdownNow();
  }
}
