package io.logfold.projector.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Get;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableRead;
import io.logfold.projector.table.Table.TableSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link Table} (T1 to T5) as tests. A driver's own test extends this and says how to open its table;
 * each test gets a new instance of that class, so a fresh table is a fresh folder or schema in a field.
 */
public abstract class TableContract extends TableRowsContract {
  private static final Bytes PK = Bytes.utf8("pk");

  // --- rows

  @Test
  void aNewTableIsEmptyAndStandsAtTheBeginning() {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      assertThat(table().checkpoint(partition)).isEqualTo(Checkpoint.empty(STORE, partition));
      assertThat(table().partitionKeys(partition, Optional.empty(), 10)).isEmpty();
      TableRead read = table().get(partition, PK, List.of(Bytes.utf8("a"), Bytes.utf8("b")));
      assertThat(read.rows()).containsExactly(Optional.empty(), Optional.empty());
      assertThat(read.checkpoint()).isEqualTo(Checkpoint.empty(STORE, partition));
      TablePage page = table().scan(partition, PK, KeyRange.ALL, 10, false, false);
      assertThat(page).isEqualTo(new TablePage(List.of(), false, Checkpoint.empty(STORE, partition)));
    }
  }

  @Test
  void rowsComeBackWithTheirRevisionsInTheOrderAskedFor() {
    apply(0, 0, 7, put("pk", "a", "1", 5), put("pk", "b", "", 6), put("pk", "c", "3", 7));
    TableRead read = table().get(0, PK, List.of(Bytes.utf8("c"), Bytes.utf8("x"), Bytes.utf8("b"), Bytes.utf8("a")));
    assertThat(read.rows())
        .containsExactly(rowOf("c", "3", 7), Optional.empty(), rowOf("b", "", 6), rowOf("a", "1", 5));
    assertThat(read.checkpoint()).isEqualTo(at(0, 7));
  }

  @Test
  void aLaterChangeReplacesARowAndADeleteEndsIt() {
    apply(0, 0, 2, put("pk", "a", "1", 1), put("pk", "b", "2", 2));
    apply(0, 2, 4, put("pk", "a", "new", 3), delete("pk", "b", 4));
    assertThat(row(0, "pk", "a")).isEqualTo(rowOf("a", "new", 3));
    assertThat(row(0, "pk", "b")).isEmpty();
    apply(0, 4, 5, delete("pk", "never", 5));
    apply(0, 5, 6, put("pk", "b", "again", 6));
    assertThat(row(0, "pk", "b")).isEqualTo(rowOf("b", "again", 6));
  }

  @Test
  void theLargestAndTheEmptyValueComeBackAsTheyWere() {
    byte[] large = new byte[Limits.MAX_VALUE_BYTES];
    for (int i = 0; i < large.length; i++) {
      large[i] = (byte) (i * 31 + (i >> 8));
    }
    Bytes longestKey = filled(Limits.MAX_KEY_BYTES, 0xFF);
    Bytes longestPartitionKey = filled(Limits.MAX_PARTITION_KEY_BYTES, 0x00);
    apply(1, 0, 2, put(longestPartitionKey, longestKey, Bytes.wrap(large), 1),
        put(longestPartitionKey, Bytes.utf8("e"), Bytes.EMPTY, 2));
    assertThat(row(table(), 1, longestPartitionKey, longestKey))
        .contains(new Row(longestKey, Bytes.wrap(large), 1));
    assertThat(row(table(), 1, longestPartitionKey, Bytes.utf8("e"))).isEqualTo(rowOf("e", "", 2));
    assertThat(table().partitionKeys(1, Optional.empty(), 2)).containsExactly(longestPartitionKey);
    assertThat(table().scan(1, longestPartitionKey, KeyRange.ALL, 5, true, false).rows()).extracting(Row::key)
        .containsExactly(longestKey, Bytes.utf8("e"));
  }

  @Test
  void aReadOfManyKeysFindsEachOfThem() {
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < Limits.MAX_GET_KEYS; i++) {
      keys.add(Bytes.utf8("key-" + i));
    }
    for (int i = 0; i < 90; i++) {
      apply(0, i, i + 1L, put(PK, keys.get(i * 11), Bytes.utf8("v" + i), i + 1));
    }
    List<Optional<Row>> rows = table().get(0, PK, keys).rows();
    assertThat(rows).hasSize(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      boolean written = i % 11 == 0 && i / 11 < 90;
      assertThat(rows.get(i)).isEqualTo(written
          ? Optional.of(new Row(keys.get(i), Bytes.utf8("v" + i / 11), i / 11 + 1)) : Optional.empty());
    }
  }

  @Test
  void aReadOfOneKeyTellsTheCheckpointWhetherTheKeyIsThereOrNot() {
    assertThat(table().get(1, PK, List.of(Bytes.utf8("a")))).isEqualTo(
        new TableRead(List.of(Optional.empty()), Checkpoint.empty(STORE, 1)));
    apply(1, 0, 7, put("pk", "a", "1", 5), put("pk", "b", "", 6));
    apply(2, 0, 3, put(shared(2), "a", "2", 3));
    assertThat(table().get(1, PK, List.of(Bytes.utf8("a")))).isEqualTo(new TableRead(List.of(rowOf("a", "1", 5)), at(1, 7)));
    assertThat(table().get(1, PK, List.of(Bytes.utf8("b")))).isEqualTo(new TableRead(List.of(rowOf("b", "", 6)), at(1, 7)));
    assertThat(table().get(1, PK, List.of(Bytes.utf8("x"))))
        .isEqualTo(new TableRead(List.of(Optional.empty()), at(1, 7)));
    assertThat(table().get(1, Bytes.utf8("nothing"), List.of(Bytes.utf8("a"))))
        .isEqualTo(new TableRead(List.of(Optional.empty()), at(1, 7)));
  }

  @Test
  void severalGetsAtOnceAreEachAnsweredAsTheyAreAlone() {
    Bytes zero = Bytes.utf8(shared(0));
    Bytes one = Bytes.utf8(shared(1));
    Bytes a = Bytes.utf8("a");
    apply(0, 0, 7, put(shared(0), "a", "1", 5), put(shared(0), "b", "", 6), put("second", "a", "3", 7));
    apply(1, 0, 2, put(shared(1), "a", "4", 2));
    List<Get> gets = List.of(
        new Get(1, one, List.of(a)),
        new Get(0, zero, List.of(Bytes.utf8("b"), Bytes.utf8("x"), a, Bytes.utf8("b"))),
        new Get(0, Bytes.utf8("second"), List.of(a)),
        new Get(0, zero, List.of(a)),
        new Get(1, one, List.of(Bytes.utf8("b"))),
        new Get(0, Bytes.utf8("nothing"), List.of(a)),
        new Get(3, Bytes.utf8(shared(3)), List.of(a)));
    assertThat(table().getAll(gets)).containsExactly(
        new TableRead(List.of(rowOf("a", "4", 2)), at(1, 2)),
        new TableRead(List.of(rowOf("b", "", 6), Optional.empty(), rowOf("a", "1", 5), rowOf("b", "", 6)), at(0, 7)),
        new TableRead(List.of(rowOf("a", "3", 7)), at(0, 7)),
        new TableRead(List.of(rowOf("a", "1", 5)), at(0, 7)),
        new TableRead(List.of(Optional.empty()), at(1, 2)),
        new TableRead(List.of(Optional.empty()), at(0, 7)),
        new TableRead(List.of(Optional.empty()), Checkpoint.empty(STORE, 3)));
    for (Get get : gets) {
      assertThat(table().getAll(List.of(get)))
          .containsExactly(table().get(get.partition(), get.partitionKey(), get.keys()));
    }
    assertThat(table().getAll(List.of())).isEmpty();
    assertThat(table().getsTogether()).isPositive();
  }

  @Test
  void partitionsDoNotSeeEachOther() {
    for (int p = 0; p < PARTITIONS; p++) {
      apply(p, 0, p + 1, put(shared(p), "k", "of " + p, p + 1), put("only" + p, "k", "", p + 1));
    }
    apply(2, 3, 9, delete(shared(2), "k", 9));
    for (int p = 0; p < PARTITIONS; p++) {
      assertThat(row(p, shared(p), "k")).isEqualTo(p == 2 ? Optional.empty() : rowOf("k", "of " + p, p + 1));
      assertThat(table().checkpoint(p)).isEqualTo(at(p, p == 2 ? 9 : p + 1));
      List<Bytes> expected =
          p == 2 ? List.of(Bytes.utf8("only2")) : List.of(Bytes.utf8("only" + p), Bytes.utf8(shared(p)));
      assertThat(table().partitionKeys(p, Optional.empty(), 10)).isEqualTo(expected);
    }
  }

  /** The same partition key in all partitions, where the table allows that. */
  private String shared(int partition) {
    return partitionKeysInSeveralPartitions() ? "pk" : "pk" + partition;
  }

  // --- T5: bytes, order, pairs

  @Test
  void keysAreOrderedAsUnsignedBytes() {
    List<Bytes> keys = awkwardKeys();
    List<RowChange> changes = new ArrayList<>();
    keys.forEach(key -> changes.add(put(PK, key, key, 1)));
    table().apply(0, changes.reversed(), at(0, 0), at(0, 1));
    assertThat(table().scan(0, PK, KeyRange.ALL, 100, false, false).rows()).extracting(Row::key).isEqualTo(keys);
    assertThat(table().scan(0, PK, KeyRange.ALL, 100, true, false).rows()).extracting(Row::key)
        .isEqualTo(keys.reversed());
    for (Bytes key : keys) {
      assertThat(row(table(), 0, PK, key)).contains(new Row(key, key, 1));
    }
    List<TableRead> together = table().getAll(keys.stream().map(key -> new Get(0, PK, List.of(key))).toList());
    assertThat(together).extracting(read -> read.rows().get(0).orElseThrow().key()).isEqualTo(keys);
  }

  @Test
  void partitionKeysAreOrderedAsUnsignedBytes() {
    List<Bytes> partitionKeys = awkwardKeys();
    List<RowChange> changes = new ArrayList<>();
    partitionKeys.forEach(key -> changes.add(put(key, Bytes.utf8("k"), key, 1)));
    table().apply(0, changes, at(0, 0), at(0, 1));
    assertThat(table().partitionKeys(0, Optional.empty(), 100)).isEqualTo(partitionKeys);
    List<Bytes> paged = new ArrayList<>();
    Optional<Bytes> after = Optional.empty();
    for (int i = 0; i <= partitionKeys.size(); i++) {
      List<Bytes> page = table().partitionKeys(0, after, 1);
      paged.addAll(page);
      after = page.isEmpty() ? after : Optional.of(page.get(0));
    }
    assertThat(paged).isEqualTo(partitionKeys);
    for (Bytes partitionKey : partitionKeys) {
      assertThat(table().scan(0, partitionKey, KeyRange.ALL, 5, false, false).rows())
          .containsExactly(new Row(Bytes.utf8("k"), partitionKey, 1));
    }
  }

  @Test
  void aPairOfKeysNeverCollidesWithAnotherPair() {
    List<Bytes> parts = awkwardKeys();
    for (Bytes partitionKey : parts) {
      List<RowChange> changes = new ArrayList<>();
      parts.forEach(key -> changes.add(put(partitionKey, key, pair(partitionKey, key), 1)));
      long lsn = parts.indexOf(partitionKey);
      table().apply(0, changes, at(0, lsn), at(0, lsn + 1));
    }
    for (Bytes partitionKey : parts) {
      assertThat(table().scan(0, partitionKey, KeyRange.ALL, 100, false, false).rows())
          .isEqualTo(parts.stream().map(key -> new Row(key, pair(partitionKey, key), 1)).toList());
    }
    apply(0, parts.size(), parts.size() + 1L, delete("a", "b", 9));
    assertThat(row(0, "a", "b")).isEmpty();
    assertThat(table().scan(0, Bytes.utf8("a"), KeyRange.ALL, 100, false, false).rows()).hasSize(parts.size() - 1);
    assertThat(table().scan(0, Bytes.utf8("ab"), KeyRange.ALL, 100, false, false).rows()).hasSize(parts.size());
  }

  // --- scans

  @Test
  void aScanKeepsToItsRangeInBothDirections() {
    tenRows();
    assertScan(range("k3", "k6"), "k3", "k4", "k5");
    assertScan(range("k3", ""), "k3", "k4", "k5", "k6", "k7", "k8", "k9");
    assertScan(range("", "k2"), "k0", "k1");
    assertScan(range("k35", "k55"), "k4", "k5");
    assertScan(range("k6", "k3"));
    assertScan(range("k3", "k3"));
    assertScan(range("z", ""));
    assertScan(range("a", "b"));
    assertScan(KeyRange.prefix(Bytes.utf8("k7")), "k7");
    assertThat(table().scan(0, Bytes.utf8("p"), KeyRange.ALL, 10, false, false).rows()).isEmpty();
    assertThat(table().scan(0, Bytes.utf8("pk2"), KeyRange.ALL, 10, false, false).rows()).hasSize(1);
  }

  @Test
  void aScanStopsAtItsLimitAndSaysWhetherThereIsMore() {
    tenRows();
    for (boolean reverse : new boolean[] {false, true}) {
      for (int limit : new int[] {1, 3, 9}) {
        TablePage page = table().scan(0, PK, KeyRange.ALL, limit, reverse, false);
        assertThat(page.rows()).hasSize(limit);
        assertThat(page.more()).as("limit %s", limit).isTrue();
      }
      assertThat(table().scan(0, PK, KeyRange.ALL, 10, reverse, false).more()).isFalse();
      assertThat(table().scan(0, PK, KeyRange.ALL, 11, reverse, false).more()).isFalse();
      assertThat(table().scan(0, PK, range("k2", "k5"), 3, reverse, false).more()).isFalse();
      assertThat(table().scan(0, PK, range("k2", "k5"), 2, reverse, false).more()).isTrue();
    }
  }

  @Test
  void pagesPutTogetherAreTheWholeScan() {
    tenRows();
    for (boolean reverse : new boolean[] {false, true}) {
      for (int limit = 1; limit <= 4; limit++) {
        List<Row> all = new ArrayList<>();
        KeyRange rest = KeyRange.ALL;
        TablePage page = table().scan(0, PK, rest, limit, reverse, false);
        all.addAll(page.rows());
        while (page.more() && all.size() < 20) {
          rest = rest.beyond(page.rows().getLast().key(), reverse);
          page = table().scan(0, PK, rest, limit, reverse, false);
          all.addAll(page.rows());
        }
        assertThat(all).isEqualTo(table().scan(0, PK, KeyRange.ALL, 10, reverse, false).rows());
      }
    }
  }

  @Test
  void aScanOfKeysOnlyCarriesRevisionsAndNoValues() {
    apply(0, 0, 2, put("pk", "a", "value", 1), put("pk", "b", "value", 2));
    assertThat(table().scan(0, PK, KeyRange.ALL, 10, false, true).rows()).containsExactly(
        new Row(Bytes.utf8("a"), Bytes.EMPTY, 1), new Row(Bytes.utf8("b"), Bytes.EMPTY, 2));
  }

  @Test
  void aPartitionKeyIsListedAsLongAsItHasRows() {
    apply(0, 0, 3, put("a", "1", "", 1), put("b", "1", "", 2), put("b", "2", "", 3));
    apply(0, 3, 4, delete("b", "1", 4));
    assertThat(table().partitionKeys(0, Optional.empty(), 10)).containsExactly(Bytes.utf8("a"), Bytes.utf8("b"));
    apply(0, 4, 5, delete("b", "2", 5));
    assertThat(table().partitionKeys(0, Optional.empty(), 10)).containsExactly(Bytes.utf8("a"));
    assertThat(table().partitionKeys(0, Optional.of(Bytes.utf8("a")), 10)).isEmpty();
    apply(0, 5, 6, put("b", "3", "", 6));
    assertThat(table().partitionKeys(0, Optional.of(Bytes.utf8("aa")), 10)).containsExactly(Bytes.utf8("b"));
  }

  // --- T2, T4: checkpoints

  @Test
  void aCheckpointComesBackWithAllItsParts() {
    apply(3, 0, 20);
    assertThat(table().checkpoint(3)).isEqualTo(at(3, 20));
    apply(3, 20, 21, put("pk", "a", "", 21));
    assertThat(table().checkpoint(3)).isEqualTo(at(3, 21));
  }

  @Test
  void applyFromAWrongCheckpointChangesNothing() {
    apply(0, 0, 5, put("pk", "a", "1", 5));
    List<Checkpoint> wrong =
        List.of(at(0, 0), at(0, 4), at(0, 6), Checkpoints.forked(STORE, 0, 5), Checkpoints.forked(STORE, 0, 6));
    for (Checkpoint from : wrong) {
      assertThatThrownBy(() -> table().apply(0,
          List.of(put("pk", "a", "wrong", 9), put("other", "b", "wrong", 9), delete("pk", "a", 9)).subList(0, 2),
          from, at(0, 9))).isInstanceOf(CheckpointMovedException.class).hasMessageContaining("partition 0");
      assertThatThrownBy(() -> table().apply(0, List.of(delete("pk", "a", 9)), from, at(0, 9)))
          .isInstanceOf(CheckpointMovedException.class);
    }
    assertThat(table().checkpoint(0)).isEqualTo(at(0, 5));
    assertThat(row(0, "pk", "a")).isEqualTo(rowOf("a", "1", 5));
    assertThat(table().partitionKeys(0, Optional.empty(), 9)).containsExactly(PK);
    apply(0, 5, 6, delete("pk", "a", 6));
    assertThat(row(0, "pk", "a")).isEmpty();
  }

  @Test
  void whatWasAppliedIsThereAfterOpeningAgain() {
    assumeTrue(durable(), "this table ends with its process");
    apply(0, 0, 3, put("pk", "a", "1", 1), put("pk", "b", "2", 2), put("q", "c", "", 3));
    apply(0, 3, 4, delete("pk", "a", 4));
    apply(2, 0, 8, put("pk", "z", "26", 8));
    reopened();
    assertThat(table().checkpoint(0)).isEqualTo(at(0, 4));
    assertThat(table().checkpoint(1)).isEqualTo(at(1, 0));
    assertThat(table().checkpoint(2)).isEqualTo(at(2, 8));
    assertThat(row(0, "pk", "a")).isEmpty();
    assertThat(row(0, "pk", "b")).isEqualTo(rowOf("b", "2", 2));
    assertThat(row(2, "pk", "z")).isEqualTo(rowOf("z", "26", 8));
    assertThat(table().partitionKeys(0, Optional.empty(), 9)).containsExactly(PK, Bytes.utf8("q"));
    apply(0, 4, 5, put("pk", "a", "back", 5));
    assertThat(row(0, "pk", "a")).isEqualTo(rowOf("a", "back", 5));
  }

  @Test
  void theTableOfAnotherStoreIsRefusedAndLeftAlone() {
    assumeTrue(durable(), "this table ends with its process");
    apply(0, 0, 1, put("pk", "a", "1", 1));
    table().close();
    assertThatThrownBy(() -> opened(open("another", PARTITIONS))).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(e).hasMessageContaining("another").hasMessageContaining(STORE);
    });
    assertThatThrownBy(() -> opened(open(STORE, PARTITIONS + 1))).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    reopened();
    assertThat(row(0, "pk", "a")).isEqualTo(rowOf("a", "1", 1));
  }

  // --- snapshots and the end

  @Test
  void aSnapshotStaysAsItWasWhileTheTableMovesOn() {
    assumeTrue(snapshots(), "this table offers no snapshots");
    tenRows();
    try (TableSnapshot snapshot = table().snapshot(0).orElseThrow()) {
      apply(0, 1, 3, delete("pk", "k3", 2), put("pk", "k4", "new", 3), put("pk", "k41", "new", 3));
      assertThat(snapshot.checkpoint()).isEqualTo(at(0, 1));
      TablePage first = snapshot.scan(PK, KeyRange.ALL, 4, false, false);
      apply(0, 3, 4, delete("pk", "k5", 4), delete("pk2", "x", 4));
      TablePage rest = snapshot.scan(PK, KeyRange.ALL.beyond(first.rows().getLast().key(), false), 10, false, false);
      assertThat(first.more()).isTrue();
      assertThat(keys(first.rows())).containsExactly("k0", "k1", "k2", "k3");
      assertThat(keys(rest.rows())).containsExactly("k4", "k5", "k6", "k7", "k8", "k9");
      assertThat(rest.rows()).allSatisfy(row -> assertThat(row.revision()).isEqualTo(1));
      assertThat(rest.checkpoint()).isEqualTo(at(0, 1));
      assertThat(keys(snapshot.scan(PK, range("k3", "k6"), 2, true, true).rows())).containsExactly("k5", "k4");
      assertThat(snapshot.scan(Bytes.utf8("pk2"), KeyRange.ALL, 4, false, false).rows()).hasSize(1);
    }
    assertThat(keys(table().scan(0, PK, range("k3", "k6"), 9, false, false).rows())).containsExactly("k4", "k41");
  }

  @Test
  void aClosedTableSaysSoAndClosingAgainIsHarmless() {
    apply(0, 0, 1, put("pk", "a", "1", 1));
    Table closed = table();
    Optional<TableSnapshot> snapshot = closed.snapshot(0);
    closed.close();
    closed.close();
    assertClosed(() -> closed.get(0, PK, List.of(PK)));
    assertClosed(() -> closed.getAll(List.of(new Get(0, PK, List.of(PK)), new Get(1, PK, List.of(PK)))));
    assertClosed(() -> closed.scan(0, PK, KeyRange.ALL, 1, false, false));
    assertClosed(() -> closed.partitionKeys(0, Optional.empty(), 1));
    assertClosed(() -> closed.rows(0, Optional.empty(), 1));
    assertClosed(() -> closed.snapshot(0));
    assertClosed(() -> closed.checkpoint(0));
    assertClosed(() -> apply(closed, 0, 1, 2));
    snapshot.ifPresent(open -> {
      assertClosed(open::checkpoint);
      assertClosed(() -> open.scan(PK, KeyRange.ALL, 1, false, false));
      open.close();
    });
  }

  @Test
  void aClosedSnapshotSaysSoAndClosingAgainIsHarmless() {
    assumeTrue(snapshots(), "this table offers no snapshots");
    TableSnapshot snapshot = table().snapshot(0).orElseThrow();
    snapshot.close();
    snapshot.close();
    assertClosed(snapshot::checkpoint);
    assertClosed(() -> snapshot.scan(PK, KeyRange.ALL, 1, false, false));
    apply(0, 0, 1, put("pk", "a", "1", 1));
    assertThat(row(0, "pk", "a")).isEqualTo(rowOf("a", "1", 1));
  }

  private static void assertClosed(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
  }

  private void assertScan(KeyRange range, String... expected) {
    List<String> ascending = Arrays.asList(expected);
    assertThat(keys(table().scan(0, PK, range, 20, false, false).rows())).isEqualTo(ascending);
    assertThat(keys(table().scan(0, PK, range, 20, true, false).rows())).isEqualTo(ascending.reversed());
  }

  private void tenRows() {
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      changes.add(put("pk", "k" + i, "v" + i, 1));
    }
    changes.add(put("pk2", "x", "", 1));
    changes.add(put("pj", "y", "", 1));
    table().apply(0, changes, at(0, 0), at(0, 1));
  }

  private static KeyRange range(String start, String end) {
    return new KeyRange(Bytes.utf8(start), end.isEmpty() ? Optional.empty() : Optional.of(Bytes.utf8(end)));
  }

  /** In order; made to trip escapes, terminators, signs and text. */
  private static List<Bytes> awkwardKeys() {
    return List.of(Bytes.hex("00"), Bytes.hex("0000"), Bytes.hex("0001"), Bytes.hex("00ff"), Bytes.hex("01"),
        Bytes.hex("0100"), Bytes.utf8("/"), Bytes.utf8("a"), Bytes.hex("6100"), Bytes.hex("610000"),
        Bytes.hex("610001"), Bytes.hex("6100ff"), Bytes.hex("6101"), Bytes.utf8("a/b"), Bytes.utf8("ab"),
        Bytes.utf8("b"), Bytes.hex("7f"), Bytes.hex("80"), Bytes.hex("c3a9"), Bytes.hex("ff"),
        Bytes.hex("ff00"), Bytes.hex("ffff"));
  }

  private static Bytes pair(Bytes partitionKey, Bytes key) {
    return Bytes.utf8(partitionKey.hex() + "/" + key.hex());
  }

  private static Bytes filled(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return Bytes.wrap(bytes);
  }
}
