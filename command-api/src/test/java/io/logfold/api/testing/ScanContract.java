package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.concat;
import static io.logfold.api.testing.Kit.drained;
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
import io.logfold.api.KeyRange;
import io.logfold.api.Mutation;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scans of data that stands still, or that changes only between two reads. */
public interface ScanContract extends ContractFixture {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 100, 1000})
  default void aFullScanGivesAHundredKeysOfItsPartitionKeyAlone(int batchSize) {
    Bytes partitionKey = fresh("scan-a");
    Bytes other = concat(partitionKey, bytes("b"));
    load(blocking(), partitionKey, keys(0, 100));
    load(blocking(), other, keys(50, 150));
    List<Entry> entries = scanned(blocking(), partitionKey, ScanOptions.all().withBatchSize(batchSize));
    assertThat(keysOf(entries)).isEqualTo(keys(0, 100));
    assertThat(entries).allSatisfy(entry -> {
      assertThat(entry.partitionKey()).isEqualTo(partitionKey);
      assertThat(entry.value()).isEqualTo(valueOf(entry.key()));
      assertThat(entry.revision()).isPositive();
    });
    assertThat(keysOf(scanned(blocking(), other, ScanOptions.all().withBatchSize(batchSize))))
        .isEqualTo(keys(50, 150));
  }

  @Test
  default void aScanFromTheMiddleGivesTheRest() {
    Bytes partitionKey = fresh("scan");
    load(blocking(), partitionKey, keys(0, 100));
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withStart(key(50)))))
        .isEqualTo(keys(50, 100));
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withAfter(key(50)).withBatchSize(9))))
        .isEqualTo(keys(51, 100));
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withStart(key(50).successor()))))
        .isEqualTo(keys(51, 100));
  }

  @Test
  default void aScanShowsWhatGetShows() {
    Bytes partitionKey = fresh("scan");
    load(blocking(), partitionKey, keys(0, 10));
    blocking().set(partitionKey, key(3), bytes("changed"));
    blocking().set(partitionKey, key(5), Bytes.EMPTY);
    blocking().delete(partitionKey, key(7));
    List<Entry> expected = new ArrayList<>();
    for (Bytes key : keys(0, 10)) {
      blocking().get(partitionKey, key).ifPresent(
          found -> expected.add(new Entry(partitionKey, key, found.value(), found.revision())));
    }
    assertThat(expected).hasSize(9);
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all().withBatchSize(4))).isEqualTo(expected);
  }

  @Test
  default void aPartitionKeyThatDoesNotExistIsAnEmptyScan() {
    Bytes nobody = fresh("nobody");
    assertThat(scanned(blocking(), nobody, ScanOptions.all())).isEmpty();
    assertThat(scanned(blocking(), nobody, ScanOptions.all().reversed().withPrefix(bytes("a")))).isEmpty();
    ScanPage page = blocking().scan(ScanRequest.of(nobody, ScanOptions.all()));
    assertThat(page.entries()).isEmpty();
    assertThat(page.more()).isFalse();
  }

  @Test
  default void aPartitionKeyWhoseKeysAreAllDeletedIsAnEmptyScan() {
    Bytes partitionKey = fresh("scan");
    load(blocking(), partitionKey, keys(0, 20));
    applied(blocking().commit(partitionKey, List.of(),
        keys(0, 20).stream().<Mutation>map(Mutation.Delete::new).toList()));
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all().withBatchSize(3))).isEmpty();
    assertThat(scanned(blocking(), partitionKey, ScanOptions.all().withBatchSize(3).reversed())).isEmpty();
  }

  @Test
  default void deletedKeysInTheMiddleDoNotCutAScanShort() {
    Bytes partitionKey = fresh("scan");
    load(blocking(), partitionKey, keys(0, 60));
    applied(blocking().commit(partitionKey, List.of(),
        keys(5, 55).stream().<Mutation>map(Mutation.Delete::new).toList()));
    List<Bytes> left = new ArrayList<>(keys(0, 5));
    left.addAll(keys(55, 60));
    for (int batchSize : new int[] {1, 3, 5, 100}) {
      assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withBatchSize(batchSize)))).isEqualTo(left);
      assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withBatchSize(batchSize).reversed())))
          .isEqualTo(left.reversed());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 95, 99})
  default void theLastKeyDeletedInMidScanIsNoError(int batchSize) {
    Bytes partitionKey = fresh("scan-a");
    Bytes other = fresh("scan-b");
    load(blocking(), partitionKey, keys(0, 100));
    load(blocking(), other, keys(0, 100));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withBatchSize(batchSize))) {
      List<Bytes> seen = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        assertThat(entries.next()).isTrue();
        seen.add(entries.entry().key());
      }
      blocking().delete(partitionKey, key(99));
      seen.addAll(keysOf(drained(entries)));
      assertThat(seen).hasSizeBetween(99, 100).startsWith(keys(0, 99).toArray(new Bytes[0]));
      assertThat(keys(0, 100)).containsAll(seen);
    }
    assertThat(keysOf(scanned(blocking(), other, ScanOptions.all()))).isEqualTo(keys(0, 100));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10})
  default void everythingBehindTheReaderDeletedInMidScanIsAGoodEnd(int batchSize) {
    Bytes partitionKey = fresh("scan");
    load(blocking(), partitionKey, keys(0, 20));
    try (EntryIterator entries = blocking().scan(partitionKey, ScanOptions.all().withBatchSize(batchSize))) {
      for (int i = 0; i < batchSize; i++) {
        assertThat(entries.next()).isTrue();
      }
      applied(blocking().commit(partitionKey, List.of(),
          keys(batchSize, 20).stream().<Mutation>map(Mutation.Delete::new).toList()));
      // The next page, if there is another read, is empty; what was read ahead may still be given.
      List<Bytes> rest = keysOf(drained(entries));
      assertThat(rest).isEqualTo(keys(batchSize, batchSize + rest.size()));
    }
  }

  @Test
  default void aPrefixNeverLeaksANeighbourPrefixOrPartitionKey() {
    Bytes m = fresh("m");
    Bytes ma = concat(m, bytes("a"));
    Bytes l = fresh("l");
    List<Bytes> keys = List.of(bytes("l"), bytes("lz"), bytes("m"), Bytes.hex("6d00"), bytes("m/"), bytes("ma"),
        bytes("mab"), Bytes.hex("6dff"), Bytes.hex("6dffff"), bytes("n"), bytes("na"));
    for (Bytes partitionKey : List.of(m, ma, l)) {
      load(blocking(), partitionKey, keys);
    }
    for (Bytes partitionKey : List.of(m, ma)) {
      assertThat(scanned(blocking(), partitionKey, ScanOptions.all()))
          .hasSize(keys.size()).allMatch(entry -> entry.partitionKey().equals(partitionKey));
      for (Bytes prefix : List.of(bytes("m"), bytes("ma"), bytes("mab"), bytes("mb"), Bytes.hex("6dff"), bytes("n"),
          bytes("l"), bytes("o"), Bytes.EMPTY)) {
        List<Bytes> expected = keys.stream().filter(key -> key.startsWith(prefix)).toList();
        for (int batchSize : new int[] {0, 1, 2}) {
          ScanOptions options = ScanOptions.all().withPrefix(prefix).withBatchSize(batchSize);
          assertThat(keysOf(scanned(blocking(), partitionKey, options))).isEqualTo(expected);
          assertThat(keysOf(scanned(blocking(), partitionKey, options.reversed()))).isEqualTo(expected.reversed());
        }
      }
    }
  }

  @Test
  default void keysAreOrderedAsUnsignedBytes() {
    Bytes partitionKey = fresh("order");
    List<Bytes> ordered = List.of(Bytes.hex("00"), Bytes.hex("0000"), Bytes.hex("00ff"), Bytes.hex("01"),
        bytes("A"), bytes("a"), bytes("a").successor(), bytes("aa"), Bytes.hex("61ff"), bytes("b"), Bytes.hex("7f"),
        Bytes.hex("80"), Bytes.hex("c3a9"), Bytes.hex("fe"), Bytes.hex("feff"), Bytes.hex("ff"), Bytes.hex("ff00"),
        Bytes.hex("ffff"));
    load(blocking(), partitionKey, ordered.reversed());
    for (int batchSize : new int[] {0, 1, 5}) {
      ScanOptions options = ScanOptions.all().withBatchSize(batchSize);
      assertThat(keysOf(scanned(blocking(), partitionKey, options))).isEqualTo(ordered);
      assertThat(keysOf(scanned(blocking(), partitionKey, options.reversed()))).isEqualTo(ordered.reversed());
    }
    assertThat(keysOf(scanned(blocking(), partitionKey, ScanOptions.all().withPrefix(Bytes.hex("ff")))))
        .containsExactly(Bytes.hex("ff"), Bytes.hex("ff00"), Bytes.hex("ffff"));
    ScanOptions upperHalf = ScanOptions.all().withStart(Bytes.hex("7f")).withEnd(Bytes.hex("fe"));
    assertThat(keysOf(scanned(blocking(), partitionKey, upperHalf)))
        .containsExactly(Bytes.hex("7f"), Bytes.hex("80"), Bytes.hex("c3a9"));
  }

  @Test
  default void aPageNeverHoldsMoreThanAskedAndSaysWhetherThereMayBeMore() {
    Bytes partitionKey = fresh("page");
    load(blocking(), partitionKey, keys(0, 10));
    for (boolean reverse : new boolean[] {false, true}) {
      ScanOptions options = reverse ? ScanOptions.all().reversed() : ScanOptions.all();
      ScanRequest request = ScanRequest.of(partitionKey, options.withBatchSize(4));
      List<Bytes> seen = new ArrayList<>();
      ScanPage page = blocking().scan(request);
      for (int reads = 1; ; reads++) {
        assertThat(page.entries()).hasSizeLessThanOrEqualTo(4);
        assertThat(page.position().servedBy()).isNotEmpty();
        seen.addAll(keysOf(page.entries()));
        if (!page.more()) {
          break;
        }
        assertThat(reads).as("a page that promises more leads on").isLessThan(20);
        page = blocking().scan(request.next(seen.getLast(), page.snapshotId()));
      }
      assertThat(seen).isEqualTo(reverse ? keys(0, 10).reversed() : keys(0, 10));
    }
  }

  @Test
  default void anEmptyRangeIsAnEmptyPage() {
    Bytes partitionKey = fresh("page");
    load(blocking(), partitionKey, keys(0, 10));
    for (KeyRange range : List.of(new KeyRange(key(5), Optional.of(key(5))),
        new KeyRange(key(6), Optional.of(key(5))), new KeyRange(key(3).successor(), Optional.of(key(4))))) {
      for (boolean reverse : new boolean[] {false, true}) {
        ScanRequest whole = ScanRequest.of(partitionKey, ScanOptions.all());
        ScanPage page = blocking().scan(new ScanRequest(partitionKey, range, 10, reverse, false, whole.consistency(),
            false, Optional.empty()));
        assertThat(page.entries()).as("%s", range).isEmpty();
        assertThat(page.more()).isFalse();
      }
    }
  }
}
