package io.logfold.projector.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.projector.Reservation;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.RowOf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows of a whole partition, and checkpoints that stand before the beginning: what copies and comparisons need. */
abstract class TableRowsContract extends TableConcurrencyContract {

  @Test
  void aNewTableHasNoRows() {
    assertThat(table().rows(0, Optional.empty(), 10))
        .isEqualTo(new PartitionPage(List.of(), false, Checkpoint.empty(STORE, 0)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1_000})
  void theRowsOfAPartitionComeInOrderOnceEachWhateverThePage(int limit) {
    TreeMap<RowId, Row> expected = new TreeMap<>();
    int lsn = 0;
    for (Bytes partitionKey : awkward()) {
      List<RowChange> changes = new ArrayList<>();
      List<RowChange> neighbours = new ArrayList<>();
      for (Bytes key : awkward()) {
        long revision = expected.size() + 1;
        Bytes value = Bytes.utf8("v" + revision);
        changes.add(put(partitionKey, key, value, revision));
        neighbours.add(put(partitionKey, key.successor(), value, revision));
        expected.put(new RowId(partitionKey, key), new Row(key, value, revision));
      }
      table().apply(1, changes, at(1, lsn), at(1, lsn + 1));
      if (partitionKeysInSeveralPartitions()) {
        table().apply(0, neighbours, at(0, lsn), at(0, lsn + 1));
        table().apply(2, neighbours, at(2, lsn), at(2, lsn + 1));
      }
      lsn++;
    }
    List<RowOf> found = new ArrayList<>();
    Optional<RowId> after = Optional.empty();
    PartitionPage page;
    do {
      page = table().rows(1, after, limit);
      assertThat(page.rows()).hasSizeLessThanOrEqualTo(limit);
      assertThat(page.checkpoint()).isEqualTo(at(1, lsn));
      found.addAll(page.rows());
      if (page.more()) {
        after = Optional.of(page.rows().getLast().id());
      }
    } while (page.more());
    assertThat(found).extracting(RowOf::id).containsExactlyElementsOf(expected.keySet());
    assertThat(found).extracting(RowOf::row).containsExactlyElementsOf(expected.values());
  }

  @Test
  void rowsGoOnBehindARowThatIsNotThere() {
    apply(0, 0, 4, put("a", "k", "1", 1), put("b", "k", "2", 2), put("b", "m", "3", 3), put("d", "k", "4", 4));
    assertThat(names(new RowId(Bytes.utf8("b"), Bytes.utf8("l")))).containsExactly("b/m", "d/k");
    assertThat(names(new RowId(Bytes.utf8("b"), Bytes.utf8("z")))).containsExactly("d/k");
    assertThat(names(new RowId(Bytes.utf8("c"), Bytes.utf8("a")))).containsExactly("d/k");
    assertThat(names(new RowId(Bytes.utf8("z"), Bytes.utf8("a")))).isEmpty();
  }

  @Test
  void aPageOfLargeRowsEndsEarlyAndSaysSo() {
    Bytes large = Bytes.wrap(new byte[300 << 10]);
    for (int i = 0; i < 20; i++) {
      apply(0, i, i + 1L, put(Bytes.utf8("pk" + i / 7), Bytes.utf8("key" + (char) ('a' + i)), large, i + 1));
    }
    int rows = 0;
    int pages = 0;
    Optional<RowId> after = Optional.empty();
    PartitionPage page;
    do {
      page = table().rows(0, after, 1_000);
      long bytes = page.rows().stream().mapToLong(row -> row.row().value().size()).sum();
      assertThat(bytes).isLessThan((4 << 20) + 2 * (300 << 10));
      rows += page.rows().size();
      pages++;
      after = page.rows().isEmpty() ? after : Optional.of(page.rows().getLast().id());
    } while (page.more());
    assertThat(rows).isEqualTo(20);
    assertThat(pages).isGreaterThan(1);
  }

  /** A replay that fills a table has its checkpoint there meanwhile. */
  @Test
  void aCheckpointMayStandBeforeTheBeginning() {
    Checkpoint mine = Reservation.of(STORE, 0, Long.MIN_VALUE + 4711);
    Checkpoint another = Reservation.of(STORE, 0, -1);
    table().apply(0, List.of(), Checkpoint.empty(STORE, 0), mine);
    assertThat(table().checkpoint(0)).isEqualTo(mine);
    table().apply(0, List.of(put("pk", "k", "v", 3)), mine, mine);
    assertThat(row(0, "pk", "k")).isEqualTo(rowOf("k", "v", 3));
    assertThat(table().rows(0, Optional.empty(), 5).checkpoint()).isEqualTo(mine);
    assertThatThrownBy(() -> table().apply(0, List.of(), another, at(0, 3)))
        .isInstanceOf(CheckpointMovedException.class);
    assertThatThrownBy(
        () -> table().apply(0, List.of(), Checkpoint.empty(STORE, 0), at(0, 3)))
        .isInstanceOf(CheckpointMovedException.class);
    table().apply(0, List.of(delete("pk", "k", 3)), mine, Checkpoint.empty(STORE, 0));
    assertThat(table().rows(0, Optional.empty(), 5))
        .isEqualTo(new PartitionPage(List.of(), false, Checkpoint.empty(STORE, 0)));
    table().apply(0, List.of(), Checkpoint.empty(STORE, 0), at(0, 3));
  }

  private List<String> names(RowId after) {
    return table().rows(0, Optional.of(after), 10).rows().stream()
        .map(row -> row.partitionKey().utf8() + "/" + row.row().key().utf8()).toList();
  }

  /** In order; where one begins as another does, and with bytes that encodings use as separators. */
  private static List<Bytes> awkward() {
    return List.of(Bytes.hex("00"), Bytes.hex("0000"), Bytes.hex("0001"), Bytes.hex("00FF"), Bytes.hex("01"),
        Bytes.utf8("a"), Bytes.hex("6100"), Bytes.hex("610000"), Bytes.hex("610001"), Bytes.hex("6101"),
        Bytes.utf8("a/b"), Bytes.utf8("ab"), Bytes.hex("FF"), Bytes.hex("FF00"), Bytes.hex("FFFF"));
  }
}
