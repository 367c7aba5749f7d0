package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.fresh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.EntryIterator;
import io.logfold.api.ErrorCode;
import io.logfold.api.ScanOptions;
import io.logfold.api.Store;
import org.junit.jupiter.api.Test;

/** Use after close. */
public interface CloseContract extends ContractFixture {

  @Test
  default void everyCallAfterCloseSaysClosed() {
    assumeTrue(opensMoreThanOnce());
    Bytes partitionKey = fresh("closed");
    Store another = openStore();
    BlockingStore closed = new BlockingStore(another);
    try (EntryIterator entries = closed.scan(partitionKey, ScanOptions.all())) {
      another.close();
      assertFails(ErrorCode.CLOSED, () -> closed.get(partitionKey, bytes("key")));
      assertFails(ErrorCode.CLOSED, () -> closed.set(partitionKey, bytes("key"), bytes("v")));
      assertFails(ErrorCode.CLOSED, () -> closed.delete(partitionKey, bytes("key")));
      assertFails(ErrorCode.CLOSED, () -> closed.partitionKeys().iterator().hasNext());
      assertFails(ErrorCode.CLOSED, closed::cluster);
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).hasValueSatisfying(e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
    }
    another.close();
  }

  @Test
  default void closingOneStoreLeavesAnotherOpen() {
    assumeTrue(opensMoreThanOnce());
    openStore().close();
    Bytes partitionKey = fresh("closed");
    blocking().set(partitionKey, bytes("key"), bytes("v"));
    assertThat(blocking().get(partitionKey, bytes("key"))).isPresent();
  }
}
