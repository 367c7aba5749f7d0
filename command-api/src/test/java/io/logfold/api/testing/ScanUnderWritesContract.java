package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.atOnce;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.concat;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.key;
import static io.logfold.api.testing.Kit.keys;
import static io.logfold.api.testing.Kit.keysOf;
import static io.logfold.api.testing.Kit.load;
import static io.logfold.api.testing.Kit.scanned;
import static io.logfold.api.testing.Kit.valueOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import io.logfold.api.EntryIterator;
import io.logfold.api.ScanOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scans while others write: a key that is not concurrently changed is always seen, exactly once, in order; one that is
 * may be seen or not.
 */
public interface ScanUnderWritesContract extends ContractFixture {

  /** R: the reader goes to its next entry. D: the next key, from the first on, is deleted. */
  @ParameterizedTest
  @ValueSource(strings = {"RRRRRRRDDDDDDD", "RRRDRDRDRDRDDD", "RRRRRDRDRDRDRDRRRRR", "DDDDRDRDRDRDDRDDDDD",
      "DDDDRDRDDRRDDDDD", "DDDDDRRRRR"})
  default void aReaderGetsEveryEntryItShouldWhileKeysAreDeleted(String steps) {
    for (int batchSize : new int[] {1, 2, 3, 100}) {
      interleave(steps, batchSize, Math.max(count(steps, 'R'), count(steps, 'D')));
      interleave(steps, batchSize, count(steps, 'R') + count(steps, 'D') + 3);
    }
  }

  private void interleave(String steps, int batchSize, int size) {
    Bytes partitionKey = fresh("interleaved");
    List<Bytes> all = keys(0, size);
    load(blocking(), partitionKey, all);
    Set<Bytes> deleted = new HashSet<>();
    List<Bytes> seen = new ArrayList<>();
    int nextToDelete = 0;
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withBatchSize(batchSize))) {
      for (char step : steps.toCharArray()) {
        if (step == 'D') {
          Bytes key = key(nextToDelete++);
          blocking().delete(partitionKey, key);
          deleted.add(key);
        } else {
          readOne(entries, all, seen, deleted, batchSize);
        }
      }
      while (readOne(entries, all, seen, deleted, batchSize)) {
        // To the end.
      }
    }
    List<Bytes> left = all.stream().filter(key -> !deleted.contains(key)).toList();
    assertThat(seen).as("seen by batches of %d", batchSize).containsAll(left);
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all()))).isEqualTo(left);
  }

  /** Goes on by one; what it passes over must have been deleted. */
  private static boolean readOne(EntryIterator entries, List<Bytes> all, List<Bytes> seen, Set<Bytes> deleted,
      int batchSize) {
    int from = seen.isEmpty() ? 0 : all.indexOf(seen.getLast()) + 1;
    if (!entries.next()) {
      assertThat(entries.error()).isEmpty();
      assertThat(deleted).as("keys behind the end").containsAll(all.subList(from, all.size()));
      return false;
    }
    Entry entry = entries.entry();
    int found = all.indexOf(entry.key());
    assertThat(found).as("%s is a key, and behind all that were seen", entry.key()).isGreaterThanOrEqualTo(from);
    assertThat(deleted).as("keys passed over").containsAll(all.subList(from, found));
    assertThat(entry.value()).isEqualTo(valueOf(entry.key()));
    if (batchSize == 1) {
      // Each page is a read of its own, and reads reflect all that completed before.
      assertThat(deleted).doesNotContain(entry.key());
    }
    seen.add(entry.key());
    return true;
  }

  private static int count(String steps, char step) {
    return (int) steps.chars().filter(c -> c == step).count();
  }

  /** Which keys are deleted while keys 20 to 39 are read. */
  enum DeletedRange {
    SUB(25, 35), SUPER(10, 50), SAME(20, 40);

    final int from;
    final int to;

    DeletedRange(int from, int to) {
      this.from = from;
      this.to = to;
    }
  }

  @ParameterizedTest
  @EnumSource(DeletedRange.class)
  default void aRangeDeletedUnderAReaderDisturbsNothingElse(DeletedRange range) throws Exception {
    Bytes partitionKey = fresh("range");
    Bytes neighbour = concat(partitionKey, bytes("0"));
    load(blocking(), partitionKey, keys(0, 60));
    load(blocking(), neighbour, keys(0, 60));
    CountDownLatch reading = new CountDownLatch(1);
    List<Entry> seen = new ArrayList<>();
    atOnce(List.of(
        () -> {
          ScanOptions options = ScanOptions.all().withStart(key(20)).withEnd(key(40)).withBatchSize(2);
          try (EntryIterator entries = blocking().scan(partitionKey, options)) {
            while (entries.next()) {
              seen.add(entries.entry());
              reading.countDown();
            }
            assertThat(entries.error()).isEmpty();
          } finally {
            reading.countDown();
          }
          return null;
        },
        () -> {
          assertThat(reading.await(30, TimeUnit.SECONDS)).isTrue();
          for (Bytes key : keys(range.from, range.to)) {
            blocking().delete(partitionKey, key);
          }
          return null;
        }));
    List<Bytes> untouched = keys(20, 40).stream()
        .filter(key -> key.compareTo(key(range.from)) < 0 || key.compareTo(key(range.to)) >= 0).toList();
    assertThat(keysOf(seen)).isSorted().doesNotHaveDuplicates().isSubsetOf(keys(20, 40)).containsAll(untouched);
    List<Bytes> left = new ArrayList<>(keys(0, range.from));
    left.addAll(keys(range.to, 60));
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all()))).isEqualTo(left);
    assertThat(keysOf(scanned(blocking(), neighbour, ScanOptions.all()))).isEqualTo(keys(0, 60));
  }

  @Test
  default void keysThatStandStillAreSeenOnceInOrderWhileOthersComeAndGo() throws Exception {
    Bytes partitionKey = fresh("under-writes");
    List<Bytes> still = keys(0, 100).stream().filter(key -> key.at(key.size() - 1) == '0').toList();
    load(blocking(), partitionKey, still);
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch writing = new CountDownLatch(1);
    atOnce(List.of(
        () -> {
          for (int round = 0; !done.get(); round++) {
            Bytes key = concat(still.get(round % still.size()), bytes("-moving"));
            blocking().set(partitionKey, key, bytes("round " + round));
            writing.countDown();
            if (round % 3 != 0) {
              blocking().delete(partitionKey, key);
            }
          }
          return null;
        },
        () -> {
          try {
            assertThat(writing.await(30, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 20; i++) {
              ScanOptions options = ScanOptions.all().withBatchSize(1 + i % 4);
              List<Bytes> up = keysOf(scanned(blocking(), partitionKey, options));
              assertThat(up).isSorted().doesNotHaveDuplicates().containsAll(still);
              List<Bytes> down = keysOf(scanned(blocking(), partitionKey, options.reversed()));
              assertThat(down.reversed()).isSorted().doesNotHaveDuplicates().containsAll(still);
            }
          } finally {
            done.set(true);
          }
          return null;
        }));
  }

  @Test
  default void aKeySetBehindTheReaderIsSeenByAReaderThatHasToReadAgain() {
    Bytes partitionKey = fresh("under-writes");
    load(blocking(), partitionKey, keys(0, 3));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withBatchSize(1))) {
      assertThat(entries.next()).isTrue();
      blocking().set(partitionKey, key(1), bytes("changed"));
      blocking().set(partitionKey, key(0), bytes("changed too late"));
      assertThat(entries.next()).isTrue();
      assertThat(entries.entry().key()).isEqualTo(key(1));
      assertThat(entries.entry().value()).isEqualTo(bytes("changed"));
    }
  }
}
