package io.logfold.projector.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.Hash;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import io.logfold.projector.Folded;
import io.logfold.projector.ForwardingTable;
import io.logfold.projector.Histories;
import io.logfold.projector.Reservation;
import io.logfold.projector.replay.Cancellation;
import io.logfold.projector.replay.Replay;
import io.logfold.projector.replay.ReplayOptions;
import io.logfold.projector.replay.Until;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowOf;
import io.logfold.projector.table.Tables;
import io.logfold.projector.verify.Difference.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifyTest {
  private static final String STORE = "s";

  @TempDir private Path folder;
  private final LogBuilder[] histories = {
      Histories.eventful(STORE, 0, 400, 21), Histories.eventful(STORE, 1, 300, 22)};
  private final ScannedLogs logs = new ScannedLogs()
      .with(0, histories[0].records()).with(1, histories[1].records());
  private final Table table = Tables.open("memory:", STORE, 2);

  private void replay(Table into, Until until) {
    new Replay(ReplayOptions.of(STORE, 2).until(until), logs, into).run();
  }

  private void replayAll() {
    replay(table, new Until.EndOfLog());
  }

  private VerifyResult verify(Table which) throws IOException {
    VerifyResult result = new Verify(VerifyOptions.of(STORE, 2, folder), logs, which).run();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("logfold-verify-"))).isEmpty();
    }
    return result;
  }

  private RowOf anyRow(int partition) {
    return table.rows(partition, Optional.empty(), 10).rows().get(5);
  }

  private void damage(int partition, Bytes partitionKey, Bytes key, Optional<Bytes> value, long revision) {
    Checkpoint at = table.checkpoint(partition);
    table.apply(partition, List.of(new RowChange(partitionKey, key, value, revision)), at, at);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "rocksdb:"})
  void aRightTableIsEqualAndItsDigestThatOfItsRows(String driver) throws IOException {
    replayAll();
    Hash expected = digest(table);
    try (Table which = Tables.open(driver.equals("memory:") ? driver : driver + folder.resolve("table"), STORE, 2)) {
      replay(which, new Until.EndOfLog());
      VerifyResult result = verify(which);
      assertThat(result.equal()).isTrue();
      assertThat(result.firstDifferences()).isEmpty();
      for (int p = 0; p < 2; p++) {
        VerifyResult.Partition of = result.partitions().get(p);
        Folded folded = Folded.of(STORE, p, histories[p].records());
        assertThat(of.checkpoint().at()).isEqualTo(folded.state());
        assertThat(of.events()).isEqualTo(folded.events());
        assertThat(of.rows()).isEqualTo(folded.rows().values().stream().mapToLong(Map::size).sum());
        assertThat(of.settled()).isZero();
      }
      assertThat(result.digest()).isEqualTo(expected);
    }
  }

  /** What the digest must be, made without the verifier's scratch table. */
  private static Hash digest(Table table) {
    TreeMap<Integer, Hash> digests = new TreeMap<>();
    for (int p = 0; p < 2; p++) {
      RowDigest digest = new RowDigest(p);
      table.rows(p, Optional.empty(), 100_000).rows().forEach(digest::add);
      digests.put(p, digest.digest());
    }
    return RowDigest.of(digests);
  }

  @Test
  void aTableThatIsBehindTheLogIsVerifiedWhereItStands() throws IOException {
    replay(table, new Until.Position(Map.of(0, 77L)));
    VerifyResult result = verify(table);
    assertThat(result.equal()).isTrue();
    assertThat(result.partitions().get(0).checkpoint().at().lsn()).isEqualTo(77);
    assertThat(result.partitions().get(1).rows()).isZero();
  }

  @Test
  void aMissingRowIsFound() throws IOException {
    replayAll();
    RowOf row = anyRow(1);
    damage(1, row.partitionKey(), row.row().key(), Optional.empty(), 1);
    assertOne(verify(table), new Difference(1, row.id(), Optional.of(row.row()), Optional.empty()), Kind.MISSING_ROW);
  }

  @Test
  void anExtraRowIsFoundAlsoBeforeTheFirstAndBehindTheLast() throws IOException {
    replayAll();
    Hash expected = digest(table);
    damage(0, Bytes.hex("00"), Bytes.utf8("first"), Optional.of(Bytes.utf8("x")), 3);
    damage(0, Bytes.utf8("pk"), Bytes.utf8("k1x"), Optional.of(Bytes.utf8("x")), 3);
    damage(0, Bytes.hex("FF"), Bytes.utf8("last"), Optional.of(Bytes.utf8("x")), 3);
    VerifyResult result = verify(table);
    assertThat(result.equal()).isFalse();
    assertThat(result.differences()).isEqualTo(3);
    assertThat(result.firstDifferences()).extracting(Difference::kind).containsOnly(Kind.EXTRA_ROW);
    assertThat(result.firstDifferences()).extracting(each -> each.id().key().utf8())
        .containsExactly("first", "k1x", "last");
    assertThat(result.digest()).isEqualTo(expected);
  }

  @Test
  void aChangedValueIsFound() throws IOException {
    replayAll();
    RowOf row = anyRow(0);
    damage(0, row.partitionKey(), row.row().key(), Optional.of(Bytes.utf8("changed")), row.row().revision());
    VerifyResult result = verify(table);
    assertOne(result, new Difference(0, row.id(), Optional.of(row.row()),
        Optional.of(new Row(row.row().key(), Bytes.utf8("changed"), row.row().revision()))), Kind.WRONG_VALUE);
    assertThat(result.firstDifferences().get(0)).hasToString("partition 0, partition key \"pk\", key "
        + row.row().key() + ": another value; expected " + row.row().value() + " at revision " + row.row().revision()
        + ", found \"changed\" at revision " + row.row().revision());
  }

  @Test
  void aChangedRevisionIsFound() throws IOException {
    replayAll();
    RowOf row = anyRow(0);
    damage(0, row.partitionKey(), row.row().key(), Optional.of(row.row().value()), row.row().revision() + 1);
    assertOne(verify(table), new Difference(0, row.id(), Optional.of(row.row()), Optional.of(
        new Row(row.row().key(), row.row().value(), row.row().revision() + 1))), Kind.WRONG_REVISION);
  }

  private static void assertOne(VerifyResult result, Difference expected, Kind kind) {
    assertThat(result.complete()).isTrue();
    assertThat(result.equal()).isFalse();
    assertThat(result.differences()).isEqualTo(1);
    assertThat(result.firstDifferences()).containsExactly(expected);
    assertThat(expected.kind()).isEqualTo(kind);
  }

  @Test
  void ofManyDifferencesSomeAreShownAndAllAreCounted() throws IOException {
    replayAll();
    for (int i = 0; i < 2_500; i++) {
      damage(1, Bytes.utf8("pk" + i % 7), Bytes.utf8("extra" + i), Optional.of(Bytes.EMPTY), 1);
    }
    VerifyResult result = new Verify(VerifyOptions.of(STORE, 2, folder).maxDifferences(3), logs, table).run();
    assertThat(result.differences()).isEqualTo(2_500);
    assertThat(result.partitions().get(0).differences()).isZero();
    assertThat(result.firstDifferences()).hasSize(3);
  }

  @Test
  void aTableOfAnotherHistoryIsFound() throws IOException {
    replayAll();
    logs.with(1, Histories.eventful(STORE, 1, 300, 98).records());
    problem(table, 1, "the table belongs to another log");
  }

  @Test
  void aTableAheadOfItsLogIsFound() throws IOException {
    replayAll();
    logs.with(0, histories[0].records().subList(0, 200));
    problem(table, 0, "the log ends at offset 200");
  }

  @Test
  void aTableOfAnotherStoreIsFound() throws IOException {
    try (Table other = Tables.open("memory:", "other", 2)) {
      problem(other, 0, "give this store another table");
    }
  }

  @Test
  void aTableThatIsBeingFilledIsFound() throws IOException {
    table.apply(0, List.of(), Checkpoint.empty(STORE, 0), Reservation.of(STORE, 0, 1));
    problem(table, 0, "filled by a replay that has not ended");
  }

  private void problem(Table which, int partition, String message) throws IOException {
    VerifyResult result = verify(which);
    assertThat(result.complete()).isTrue();
    assertThat(result.equal()).isFalse();
    assertThat(result.partitions().get(partition).problem()).contains(message);
  }

  @Test
  void aLogThatIsAwayIsUnavailableAndNoVerdict() {
    replayAll();
    logs.beforeRecord(count -> logs.away(true));
    assertThatThrownBy(() -> verify(table)).isInstanceOfSatisfying(
        StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  @Test
  void aCancelledVerificationSaysNothing() throws IOException {
    replayAll();
    Verify verify = new Verify(VerifyOptions.of(STORE, 2, folder).threads(1), logs, table);
    logs.beforeRecord(count -> verify.cancel());
    VerifyResult result = verify.run();
    assertThat(result.complete()).isFalse();
    assertThat(result.equal()).isFalse();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  // --- under load

  /** A table that is projected meanwhile: before and behind each read some events of hot keys are applied. */
  private class Moving extends ForwardingTable {
    private final int lsns;
    private final boolean apart;

    /** @param apart whether a read's checkpoint is from before its rows, as T3 allows */
    Moving(int lsns, boolean apart) {
      super(table);
      this.lsns = lsns;
      this.apart = apart;
    }

    void move(int partition) {
      long next = Math.min(histories[partition].lsn(), table.checkpoint(partition).at().lsn() + lsns);
      replay(table, new Until.Position(Map.of(partition, next)));
    }

    @Override
    public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
      move(partition);
      Checkpoint before = table.checkpoint(partition);
      if (apart) {
        move(partition);
      }
      TableRead read = super.get(partition, partitionKey, keys);
      move(partition);
      return new TableRead(read.rows(), apart ? before : read.checkpoint());
    }

    @Override
    public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
      move(partition);
      return super.rows(partition, after, Math.min(4, limit));
    }

    @Override
    public Checkpoint checkpoint(int partition) {
      Checkpoint found = super.checkpoint(partition);
      move(partition);
      return found;
    }
  }

  @ParameterizedTest
  @CsvSource({"1, false", "4, false", "30, false", "1, true", "4, true", "30, true"})
  void aTableThatMovesAllTheTimeIsEqual(int lsns, boolean apart) throws IOException {
    replay(table, new Until.Position(Map.of(0, 60L, 1, 60L)));
    VerifyResult result = verify(new Moving(lsns, apart));
    assertThat(result.firstDifferences()).isEmpty();
    assertThat(result.equal()).isTrue();
    assertThat(result.partitions()).allMatch(each -> each.checkpoint().at().lsn() > 60);
    assertThat(result.partitions()).anyMatch(each -> each.settled() > 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void damageIsFoundInATableThatMovesAllTheTime(boolean apart) throws IOException {
    replay(table, new Until.Position(Map.of(0, 60L, 1, 60L)));
    Bytes cold = Bytes.utf8("cold");
    damage(0, Bytes.utf8("pk"), cold, Optional.of(Bytes.utf8("of nobody")), 9);
    damage(1, Bytes.hex("00"), cold, Optional.of(Bytes.utf8("of nobody")), 70);
    VerifyResult result = verify(new Moving(3, apart));
    assertThat(result.firstDifferences()).extracting(Difference::kind)
        .containsExactly(Kind.EXTRA_ROW, Kind.EXTRA_ROW);
    assertThat(result.differences()).isEqualTo(2);
    assertThat(result.partitions()).allMatch(each -> each.problem().isEmpty() && each.settled() > 0);
  }

  /** A row that is what it was before its read's checkpoint is as wrong as one that never was. */
  @Test
  void aRowThatMissedAnUpdateIsFoundThoughTheTableMoves() throws IOException {
    replay(table, new Until.Position(Map.of(0, 60L, 1, 60L)));
    Table stuck = Tables.open("memory:", STORE, 2);
    replay(stuck, new Until.Position(Map.of(0, 60L, 1, 60L)));
    VerifyResult result = verify(new ForwardingTable(table) {
      @Override
      public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
        replay(table, new Until.EndOfLog());
        return super.rows(partition, after, limit);
      }

      @Override
      public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
        return new TableRead(stuck.get(partition, partitionKey, keys).rows(), table.checkpoint(partition));
      }
    });
    stuck.close();
    assertThat(result.equal()).isFalse();
    assertThat(result.partitions()).allMatch(each -> each.problem().isEmpty() && each.differences() > 5);
    Difference first = result.firstDifferences().get(0);
    assertThat(first.expected()).isEqualTo(
        table.get(first.partition(), first.id().partitionKey(), List.of(first.id().key())).rows().get(0));
  }

  // --- two tables

  @Test
  void twoTablesAtOnePositionAreCompared() {
    replayAll();
    try (Table other = Tables.open("rocksdb:" + folder.resolve("other"), STORE, 2)) {
      replay(other, new Until.EndOfLog());
      VerifyResult same = TableComparison.between(table, other, 2, 10, new Cancellation());
      assertThat(same.equal()).isTrue();
      assertThat(same.digest()).isEqualTo(digest(table));
      RowOf row = anyRow(0);
      damage(0, row.partitionKey(), row.row().key(), Optional.empty(), 1);
      VerifyResult differs = TableComparison.between(other, table, 2, 10, new Cancellation());
      assertThat(differs.equal()).isFalse();
      assertThat(differs.firstDifferences()).containsExactly(
          new Difference(0, row.id(), Optional.of(row.row()), Optional.empty()));
      assertThat(TableComparison.between(table, other, 2, 0, new Cancellation()).differences()).isEqualTo(1);
    }
  }

  @Test
  void tablesAtDifferentPositionsAreNotCompared() {
    replayAll();
    try (Table other = Tables.open("memory:", STORE, 2)) {
      replay(other, new Until.Position(Map.of(0, histories[0].lsn(), 1, 100L)));
      VerifyResult result = TableComparison.between(table, other, 2, 10, new Cancellation());
      assertThat(result.equal()).isFalse();
      assertThat(result.partitions().get(0).problem()).isEmpty();
      assertThat(result.partitions().get(1).problem()).contains("stand at different positions", "LSN 100");
    }
  }

  @Test
  void aTableThatMovesWhileItIsComparedIsSaidToMove() {
    replay(table, new Until.Position(Map.of(0, 60L, 1, 60L)));
    try (Table other = Tables.open("memory:", STORE, 2)) {
      replay(other, new Until.Position(Map.of(0, 60L, 1, 60L)));
      VerifyResult result = TableComparison.between(other, new Moving(1, false), 1, 10, new Cancellation());
      assertThat(result.equal()).isFalse();
      assertThat(result.partitions().get(0).problem()).contains("verify each against the log");
      assertThat(result.firstDifferences()).isEmpty();
    }
  }
}
