package io.logfold.projector.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.ApplyLimits;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableSnapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The largest of everything that is legal, the smallest, and histories that nobody thought of. */
abstract class TableLimitsContract extends TableKit {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final int LARGE = 300 << 10;

  /** 90 mutations and 3 MiB under the longest partition key: legal for the store, so it must fit into one apply. */
  @Test
  void theLargestCommitIsOneApply() {
    Bytes partitionKey = bytes(Limits.MAX_PARTITION_KEY_BYTES, 1);
    int value = Limits.MAX_COMMIT_BYTES / Limits.MAX_COMMIT_MUTATIONS - Limits.MAX_KEY_BYTES;
    TreeMap<Bytes, Row> expected = new TreeMap<>();
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < Limits.MAX_COMMIT_MUTATIONS; i++) {
      Bytes key = bytes(Limits.MAX_KEY_BYTES, 1_000 + i);
      changes.add(put(partitionKey, key, bytes(value, i), 1));
      expected.put(key, new Row(key, bytes(value, i), 1));
    }
    table().apply(0, changes, at(0, 0), at(0, 1));
    assertThat(table().get(0, partitionKey, changes.stream().map(RowChange::key).toList()).rows())
        .isEqualTo(changes.stream().map(change -> Optional.ofNullable(expected.get(change.key()))).toList());
    assertThat(table().scan(0, partitionKey, KeyRange.ALL, Limits.MAX_PAGE_ENTRIES, false, false).rows())
        .containsExactlyElementsOf(expected.values());
  }

  @Test
  void applyLimitsLeaveRoomForAnyEventAndAreKept() {
    ApplyLimits limits = table().applyLimits();
    assertThat(limits.changes()).isGreaterThanOrEqualTo(Limits.MAX_COMMIT_MUTATIONS);
    assertThat(limits.bytes()).isGreaterThanOrEqualTo(
        Limits.MAX_COMMIT_BYTES + (long) Limits.MAX_COMMIT_MUTATIONS * Limits.MAX_PARTITION_KEY_BYTES);
    assertThat(limits.changesAndPartitionKeys()).isGreaterThan(Limits.MAX_COMMIT_MUTATIONS);
    int rows = Math.min(Math.min(limits.changes(), limits.changesAndPartitionKeys() - 1), 3_000);
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      changes.add(put(PK, Bytes.utf8("key-" + (10_000 + i)), Bytes.utf8("v" + i), 1));
    }
    table().apply(0, changes, at(0, 0), at(0, 1));
    TablePage page = table().scan(0, PK, KeyRange.ALL, Limits.MAX_PAGE_ENTRIES, false, false);
    assertThat(page.more()).isFalse();
    assertThat(page.rows()).isEqualTo(
        changes.stream().map(change -> new Row(change.key(), change.value().orElseThrow(), 1)).toList());
    table().apply(0, changes.stream().map(change -> delete("pk", change.key().utf8(), 2)).toList(), at(0, 1), at(0, 2));
    assertThat(table().partitionKeys(0, Optional.empty(), 1)).isEmpty();
  }

  /** What lies behind the longest key begins with one byte more than a key may have. */
  @Test
  void pagesGoOnBehindTheLongestKeys() {
    Bytes longest = bytes(Limits.MAX_KEY_BYTES, 'k');
    Bytes longestPartitionKey = bytes(Limits.MAX_PARTITION_KEY_BYTES, 'k');
    Bytes last = Bytes.hex("FFFF");
    table().apply(0, List.of(put(longestPartitionKey, longest, Bytes.EMPTY, 1),
        put(longestPartitionKey, last, Bytes.EMPTY, 1), put(last, last, Bytes.EMPTY, 1)), at(0, 0), at(0, 1));
    KeyRange behind = KeyRange.ALL.beyond(longest, false);
    assertThat(table().scan(0, longestPartitionKey, behind, 5, false, false).rows()).extracting(Row::key)
        .containsExactly(last);
    KeyRange before = new KeyRange(Bytes.EMPTY, Optional.of(longest.successor()));
    assertThat(table().scan(0, longestPartitionKey, before, 5, true, false).rows()).extracting(Row::key)
        .containsExactly(longest);
    assertThat(table().partitionKeys(0, Optional.of(longestPartitionKey), 5)).containsExactly(last);
    assertThat(table().rows(0, Optional.of(new RowId(longestPartitionKey, longest)), 5).rows())
        .extracting(Table.RowOf::id).containsExactly(new RowId(longestPartitionKey, last), new RowId(last, last));
  }

  @Test
  void aPageOfLargeRowsEndsEarlyInBothDirections() {
    List<Long> all = new ArrayList<>();
    for (long lsn = 0; lsn < 18; lsn++) {
      apply(table(), 0, lsn, lsn + 1, put(PK, Bytes.utf8("key-" + (char) ('a' + lsn)), bytes(LARGE, lsn), lsn + 1));
      all.add(lsn + 1);
    }
    for (boolean reverse : new boolean[] {false, true}) {
      List<Long> found = new ArrayList<>();
      KeyRange rest = KeyRange.ALL;
      int pages = 0;
      TablePage page;
      do {
        page = table().scan(0, PK, rest, Limits.MAX_PAGE_ENTRIES, reverse, false);
        assertThat((long) page.rows().size() * LARGE).isLessThan(Table.PAGE_BYTES + 2L * LARGE);
        page.rows().forEach(row -> found.add(row.revision()));
        rest = rest.beyond(page.rows().getLast().key(), reverse);
        pages++;
      } while (page.more());
      assertThat(found).isEqualTo(reverse ? all.reversed() : all);
      assertThat(pages).isGreaterThan(1);
    }
    assertThat(table().scan(0, PK, KeyRange.ALL, 20, false, true).rows()).hasSize(18);
  }

  @Test
  void aBatchWithoutRowsMovesTheCheckpointAndARevisionMayBeAnyNumber() {
    apply(table(), 0, 0, 3);
    apply(table(), 0, 3, 9, put(PK, PK, Bytes.EMPTY, Long.MAX_VALUE));
    assertThat(row(table(), 0, PK, PK)).contains(new Row(PK, Bytes.EMPTY, Long.MAX_VALUE));
    assertThat(table().checkpoint(0)).isEqualTo(at(0, 9));
  }

  @Test
  void snapshotsOfSeveralMomentsStandBesideEachOther() {
    assumeTrue(snapshots(), "this table offers no snapshots");
    List<TableSnapshot> snapshots = new ArrayList<>();
    try {
      for (int lsn = 0; lsn < 5; lsn++) {
        snapshots.add(table().snapshot(0).orElseThrow());
        apply(table(), 0, lsn, lsn + 1, put(PK, Bytes.utf8("k" + lsn), Bytes.EMPTY, lsn + 1),
            put("pk", "all", "v" + lsn, lsn + 1), delete("pk", "k" + (lsn - 2), lsn + 1));
        apply(table(), 1, lsn, lsn + 1, put("other", "k", "v" + lsn, lsn + 1));
      }
      for (int lsn = 4; lsn >= 0; lsn--) {
        assertThat(snapshots.get(lsn).checkpoint()).isEqualTo(at(0, lsn));
        List<Row> rows = snapshots.get(lsn).scan(PK, KeyRange.ALL, 9, false, false).rows();
        assertThat(rows).hasSize(lsn == 0 ? 0 : Math.min(lsn, 2) + 1);
        assertThat(rows.stream().mapToLong(Row::revision).max().orElse(0)).isEqualTo(lsn);
        assertThat(snapshots.get(lsn).scan(Bytes.utf8("other"), KeyRange.ALL, 9, false, false).rows()).isEmpty();
        snapshots.get(lsn).close();
      }
    } finally {
      snapshots.forEach(TableSnapshot::close);
    }
  }

  /** Puts and deletes at random, of keys at which encodings fail; then every way to read, against sorted maps. */
  @Test
  void aRandomHistoryLeavesWhatSortedMapsHave() {
    long seed = 20261122;
    Random random = new Random(seed);
    List<Bytes> names = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      names.add(randomName(random));
    }
    List<Bytes> partitionKeys = names.subList(0, 5);
    Map<Bytes, TreeMap<Bytes, Row>> model = new TreeMap<>();
    for (long lsn = 1; lsn <= 30; lsn++) {
      Map<RowId, RowChange> batch = new LinkedHashMap<>();
      for (int i = random.nextInt(12); i >= 0; i--) {
        RowId id = new RowId(pick(partitionKeys, random), pick(names, random));
        Optional<Bytes> value = random.nextInt(3) == 0 ? Optional.empty() : Optional.of(bytes(random.nextInt(40), i));
        batch.put(id, new RowChange(id.partitionKey(), id.key(), value, lsn));
      }
      for (RowChange change : batch.values()) {
        TreeMap<Bytes, Row> rows = model.computeIfAbsent(change.partitionKey(), none -> new TreeMap<>());
        rows.remove(change.key());
        change.value().ifPresent(value -> rows.put(change.key(), new Row(change.key(), value, change.revision())));
      }
      table().apply(0, List.copyOf(batch.values()), at(0, lsn - 1), at(0, lsn));
    }
    model.values().removeIf(Map::isEmpty);
    assertThat(table().partitionKeys(0, Optional.empty(), 99)).containsExactlyElementsOf(model.keySet());
    for (Bytes partitionKey : partitionKeys) {
      TreeMap<Bytes, Row> rows = model.getOrDefault(partitionKey, new TreeMap<>());
      List<Bytes> distinct = names.stream().distinct().toList();
      assertThat(table().get(0, partitionKey, distinct).rows()).as("seed %s", seed)
          .isEqualTo(distinct.stream().map(key -> Optional.ofNullable(rows.get(key))).toList());
      for (int i = 0; i < 12; i++) {
        KeyRange range = new KeyRange(pick(names, random),
            random.nextInt(4) == 0 ? Optional.empty() : Optional.of(pick(names, random)));
        boolean reverse = random.nextBoolean();
        int limit = 1 + random.nextInt(8);
        List<Row> expected = new ArrayList<>(rows.values().stream().filter(row -> range.contains(row.key())).toList());
        expected = reverse ? expected.reversed() : expected;
        TablePage page = table().scan(0, partitionKey, range, limit, reverse, false);
        assertThat(page.rows()).as("seed %s, %s of %s", seed, range, partitionKey)
            .isEqualTo(expected.subList(0, Math.min(limit, expected.size())));
        assertThat(page.more()).isEqualTo(expected.size() > limit);
      }
    }
  }

  /** Up to four bytes of those that separate, escape, sign or end something somewhere. */
  private static Bytes randomName(Random random) {
    byte[] letters = {0, 1, '/', '\\', '%', 'a', 0x7F, (byte) 0x80, (byte) 0xC3, (byte) 0xFE, (byte) 0xFF};
    byte[] name = new byte[1 + random.nextInt(4)];
    for (int i = 0; i < name.length; i++) {
      name[i] = letters[random.nextInt(letters.length)];
    }
    return Bytes.wrap(name);
  }

  private static Bytes pick(List<Bytes> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }

  /** So many bytes that do not compress, the same for the same seed. */
  private static Bytes bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }
}
