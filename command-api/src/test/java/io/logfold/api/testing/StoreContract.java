package io.logfold.api.testing;

import io.logfold.api.BlockingStore;
import io.logfold.api.CallOptions;
import io.logfold.api.Store;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * All of the store's contract as one JUnit class, to be extended by each implementation and each interface before one:
 *
 * <pre>{@code
 * class MyStoreTest extends StoreContract {
 *   @Override
 *   public Store openStore() {
 *     return new MyStore(...);
 *   }
 * }
 * }</pre>
 *
 * <p>One store serves all scenarios of the class; it may hold other data and have other users. What it opens for itself
 * (brokers, directories) belongs into the extending class's own {@code @BeforeAll}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
public abstract class StoreContract implements ArgumentsContract, GetSetContract, SetIfContract, DeleteContract,
    CommitContract, LimitsContract, RetryContract, ResolveContract, ScanContract, ScanOptionsContract, IteratorContract,
    ScanUnderWritesContract, SnapshotContract, PartitionKeysContract, ConsistencyContract, CancellationContract,
    ConcurrencyContract, CloseContract {

  private @Nullable Store opened;
  private @Nullable BlockingStore blocking;

  @BeforeAll
  void openForTheContract() {
    Store store = new PatientStore(openStore());
    opened = store;
    blocking = new BlockingStore(store).withOptions(new CallOptions(Duration.ofSeconds(30)));
  }

  @AfterAll
  void closeAfterTheContract() {
    if (opened != null) {
      opened.close();
    }
  }

  @Override
  public final Store store() {
    return Objects.requireNonNull(opened, "the contract's store is open only while its tests run");
  }

  @Override
  public final BlockingStore blocking() {
    return Objects.requireNonNull(blocking, "the contract's store is open only while its tests run");
  }
}
