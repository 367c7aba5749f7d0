package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.testing.ReferenceStore;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often the iterator reads, and what it gives back; what it delivers is the contract kit's subject. */
class EntryIteratorTest {
  private static final Bytes PARTITION_KEY = Bytes.utf8("pk");

  private final ReferenceStore data = new ReferenceStore();
  private final ManualStore store = new ManualStore();

  @BeforeEach
  void loadTwentyKeys() {
    BlockingStore loader = new BlockingStore(data);
    IntStream.range(10, 30).forEach(i -> loader.set(PARTITION_KEY, key(i), Bytes.utf8("v")));
    store.scan = request -> data.scan(request, CallOptions.DEFAULT);
  }

  @Test
  void nothingIsReadBeforeTheFirstNext() {
    try (EntryIterator entries = scan(ScanOptions.all())) {
      entries.seekGE(key(15));
      assertThat(store.scans).isEmpty();
      assertThat(entries.next()).isTrue();
      assertThat(entries.entry().key()).isEqualTo(key(15));
      assertThat(store.scans).hasSize(1);
    }
  }

  @Test
  void aSeekInsideTheCurrentPageCostsNoNewRead() {
    try (EntryIterator entries = scan(ScanOptions.all().withBatchSize(10))) {
      seek(entries, 15);
      for (int target : new int[] {24, 15, 16, 20, 24, 15}) {
        seek(entries, target);
      }
      assertThat(store.scans).hasSize(1);
      seek(entries, 25);
      assertThat(store.scans).as("behind the page").hasSize(2);
      seek(entries, 14);
      assertThat(store.scans).as("before the page").hasSize(3);
    }
  }

  @Test
  void aSeekPastTheEndAndBackCostsNoNewReadWhereThePageReachesTheEnd() {
    try (EntryIterator entries = scan(ScanOptions.all().withEnd(key(99)))) {
      seek(entries, 20);
      for (Bytes past : List.of(key(30), key(98), key(99), Bytes.utf8("z"))) {
        entries.seekGE(past);
        assertThat(entries.next()).isFalse();
        seek(entries, 21);
      }
      assertThat(store.scans).hasSize(1);
    }
  }

  @Test
  void theEndOfTheLastPageIsNotAskedForAgain() {
    try (EntryIterator entries = scan(ScanOptions.all().withBatchSize(7))) {
      while (entries.next()) {
        assertThat(entries.entry().partitionKey()).isEqualTo(PARTITION_KEY);
      }
      assertThat(entries.next()).isFalse();
      assertThat(store.scans).hasSize(3);
    }
  }

  @Test
  void noMoreIsReadThanTheLimitAllows() {
    try (EntryIterator entries = scan(ScanOptions.all().withBatchSize(7).withLimit(10))) {
      while (entries.next()) {
        assertThat(entries.error()).isEmpty();
      }
      assertThat(store.scans).extracting(ScanRequest::pageSize).containsExactly(7, 3);
    }
  }

  @Test
  void anErrorEndsTheIterationForGood() {
    try (EntryIterator entries = scan(ScanOptions.all().withBatchSize(5))) {
      seek(entries, 14);
      seek(entries, 18);
      StoreException failure = new StoreException(ErrorCode.UNAVAILABLE, "no leader");
      store.scan = request -> CompletableFuture.failedFuture(failure);
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).contains(failure);
      store.scan = request -> data.scan(request, CallOptions.DEFAULT);
      assertThat(entries.next()).isFalse();
      entries.seekGE(key(10));
      assertThat(entries.next()).isFalse();
      entries.close();
      assertThat(entries.error()).as("what went wrong first is told").contains(failure);
    }
  }

  @Test
  void everyPageAfterTheFirstNamesTheSnapshotAndCloseGivesItBackOnce() {
    EntryIterator entries = scan(ScanOptions.all().withSnapshot().withBatchSize(8));
    while (entries.next()) {
      assertThat(store.endedSnapshots).isEmpty();
    }
    assertThat(store.scans).extracting(request -> request.snapshotId().isPresent())
        .containsExactly(false, true, true);
    assertThat(store.scans).allMatch(ScanRequest::snapshot);
    entries.close();
    entries.close();
    assertThat(store.endedSnapshots).containsExactly(store.scans.get(1).snapshotId().orElseThrow());
  }

  @Test
  void aSnapshotIsGivenBackAtTheEndWhereNoSeekCanNeedIt() {
    try (EntryIterator onePage = scan(ScanOptions.all().withSnapshot())) {
      while (onePage.next()) {
        assertThat(store.endedSnapshots).isEmpty();
      }
      assertThat(store.endedSnapshots).hasSize(1);
      seek(onePage, 12);
    }
    try (EntryIterator limited = scan(ScanOptions.all().withSnapshot().withBatchSize(5).withLimit(8))) {
      while (limited.next()) {
        assertThat(limited.error()).isEmpty();
      }
      assertThat(store.endedSnapshots).hasSize(2);
    }
    assertThat(store.endedSnapshots).hasSize(2);
  }

  @Test
  void aStoreThatAnswersWithKeysThatWereNotAskedForIsAnErrorAndNotAnEndlessScan() {
    Entry same = new Entry(PARTITION_KEY, key(1), Bytes.EMPTY, 1);
    store.scan = request -> CompletableFuture.completedFuture(
        new ScanPage(List.of(same), true, new ReadPosition(1, 0, "lease"), Optional.empty()));
    try (EntryIterator entries = scan(ScanOptions.all())) {
      assertThat(entries.next()).isTrue();
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).hasValueSatisfying(e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
    }
  }

  /** A page that ended early is gone on behind where it got to, which may be further than its last entry. */
  @Test
  void emptyPagesAreGoneOnBehind() {
    store.scan = request -> {
      KeyRange range = request.range();
      Bytes at = request.reverse() ? key(25) : key(12);
      boolean more = range.contains(key(25)) && range.contains(key(12));
      return more
          ? CompletableFuture.completedFuture(new ScanPage(List.of(), true, new ReadPosition(1, 0, "as-of"), Optional.empty(),
              Optional.of(at)))
          : data.scan(request, CallOptions.DEFAULT);
    };
    try (EntryIterator ascending = scan(ScanOptions.all()); EntryIterator descending = scan(ScanOptions.all().reversed())) {
      assertThat(ascending.next()).isTrue();
      assertThat(ascending.entry().key()).isEqualTo(key(13));
      assertThat(descending.next()).isTrue();
      assertThat(descending.entry().key()).isEqualTo(key(24));
    }
    Entry first = new Entry(PARTITION_KEY, key(11), Bytes.EMPTY, 1);
    store.scan = request -> request.range().contains(key(11))
        ? CompletableFuture.completedFuture(new ScanPage(List.of(first), true, new ReadPosition(1, 0, "as-of"),
            Optional.empty(), Optional.of(key(20))))
        : data.scan(request, CallOptions.DEFAULT);
    try (EntryIterator entries = scan(ScanOptions.all())) {
      assertThat(entries.next()).isTrue();
      assertThat(entries.next()).isTrue();
      assertThat(entries.entry().key()).isEqualTo(key(21));
    }
  }

  @Test
  void anEmptyPageThatGotNowhereIsAnErrorAndNotAnEndlessScan() {
    store.scan = request -> CompletableFuture.completedFuture(new ScanPage(List.of(), true, new ReadPosition(1, 0, "as-of"),
        Optional.empty(), Optional.of(key(20))));
    try (EntryIterator entries = scan(ScanOptions.all())) {
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).hasValueSatisfying(e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
    }
  }

  private EntryIterator scan(ScanOptions options) {
    return new BlockingStore(store).scan(PARTITION_KEY, options);
  }

  private static void seek(EntryIterator entries, int target) {
    entries.seekGE(key(target));
    assertThat(entries.next()).isTrue();
    assertThat(entries.entry().key()).isEqualTo(key(target));
  }

  private static Bytes key(int number) {
    return Bytes.utf8("k" + number);
  }
}
