package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.atOnce;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.drained;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.key;
import static io.logfold.api.testing.Kit.keys;
import static io.logfold.api.testing.Kit.load;
import static io.logfold.api.testing.Kit.scanned;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Entry;
import io.logfold.api.EntryIterator;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Scans that see one revision from the first page to the last. */
public interface SnapshotContract extends ContractFixture {

  @Test
  default void aSnapshotScanSeesOneRevisionWhileWritersGoOn() {
    assumeTrue(supportsSnapshots());
    Bytes partitionKey = fresh("snapshot");
    load(blocking(), partitionKey, keys(0, 30));
    List<Entry> before = scanned(blocking(), partitionKey, ScanOptions.all());
    for (boolean reverse : new boolean[] {false, true}) {
      ScanOptions options = ScanOptions.all().withSnapshot().withBatchSize(4);
      List<Entry> seen = new ArrayList<>();
      try (EntryIterator entries = blocking().scan(partitionKey, reverse ? options.reversed() : options)) {
        assertThat(entries.next()).isTrue();
        seen.add(entries.entry());
        blocking().set(partitionKey, key(15), bytes("changed"));
        blocking().set(partitionKey, key(15).successor(), bytes("new"));
        blocking().set(partitionKey, key(40), bytes("new"));
        blocking().delete(partitionKey, key(16));
        blocking().delete(partitionKey, reverse ? key(0) : key(29));
        seen.addAll(drained(entries));
      }
      assertThat(seen).isEqualTo(reverse ? before.reversed() : before);
      before = scanned(blocking(), partitionKey, ScanOptions.all());
    }
  }

  @Test
  default void aSnapshotScanSeesCommitsWholeOrNotAtAll() throws Exception {
    assumeTrue(supportsSnapshots());
    Bytes partitionKey = fresh("snapshot");
    List<Bytes> keys = keys(0, 12);
    load(blocking(), partitionKey, keys);
    applied(blocking().commit(partitionKey, List.of(), sameValue(keys, "round 0")));
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch writing = new CountDownLatch(1);
    atOnce(List.of(
        () -> {
          for (int round = 1; !done.get(); round++) {
            applied(blocking().commit(partitionKey, List.of(), sameValue(keys, "round " + round)));
            writing.countDown();
          }
          return null;
        },
        () -> {
          try {
            assertThat(writing.await(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 30; i++) {
              List<Entry> entries = scanned(blocking(), partitionKey,
                  ScanOptions.all().withSnapshot().withBatchSize(5));
              assertThat(entries).hasSize(12);
              assertThat(entries).extracting(Entry::value).containsOnly(entries.get(0).value());
              assertThat(entries).extracting(Entry::revision).containsOnly(entries.get(0).revision());
            }
          } finally {
            done.set(true);
          }
          return null;
        }));
  }

  @Test
  default void aSeekInASnapshotScanSeesTheSameRevision() {
    assumeTrue(supportsSnapshots());
    Bytes partitionKey = fresh("snapshot");
    load(blocking(), partitionKey, keys(0, 10));
    List<Entry> before = scanned(blocking(), partitionKey, ScanOptions.all());
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withSnapshot().withBatchSize(3))) {
      assertThat(drained(entries)).isEqualTo(before);
      blocking().set(partitionKey, key(1), bytes("changed"));
      blocking().delete(partitionKey, key(2));
      entries.seekGE(key(1));
      assertThat(drained(entries)).isEqualTo(before.subList(1, 10));
    }
  }

  @Test
  default void everyPageOfASnapshotTellsTheSamePosition() {
    assumeTrue(supportsSnapshots());
    Bytes partitionKey = fresh("snapshot");
    load(blocking(), partitionKey, keys(0, 10));
    ScanRequest request = ScanRequest.of(partitionKey, ScanOptions.all().withSnapshot().withBatchSize(4));
    ScanPage first = blocking().scan(request);
    assertThat(first.snapshotId()).isPresent();
    long set = blocking().set(partitionKey, key(50), bytes("later"));
    ScanPage second = blocking().scan(request.next(first.entries().getLast().key(), first.snapshotId()));
    assertThat(second.position().revision()).isEqualTo(first.position().revision()).isLessThan(set);
    end(partitionKey, first.snapshotId().orElseThrow());
  }

  @Test
  default void aSnapshotThatWasGivenBackIsTooOld() {
    assumeTrue(supportsSnapshots());
    Bytes partitionKey = fresh("snapshot");
    load(blocking(), partitionKey, keys(0, 10));
    ScanRequest request = ScanRequest.of(partitionKey, ScanOptions.all().withSnapshot().withBatchSize(4));
    ScanPage first = blocking().scan(request);
    end(partitionKey, first.snapshotId().orElseThrow());
    assertFails(ErrorCode.SNAPSHOT_TOO_OLD,
        () -> blocking().scan(request.next(first.entries().getLast().key(), first.snapshotId())));
    end(partitionKey, first.snapshotId().orElseThrow());
  }

  @Test
  default void aSnapshotScanOfNothingIsEmpty() {
    assumeTrue(supportsSnapshots());
    assertThat(scanned(blocking(), fresh("nobody"), ScanOptions.all().withSnapshot())).isEmpty();
  }

  @Test
  default void aStoreWithoutSnapshotsRefusesThemClearly() {
    assumeFalse(supportsSnapshots());
    Bytes partitionKey = fresh("snapshot");
    load(blocking(), partitionKey, keys(0, 10));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withSnapshot().withBatchSize(4))) {
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).hasValueSatisfying(
          e -> assertThat(e.code()).isIn(ErrorCode.UNSUPPORTED, ErrorCode.SNAPSHOT_TOO_OLD));
    }
  }

  private void end(Bytes partitionKey, String snapshotId) {
    CallOptions options = CallOptions.DEFAULT;
    assertThat(store().endSnapshot(partitionKey, snapshotId, options).orTimeout(30, TimeUnit.SECONDS))
        .succeedsWithin(options.timeout());
  }

  private static List<Mutation> sameValue(List<Bytes> keys, String value) {
    return keys.stream().<Mutation>map(key -> new Mutation.Put(key, bytes(value))).toList();
  }
}
