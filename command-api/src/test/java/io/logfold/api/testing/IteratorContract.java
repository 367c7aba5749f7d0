package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.drained;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.key;
import static io.logfold.api.testing.Kit.keys;
import static io.logfold.api.testing.Kit.keysOf;
import static io.logfold.api.testing.Kit.load;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.logfold.api.Bytes;
import io.logfold.api.EntryIterator;
import io.logfold.api.ErrorCode;
import io.logfold.api.ScanOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Next, seek and close of an iterator. */
public interface IteratorContract extends ContractFixture {

  @Test
  default void thereIsNoEntryBeforeTheFirstNextAndBehindTheEnd() {
    Bytes partitionKey = fresh("iterator");
    blocking().set(partitionKey, bytes("only"), bytes("v"));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all())) {
      assertThatIllegalStateException().isThrownBy(entries::entry);
      assertThat(entries.next()).isTrue();
      assertThat(entries.entry().key()).isEqualTo(bytes("only"));
      assertThat(entries.entry()).isSameAs(entries.entry());
      assertThat(entries.next()).isFalse();
      assertThatIllegalStateException().isThrownBy(entries::entry);
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 100})
  default void aSeekGoesForwardAndBackAndMayMissItsKey(int batchSize) {
    Bytes partitionKey = fresh("iterator");
    load(blocking(), partitionKey, keys(0, 30));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withBatchSize(batchSize))) {
      assertSeeks(entries, key(10), 10);
      assertSeeks(entries, key(20), 20);
      assertSeeks(entries, key(5), 5);
      assertSeeks(entries, key(7).successor(), 8);
      assertSeeks(entries, key(6), 6);
      assertSeeks(entries, key(6), 6);
      assertSeeks(entries, bytes("a"), 0);
      assertSeeks(entries, Bytes.EMPTY, 0);
      assertSeeks(entries, key(28), 28);
      assertThat(keysOf(drained(entries))).containsExactly(key(29));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 100})
  default void aSeekPastTheEndEndsAndASeekBackGoesOn(int batchSize) {
    Bytes partitionKey = fresh("iterator");
    load(blocking(), partitionKey, keys(0, 10));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withBatchSize(batchSize))) {
      entries.seekGE(key(10));
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).isEmpty();
      assertSeeks(entries, key(9), 9);
      assertThat(entries.next()).isFalse();
      entries.seekGE(key(3));
      assertThat(keysOf(drained(entries))).isEqualTo(keys(3, 10));
      entries.seekGE(Bytes.EMPTY);
      assertThat(keysOf(drained(entries))).isEqualTo(keys(0, 10));
    }
  }

  @Test
  default void aSeekDoesNotMoveTheCurrentEntryAlong() {
    Bytes partitionKey = fresh("iterator");
    load(blocking(), partitionKey, keys(0, 10));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all())) {
      assertThat(entries.next()).isTrue();
      entries.seekGE(key(5));
      assertThatIllegalStateException().isThrownBy(entries::entry);
      assertThat(entries.next()).isTrue();
      assertThat(entries.entry().key()).isEqualTo(key(5));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100})
  default void aSeekNeverLeavesTheScansRange(int batchSize) {
    Bytes partitionKey = fresh("iterator");
    load(blocking(), partitionKey, keys(0, 30));
    ScanOptions options = ScanOptions.all().withStart(key(10)).withEnd(key(20)).withBatchSize(batchSize);
    try (EntryIterator entries = blocking().scan(partitionKey, options)) {
      assertSeeks(entries, key(0), 10);
      entries.seekGE(key(25));
      assertThat(entries.next()).isFalse();
      entries.seekGE(key(20));
      assertThat(entries.next()).isFalse();
      entries.seekGE(key(18));
      assertThat(keysOf(drained(entries))).isEqualTo(keys(18, 20));
      entries.seekGE(key(9));
      assertThat(keysOf(drained(entries))).isEqualTo(keys(10, 20));
    }
    try (EntryIterator entries = blocking().scan(partitionKey,
        ScanOptions.all().withPrefix(bytes("key-001")).withBatchSize(batchSize))) {
      assertSeeks(entries, bytes("key-000"), 10);
      assertSeeks(entries, key(19), 19);
      assertThat(entries.next()).isFalse();
    }
  }

  @Test
  default void aSeekOnAnEmptyScanFindsNothing() {
    try (EntryIterator entries = blocking().scan(fresh("nobody"), ScanOptions.all())) {
      entries.seekGE(key(1));
      assertThat(entries.next()).isFalse();
      entries.seekGE(Bytes.EMPTY);
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100})
  default void theLimitCountsDeliveredEntriesWhateverIsSought(int batchSize) {
    Bytes partitionKey = fresh("iterator");
    load(blocking(), partitionKey, keys(0, 10));
    ScanOptions options = ScanOptions.all().withLimit(4).withBatchSize(batchSize);
    try (EntryIterator entries = blocking().scan(partitionKey, options)) {
      assertSeeks(entries, key(8), 8);
      assertSeeks(entries, key(2), 2);
      entries.seekGE(key(2));
      assertThat(keysOf(drained(entries))).isEqualTo(keys(2, 4));
      entries.seekGE(key(0));
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).isEmpty();
    }
  }

  @Test
  default void aReversedScanRefusesToSeekAndGoesOn() {
    Bytes partitionKey = fresh("iterator");
    load(blocking(), partitionKey, keys(0, 10));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().reversed().withBatchSize(3))) {
      assertThat(entries.next()).isTrue();
      assertThat(assertFails(ErrorCode.INVALID_ARGUMENT, () -> entries.seekGE(key(5)))).hasMessageContaining("revers");
      assertThat(entries.entry().key()).isEqualTo(key(9));
      assertThat(keysOf(drained(entries))).isEqualTo(keys(0, 9).reversed());
    }
  }

  @Test
  default void afterCloseNextIsFalseAndTheErrorSaysClosed() {
    Bytes partitionKey = fresh("iterator");
    load(blocking(), partitionKey, keys(0, 10));
    for (int reads : new int[] {0, 1, 11}) {
      EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withBatchSize(5));
      for (int i = 0; i < reads; i++) {
        entries.next();
      }
      assertThat(entries.error()).isEmpty();
      entries.close();
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).hasValueSatisfying(e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
      entries.seekGE(key(1));
      assertThat(entries.next()).isFalse();
      assertThatIllegalStateException().isThrownBy(entries::entry);
      entries.close();
      assertThat(entries.error()).hasValueSatisfying(e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
    }
  }

  @Test
  default void iteratorsOfOneStoreDoNotDisturbEachOther() {
    Bytes partitionKey = fresh("iterator");
    load(blocking(), partitionKey, keys(0, 10));
    try (EntryIterator up = blocking().scan(partitionKey, ScanOptions.all().withBatchSize(2));
        EntryIterator down = blocking().scan(partitionKey, ScanOptions.all().reversed().withBatchSize(2))) {
      for (int i = 0; i < 10; i++) {
        assertThat(up.next()).isTrue();
        assertThat(down.next()).isTrue();
        assertThat(up.entry().key()).isEqualTo(key(i));
        assertThat(down.entry().key()).isEqualTo(key(9 - i));
      }
      up.close();
      assertThat(down.next()).isFalse();
      assertThat(down.error()).isEmpty();
    }
  }

  private static void assertSeeks(EntryIterator entries, Bytes target, int expected) {
    entries.seekGE(target);
    assertThat(entries.next()).as("an entry at or above %s", target).isTrue();
    assertThat(entries.entry().key()).isEqualTo(key(expected));
  }
}
