package io.logfold.projector.table.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Get;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableSnapshot;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.PostgresServer;
import io.logfold.projector.testing.TableContract;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

/** The contract against a real Postgres, and what is particular to this driver. */
class PostgresTableTest extends TableContract {
  private static final Bytes PK = Bytes.utf8("pk");

  private final String prefix = PostgresServer.freshPrefix();

  /** The URL of a table with this prefix. */
  protected String url(String prefix) {
    return PostgresServer.shared().url(prefix);
  }

  @Override
  protected Table open(String store, int partitions) {
    return Tables.open(url(prefix), store, partitions);
  }

  @Override
  protected boolean shared() {
    return true;
  }

  /** Bytes that do not compress: an index row of text could be far larger than what is stored of it. */
  @Test
  void theLargestKeysFitTheIndexAlsoWhereTheyDoNotCompress() {
    Random random = new Random(1);
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      changes.add(new RowChange(random(random, Limits.MAX_PARTITION_KEY_BYTES), random(random, Limits.MAX_KEY_BYTES),
          Optional.of(random(random, 1_000)), 1));
    }
    Table table = opened(Tables.open(url(prefix), Steps.STORE, 1));
    table.apply(0, changes, Steps.at(0), Steps.at(1));
    for (RowChange change : changes) {
      assertThat(table.get(0, change.partitionKey(), List.of(change.key())).rows())
          .containsExactly(Optional.of(new Row(change.key(), change.value().orElseThrow(), 1)));
    }
    assertThat(table.partitionKeys(0, Optional.empty(), 50))
        .isEqualTo(changes.stream().map(RowChange::partitionKey).sorted().toList());
  }

  /** 25 rows of 390 KiB: 11 fill a page. */
  @Test
  void pagesOfTheLargestRowsEndAtTheirBytesAndSayExactlyWhetherThereIsMore() {
    Random random = new Random(2);
    Table table = opened(Tables.open(url(prefix), Steps.STORE, 1));
    for (int i = 0; i < 25; i++) {
      table.apply(0, List.of(new RowChange(PK, Bytes.utf8("k" + (char) ('a' + i)),
          Optional.of(random(random, Limits.MAX_VALUE_BYTES)), i + 1)), Steps.at(i), Steps.at(i + 1));
    }
    for (boolean reverse : new boolean[] {false, true}) {
      List<Integer> pages = new ArrayList<>();
      List<Long> revisions = new ArrayList<>();
      KeyRange rest = KeyRange.ALL;
      TablePage page = table.scan(0, PK, rest, Limits.MAX_PAGE_ENTRIES, reverse, false);
      while (true) {
        pages.add(page.rows().size());
        page.rows().forEach(row -> revisions.add(row.revision()));
        if (!page.more()) {
          break;
        }
        rest = rest.beyond(page.rows().getLast().key(), reverse);
        page = table.scan(0, PK, rest, Limits.MAX_PAGE_ENTRIES, reverse, false);
      }
      assertThat(pages).containsExactly(11, 11, 3);
      assertThat(revisions).hasSize(25).isSortedAccordingTo(
          reverse ? java.util.Comparator.reverseOrder() : java.util.Comparator.naturalOrder());
    }
    // The page is full with its last row, and the range ends there.
    TablePage exact = table.scan(0, PK, new KeyRange(Bytes.EMPTY, Optional.of(Bytes.utf8("kl"))), 99, false, false);
    assertThat(exact.rows()).hasSize(11);
    assertThat(exact.more()).isFalse();
    assertThat(table.scan(0, PK, KeyRange.ALL, 99, false, true).rows()).hasSize(25);
    PartitionPage rows = table.rows(0, Optional.of(new RowId(PK, Bytes.utf8("kb"))), 99);
    assertThat(rows.rows()).hasSize(11);
    assertThat(rows.rows().get(0).id()).isEqualTo(new RowId(PK, Bytes.utf8("kc")));
    assertThat(rows.more()).isTrue();
    assertThat(rows.checkpoint()).isEqualTo(Steps.at(25));
    assertThat(table.rows(0, Optional.of(new RowId(PK, Bytes.utf8("kn"))), 11).more()).isFalse();
  }

  @Test
  void rowsOfAPartitionComeInTheOrderOfTheirPairs() {
    Table table = opened(Tables.open(url(prefix), Steps.STORE, 2));
    List<RowId> ids = new ArrayList<>();
    List<RowChange> changes = new ArrayList<>();
    for (String partitionKey : List.of("00", "0000", "61", "6100", "61ff", "ff")) {
      for (String key : List.of("00", "7f", "80", "ff", "ff00")) {
        ids.add(new RowId(Bytes.hex(partitionKey), Bytes.hex(key)));
        changes.add(new RowChange(Bytes.hex(partitionKey), Bytes.hex(key), Optional.of(PK), 1));
      }
    }
    table.apply(0, changes.reversed(), Steps.at(0), Steps.at(1));
    for (int limit : new int[] {1, 4, 5, 29, 30, 31}) {
      List<RowId> found = new ArrayList<>();
      PartitionPage page = table.rows(0, Optional.empty(), limit);
      page.rows().forEach(row -> found.add(row.id()));
      while (page.more()) {
        page = table.rows(0, Optional.of(found.getLast()), limit);
        assertThat(page.rows()).isNotEmpty();
        page.rows().forEach(row -> found.add(row.id()));
      }
      assertThat(found).isEqualTo(ids);
    }
    assertThat(table.rows(1, Optional.empty(), 9).rows()).isEmpty();
  }

  /** As the driver's sessions plan: before there are any statistics, and by the primary key all the same. */
  @Test
  void everyStatementGoesByAnIndex() throws SQLException {
    table();
    Statements sql = new Statements(prefix);
    List<String> statements = new ArrayList<>(List.of(sql.checkpoint, sql.get, sql.getOne, sql.getAll, sql.partitionKeys,
        sql.rows()));
    for (int i = 0; i < 8; i++) {
      statements.add(sql.scan((i & 1) > 0, (i & 2) > 0, (i & 4) > 0));
    }
    for (int i = 0; i < 4; i++) {
      statements.add(sql.apply((i & 1) > 0, (i & 2) > 0));
    }
    PGSimpleDataSource source = Connections.source(PostgresUrl.parse(URI.create(url(prefix)), name -> null), "plans");
    // Or the parameters would be looked for outside the statement.
    source.setPreferQueryMode(PreferQueryMode.SIMPLE);
    try (Connection connection = source.getConnection(); Statement explain = connection.createStatement()) {
      Connections.prepare(connection);
      for (String each : statements) {
        StringBuilder plan = new StringBuilder(each + "\n");
        try (ResultSet lines = explain.executeQuery("EXPLAIN (GENERIC_PLAN) " + numbered(each))) {
          while (lines.next()) {
            plan.append(lines.getString(1)).append('\n');
          }
        }
        assertThat(plan.toString()).contains("Index").doesNotContain("Seq Scan", "Bitmap", "Hash", "Merge", "Disabled");
        if (each.equals(sql.getOne) || each.equals(sql.getAll)) {
          assertThat(plan.toString()).containsPattern("Index Scan using " + prefix + "checkpoint_pkey")
              .containsPattern("Index Scan using " + prefix + "rows_pkey");
        }
        if (each.contains("LATERAL") || each.equals(sql.getOne)) {
          assertThat(plan.toString()).containsPattern(
              "Index Cond: \\(\\(partition = .*\\) AND \\(partition_key = .*\\) AND \\(item_key = .*\\)\\)");
        }
        // The recursion's result alone is sorted, not the rows.
        assertThat(plan.toString().contains("Sort Key")).as(plan.toString()).isEqualTo(each.equals(sql.partitionKeys));
      }
    }
  }

  /** As EXPLAIN wants its parameters. */
  private static String numbered(String sql) {
    StringBuilder numbered = new StringBuilder();
    int parameters = 0;
    for (char c : sql.toCharArray()) {
      numbered.append(c == '?' ? "$" + ++parameters : String.valueOf(c));
    }
    return numbered.toString();
  }

  @Test
  void snapshotsAreBoundedAndDoNotTakeTheConnectionsOfReads() {
    Table table = opened(Tables.open(url(prefix) + "&pool=1&snapshots=2", Steps.STORE, 1));
    try (TableSnapshot one = table.snapshot(0).orElseThrow(); TableSnapshot two = table.snapshot(0).orElseThrow()) {
      assertThatThrownBy(() -> table.snapshot(0)).isInstanceOfSatisfying(StoreException.class,
          e -> assertThat(e.code()).isEqualTo(ErrorCode.SLOW_DOWN));
      Steps.apply(table, 0, 4);
      assertThat(Steps.assertFolded(table)).isEqualTo(4);
      assertThat(one.checkpoint()).isEqualTo(two.checkpoint()).isEqualTo(Steps.at(0));
    }
    try (TableSnapshot next = table.snapshot(0).orElseThrow()) {
      assertThat(next.checkpoint()).isEqualTo(Steps.at(4));
    }
  }

  @Test
  void aPartitionWhoseCheckpointSomebodyRemovedIsNotReadAsEmpty() {
    apply(table(), 0, 0, 1, put("pk", "a", "1", 1));
    Get there = new Get(0, PK, List.of(Bytes.utf8("a")));
    Get gone = new Get(2, PK, List.of(Bytes.utf8("a")));
    PostgresServer.shared().execute("DELETE FROM " + prefix + "checkpoint WHERE partition = 2");
    assertThatThrownBy(() -> table().get(2, PK, gone.keys())).isInstanceOf(TableException.class)
        .hasMessageContaining("partition 2 has no row");
    assertThatThrownBy(() -> table().getAll(List.of(there, gone))).isInstanceOf(TableException.class)
        .hasMessageContaining("partition 2 has no row");
    assertThat(table().getAll(List.of(there, there))).hasSize(2);
  }

  private static Bytes random(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }
}
