package io.logfold.projector.table.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.KeyRange;
import io.logfold.log.testing.FaultyLink;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.TableSnapshot;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that break, servers that die, projectors that pause: the table stays the fold of the log. */
class PostgresTroubleTest {
  private final String prefix = PostgresServer.freshPrefix();

  private Table open(String url) {
    return Tables.open(url, Steps.STORE, 1);
  }

  private String url() {
    return PostgresServer.shared().url(prefix);
  }

  /** Whatever byte of the exchange was the last, the batch is there whole or not at all. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBatchKilledBetweenAnyTwoStepsIsThereWholeOrNotAtAll(boolean towardsServer) throws Exception {
    try (FaultyLink proxy = new FaultyLink(PostgresServer.shared().port());
        Table table = open(url().replace(":" + PostgresServer.shared().port(), ":" + proxy.port()) + "&pool=1")) {
      long lsn = 0;
      int applied = 0;
      int lost = 0;
      int survived = 0;
      for (int bytes = 0; survived < 3 && bytes < 8_000; bytes += towardsServer ? 61 : 7) {
        long before = lsn;
        await().ignoreExceptionsInstanceOf(TableException.class)
            .until(() -> table.checkpoint(0).at().lsn() == before);
        if (towardsServer) {
          proxy.cutAfterToServer(bytes);
        } else {
          proxy.cutAfterToClient(bytes);
        }
        try {
          Steps.apply(table, lsn, lsn + 2);
          survived++;
          lsn += 2;
        } catch (TableException e) {
          assertThat(e).isNotInstanceOf(CheckpointMovedException.class)
              .hasMessageContaining("Postgres table at 127.0.0.1");
        }
        proxy.heal();
        await().ignoreExceptionsInstanceOf(TableException.class).until(() -> Steps.assertFolded(table) >= before);
        long now = Steps.assertFolded(table);
        assertThat(now).isBetween(lsn, before + 2);
        applied += now > lsn ? 1 : 0;
        lost += now == before ? 1 : 0;
        lsn = now;
      }
      assertThat(survived).as("batches that were not cut").isEqualTo(3);
      assertThat(towardsServer ? lost : applied).as("batches cut before, or after, their commit").isPositive();
    }
  }

  @Test
  void twoProjectorsWhoseConnectionsAreKilledMakeTheSameTableAsOne() throws Exception {
    int last = 120;
    AtomicInteger working = new AtomicInteger(2);
    try (Table one = open(url() + "&pool=1"); Table two = open(url() + "&pool=1");
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<Integer>> projectors = List.of(
          threads.submit(() -> project(one, 2, last, working)), threads.submit(() -> project(two, 3, last, working)));
      Future<Integer> killed = threads.submit(() -> {
        Random random = new Random(7);
        int kills = 0;
        while (working.get() > 0) {
          kills += Integer.parseInt(PostgresServer.shared().query("SELECT count(pg_terminate_backend(pid)) FROM"
              + " pg_stat_activity, pg_sleep(" + random.nextInt(30) / 1000.0
              + ") WHERE application_name = 'logfold steps'"));
        }
        return kills;
      });
      int applied = 0;
      for (Future<Integer> each : projectors) {
        applied += each.get(60, TimeUnit.SECONDS);
      }
      assertThat(killed.get(60, TimeUnit.SECONDS)).isPositive();
      assertThat(applied).isLessThanOrEqualTo(last);
      await().ignoreExceptionsInstanceOf(TableException.class).until(() -> Steps.assertFolded(one) == last);
    }
  }

  /** Returns how many events it knows to have applied. */
  private static int project(Table table, int step, int last, AtomicInteger working) {
    try {
      int applied = 0;
      while (true) {
        try {
          long lsn = Steps.assertFolded(table);
          if (lsn == last) {
            return applied;
          }
          long to = Math.min(last, lsn + step);
          Steps.apply(table, lsn, to);
          applied += (int) (to - lsn);
        } catch (TableException e) {
          // Only the table knows what was applied: ask it.
        }
      }
    } finally {
      working.decrementAndGet();
    }
  }

  /** Somebody is in the middle of the same batch, with the checkpoint's row changed and not committed, and sleeps. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofTwoInTheMiddleOfTheSameBatchExactlyOneWins(boolean sleeperCommits) throws Exception {
    try (Table table = open(url()); Connection sleeper = PostgresServer.shared().connect();
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Steps.apply(table, 0, 5);
      sleeper.setAutoCommit(false);
      try (PreparedStatement move = sleeper.prepareStatement("UPDATE " + prefix
          + "checkpoint SET position = ?, lsn = ?, hash = ?, record = ? WHERE partition = 0");
          Statement row = sleeper.createStatement()) {
        move.setLong(1, Steps.at(6).at().position());
        move.setLong(2, 6);
        move.setBytes(3, Steps.at(6).at().hash().bytes().toArray());
        move.setBytes(4, io.logfold.log.CheckpointCodec.encode(Steps.at(6)).toArray());
        assertThat(move.executeUpdate()).isEqualTo(1);
        row.execute("INSERT INTO " + prefix + "rows VALUES (0, 'pk', 'k6', 'v6', 6)");
        row.execute("DELETE FROM " + prefix + "rows WHERE item_key = 'k2'");
      }
      Future<?> other = threads.submit(() -> Steps.apply(table, 5, 7));
      await().until(() -> PostgresServer.shared().query("SELECT count(*) FROM pg_stat_activity WHERE application_name ="
          + " 'logfold steps' AND wait_event_type = 'Lock'").equals("1"));
      assertThat(Steps.assertFolded(table)).isEqualTo(5);
      if (sleeperCommits) {
        sleeper.commit();
        assertThatThrownBy(() -> other.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(CheckpointMovedException.class);
        assertThat(Steps.assertFolded(table)).isEqualTo(6);
      } else {
        sleeper.rollback();
        other.get(30, TimeUnit.SECONDS);
        assertThat(Steps.assertFolded(table)).isEqualTo(7);
      }
    }
  }

  @Test
  @Tag("slow")
  void aCallThatWaitsForALockEndsByItselfAndTheNextOneWorks() throws Exception {
    try (Table table = open(url()); Connection other = PostgresServer.shared().connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE " + prefix + "checkpoint");
      assertThatThrownBy(() -> Steps.apply(table, 0, 1)).isInstanceOf(TableException.class)
          .isNotInstanceOf(CheckpointMovedException.class).hasMessageContaining("55P03");
      other.rollback();
      Steps.apply(table, 0, 1);
      assertThat(Steps.assertFolded(table)).isEqualTo(1);
    }
  }

  @Test
  void aSnapshotWhoseConnectionDiesSaysSoAndTheNextOneWorks() {
    try (Table table = open(url())) {
      Steps.apply(table, 0, 3);
      try (TableSnapshot snapshot = table.snapshot(0).orElseThrow()) {
        assertThat(PostgresServer.shared().query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
            + " application_name = 'logfold steps' AND state = 'idle in transaction'")).isEqualTo("1");
        assertThatThrownBy(() -> snapshot.scan(Steps.PK, KeyRange.ALL, 9, false, false))
            .isInstanceOf(TableException.class).hasMessageContaining("snapshot");
      }
      try (TableSnapshot snapshot = table.snapshot(0).orElseThrow()) {
        assertThat(snapshot.checkpoint()).isEqualTo(Steps.at(3));
      }
    }
  }

  /** T4 the hard way, and the way back: the server's processes are killed, and it starts on the same port. */
  @Test
  void whatApplyReturnedFromSurvivesTheServersDeathAndTheTableReconnectsByItself() throws Exception {
    try (PostgresServer server = PostgresServer.start(); Table table = open(server.url(prefix) + "&pool=2")) {
      for (long lsn = 0; lsn < 50; lsn++) {
        Steps.apply(table, lsn, lsn + 1);
      }
      server.kill();
      assertThatThrownBy(() -> Steps.apply(table, 50, 51)).isInstanceOf(TableException.class)
          .hasMessageContaining("127.0.0.1:" + server.port());
      server.startAgain();
      await().ignoreExceptionsInstanceOf(TableException.class).until(() -> Steps.assertFolded(table) == 50);
      Steps.apply(table, 50, 51);
      assertThat(Steps.assertFolded(table)).isEqualTo(51);
      server.stop();
      server.startAgain();
      await().ignoreExceptionsInstanceOf(TableException.class).until(() -> Steps.assertFolded(table) == 51);
    }
  }
}
