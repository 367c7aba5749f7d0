package io.logfold.projector.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableRead;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Projectors that race, die, and write beside readers: whoever moves the checkpoint moves the rows, as a whole. */
abstract class TableProjectorsContract extends TableLimitsContract {
  private static final int RIVALS = 4;
  private static final int ROUNDS = 15;
  private static final int EVENTS = 40;
  private static final Bytes FIRST = Bytes.utf8("first");
  private static final Bytes SECOND = Bytes.utf8("second");

  /**
   * All want to move the same checkpoint, each with rows of its own. A driver that writes rows before it has won leaves
   * the loser's behind; one that looks first and moves later lets two of them win.
   */
  @Test
  void ofManyThatMoveTheSameCheckpointOneWinsWithAllItsRows() throws Exception {
    List<Table> tables = new ArrayList<>(List.of(table()));
    while (tables.size() < RIVALS) {
      tables.add(tables.size() % 2 == 1 ? second() : table());
    }
    CyclicBarrier start = new CyclicBarrier(RIVALS);
    for (int round = 0; round < ROUNDS; round++) {
      long lsn = round;
      List<Callable<Boolean>> rivals = new ArrayList<>();
      for (int i = 0; i < RIVALS; i++) {
        int rival = i;
        rivals.add(() -> {
          start.await(30, TimeUnit.SECONDS);
          return wins(() -> tables.get(rival).apply(0, rowsOf(rival, lsn + 1), at(0, lsn), at(0, lsn + 1)));
        });
      }
      List<Boolean> won = atOnce(rivals);
      assertThat(won).containsOnlyOnce(true);
      int winner = won.indexOf(true);
      assertThat(table().checkpoint(0)).isEqualTo(at(0, lsn + 1));
      assertThat(table().scan(0, Bytes.utf8("pk"), KeyRange.ALL, 50, false, false).rows())
          .isEqualTo(rowsOf(winner, lsn + 1).stream().filter(change -> change.value().isPresent())
              .map(change -> new Row(change.key(), change.value().orElseThrow(), lsn + 1)).toList());
    }
  }

  /** Every rival ends the others' rows and puts its own, so that any mixture shows. */
  private static List<RowChange> rowsOf(int rival, long revision) {
    List<RowChange> changes = new ArrayList<>();
    for (int each = 0; each < RIVALS; each++) {
      for (int i = 0; i < 3; i++) {
        String key = "k" + each + "-" + i;
        changes.add(each == rival ? put("pk", key, "r" + rival, revision) : delete("pk", key, revision));
      }
    }
    return changes;
  }

  @Test
  void partitionsMoveBesideEachOther() throws Exception {
    Table first = table();
    Table other = second();
    List<Callable<Boolean>> projectors = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      int partition = p;
      Table mine = p % 2 == 0 ? first : other;
      projectors.add(() -> {
        for (long lsn = 0; lsn < ROUNDS; lsn++) {
          apply(mine, partition, lsn, lsn + 1, put("pk" + partition, "a", "v" + lsn, lsn + 1),
              lsn % 2 == 0 ? put("pk" + partition, "b", "", lsn + 1) : delete("pk" + partition, "b", lsn + 1));
        }
        return true;
      });
    }
    assertThat(atOnce(projectors)).containsOnly(true);
    for (int p = 0; p < PARTITIONS; p++) {
      assertThat(table().checkpoint(p)).isEqualTo(at(p, ROUNDS));
      assertThat(table().scan(p, Bytes.utf8("pk" + p), KeyRange.ALL, 5, false, false).rows()).containsExactly(
          rowOf("a", "v" + (ROUNDS - 1), ROUNDS).orElseThrow(), rowOf("b", "", ROUNDS).orElseThrow());
      assertThat(table().partitionKeys(p, Optional.empty(), 5)).containsExactly(Bytes.utf8("pk" + p));
    }
  }

  /**
   * Each event moves the one row from one key to the other, so that put, delete and put again follow each other at
   * both. A get is of one moment: it finds one row. And no read may tell a checkpoint newer than what it saw (T3),
   * since the leader forgets what it believes to be there.
   */
  @Test
  void noReadTellsACheckpointNewerThanItsRows() throws Exception {
    Bytes pk = Bytes.utf8("pk");
    apply(0, 0, 1, put("pk", "second", "1", 1), put("pk", "stays", "1", 1));
    AtomicBoolean writing = new AtomicBoolean(true);
    Callable<Boolean> writer = () -> {
      try {
        for (long lsn = 1; lsn < EVENTS; lsn++) {
          String from = lsn % 2 == 1 ? "second" : "first";
          String to = lsn % 2 == 1 ? "first" : "second";
          apply(0, lsn, lsn + 1, delete("pk", from, lsn + 1), put("pk", to, "" + (lsn + 1), lsn + 1),
              put("pk", "stays", "" + (lsn + 1), lsn + 1));
        }
        return true;
      } finally {
        writing.set(false);
      }
    };
    Callable<Boolean> reader = () -> {
      Table reading = second();
      boolean first = true;
      while (writing.get() || first) {
        first = false;
        TableRead read = reading.get(0, pk, List.of(FIRST, SECOND));
        List<Row> found = read.rows().stream().flatMap(Optional::stream).toList();
        assertThat(found).hasSize(1);
        assertSeen(found, read.checkpoint());
        TablePage page = reading.scan(0, pk, KeyRange.prefix(Bytes.utf8("stays")), 9, false, false);
        assertThat(page.rows()).hasSize(1);
        assertSeen(page.rows(), page.checkpoint());
        PartitionPage rows = reading.rows(0, Optional.empty(), 9);
        assertSeen(rows.rows().stream().map(Table.RowOf::row).filter(row -> row.key().equals(Bytes.utf8("stays")))
            .toList(), rows.checkpoint());
      }
      return true;
    };
    assertThat(atOnce(List.of(writer, reader))).containsOnly(true);
    assertThat(table().checkpoint(0)).isEqualTo(at(0, EVENTS));
  }

  private static void assertSeen(List<Row> rows, Checkpoint checkpoint) {
    assertThat(rows).allSatisfy(
        row -> assertThat(row.revision()).isGreaterThanOrEqualTo(checkpoint.at().lsn()));
  }

  /**
   * T1 and T4 the hard way: a process applies, says so, and is killed wherever it is then; the next one goes on from what
   * the table says.
   */
  @Test
  void whatApplyReturnedFromSurvivesTheDeathOfTheProcess() throws Exception {
    assumeTrue(url().isPresent() && durable(), "no other process can open this table");
    table().close();
    long before = 0;
    for (int applied : new int[] {1, 10, 60}) {
      long said;
      try (TableProcess process =
          TableProcess.start(url().orElseThrow(), STORE, PARTITIONS, processArguments())) {
        long last = process.awaitApplied(applied);
        said = process.kill(last);
      }
      Table table = reopened();
      long lsn = table.checkpoint(0).at().lsn();
      assertThat(lsn).isGreaterThanOrEqualTo(said).isGreaterThan(before);
      assertThat(table.scan(0, TableProcess.partitionKey(), KeyRange.ALL, 50, false, false).rows())
          .containsExactlyElementsOf(TableProcess.foldAt(lsn).values());
      assertThat(table.checkpoint(0)).isEqualTo(at(0, lsn));
      before = lsn;
      table.close();
    }
    reopened();
    long lsn = before;
    assertThatThrownBy(() -> apply(0, lsn - 1, lsn, put("pk", "k", "late", lsn)))
        .isInstanceOf(CheckpointMovedException.class);
    apply(0, lsn, lsn + 1, put("pk", "k", "next", lsn + 1));
    assertThat(row(0, "pk", "k")).isEqualTo(rowOf("k", "next", lsn + 1));
  }

  private static boolean wins(Runnable apply) {
    try {
      apply.run();
      return true;
    } catch (CheckpointMovedException moved) {
      return false;
    }
  }

  private static <T> List<T> atOnce(List<Callable<T>> tasks) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
      List<T> answers = new ArrayList<>();
      for (Future<T> each : threads.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
        answers.add(each.get());
      }
      return answers;
    }
  }
}
