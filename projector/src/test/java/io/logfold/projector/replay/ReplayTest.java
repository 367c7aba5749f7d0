package io.logfold.projector.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.projector.FaultyTable;
import io.logfold.projector.Folded;
import io.logfold.projector.ForwardingTable;
import io.logfold.projector.Histories;
import io.logfold.projector.Meter;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest extends ReplayKit {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "rocksdb:"})
  void fromNothingTheTableBecomesTheFoldOfTheLog(String driver) {
    Table table = table(driver.equals("memory:") ? driver : driver + folder.resolve("table"));
    Replay replay = new Replay(options(), logs, table);
    ReplayResult result = replay.run();
    assertFolded(table);
    assertThat(result.complete()).isTrue();
    for (int p = 0; p < 2; p++) {
      ReplayResult.Partition of = result.partitions().get(p);
      assertThat(of.checkpoint()).isEqualTo(table.checkpoint(p));
      assertThat(of.events()).isEqualTo(Folded.of(STORE, p, histories[p].records()).events());
      assertThat(of.records()).isEqualTo(histories[p].records().size());
      assertThat(of.skipped()).isPositive();
      assertThat(of.bytes()).isEqualTo(
          histories[p].records().stream().mapToLong(record -> record.value().size()).sum());
    }
    ReplayProgress progress = replay.progress();
    assertThat(progress.records()).isEqualTo(progress.totalRecords()).isEqualTo(result.records());
    assertThat(progress.events()).isEqualTo(result.events());
    assertThat(progress.partitions()).allMatch(each -> each.position() == each.end());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 100})
  void everyBatchLeavesTheTableAtAFoldOfTheLog(int events) {
    Table table = memory();
    replay(options().batch(new BatchSize(events, 1 << 20)).threads(1), checked(table));
    assertFolded(table);
  }

  @Test
  void aReplayOfAReplayedTableChangesNothingAndThenGoesOn() {
    Table table = memory();
    replay(options(), table);
    assertThat(replay(options(), table).events()).isZero();
    assertFolded(table);
    Histories.addTo(histories[0], 50, 3);
    publish();
    ReplayResult result = replay(options(), table);
    assertFolded(table);
    assertThat(result.partitions().get(1).events()).isZero();
    assertThat(result.partitions().get(0).events()).isBetween(1L, 60L);
  }

  @Test
  void anEmptyLogMakesAnEmptyTable() {
    logs.with(0, List.of()).with(1, List.of());
    Table table = memory();
    assertThat(replay(options(), table).complete()).isTrue();
    assertUntouched(table, 0);
    assertUntouched(table, 1);
  }

  @Test
  void aTableWithLimitsGetsNoBatchAboveThem() {
    Table below = memory();
    Table.ApplyLimits limits = new Table.ApplyLimits(Limits.MAX_COMMIT_MUTATIONS, Long.MAX_VALUE);
    AtomicInteger largest = new AtomicInteger();
    replay(options(), new ForwardingTable(below) {
      @Override
      public ApplyLimits applyLimits() {
        return limits;
      }

      @Override
      public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
        largest.accumulateAndGet(changes.size(), Math::max);
        super.apply(partition, changes, from, to);
      }
    });
    assertThat(largest.get()).isBetween(limits.changes() / 2, limits.changes());
    assertFolded(below);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void cancelledAnywhereItGoesOnFromWhereTheTableStands(long seed) {
    Random random = new Random(seed);
    Table table = memory();
    ReplayResult result;
    int lives = 0;
    do {
      AtomicInteger left = new AtomicInteger(random.nextInt(40 + lives * 20));
      Replay replay = new Replay(smallBatches(), logs, checked(table));
      logs.beforeRecord(count -> {
        if (left.getAndDecrement() == 0) {
          replay.cancel();
        }
      });
      result = replay.run();
      lives++;
    } while (!result.complete() && lives < 200);
    assertThat(lives).isBetween(2, 199);
    assertFolded(table);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void killedAtAnyApplyItLosesAndDoublesNothing(boolean afterItHappened) {
    boolean killed = true;
    for (int at = 0; killed; at++) {
      Table table = memory();
      FaultyTable dying = new FaultyTable(table).failAfter(at, afterItHappened);
      Replay replay = new Replay(smallBatches(), logs, dying);
      if (at < 5) {
        assertThatThrownBy(replay::run).isInstanceOfSatisfying(StoreException.class, e -> {
          assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
          assertThat(e).hasMessageContaining("run the replay again");
        });
      } else {
        try {
          replay.run();
        } catch (StoreException e) {
          assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        }
      }
      killed = dying.gone();
      replay(options(), table);
      assertFolded(table);
    }
  }

  @Test
  void aTableThatFailsForAMomentIsTriedAgain() {
    Table below = memory();
    AtomicInteger applies = new AtomicInteger();
    ReplayResult result = replay(smallBatches().tableRetries(2), new ForwardingTable(below) {
      @Override
      public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
        int now = applies.incrementAndGet();
        if (now == 4) {
          super.apply(partition, changes, from, to);
        }
        if (now == 4 || now == 7) {
          throw new TableException("a moment", new IllegalStateException("on purpose"));
        }
        super.apply(partition, changes, from, to);
      }
    });
    assertThat(result.complete()).isTrue();
    assertFolded(below);
  }

  @Test
  void aReplayThatIsOvertakenGoesOnFromThere() {
    Table below = memory();
    AtomicInteger applies = new AtomicInteger();
    ReplayResult result = replay(smallBatches(), new ForwardingTable(below) {
      @Override
      public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
        if (applies.incrementAndGet() == 3) {
          long lsn = to.at().lsn() + 40;
          replay(options().until(new Until.Position(Map.of(partition, lsn))), below);
        }
        super.apply(partition, changes, from, to);
      }
    });
    assertThat(result.partitions().stream().mapToLong(ReplayResult.Partition::overtaken).sum()).isEqualTo(1);
    assertFolded(below);
  }

  @Test
  void twoReplaysAtOnceEndInTheRightTable() {
    Table table = memory();
    Table checked = checked(table);
    CompletableFuture<ReplayResult> other = CompletableFuture.supplyAsync(() -> replay(smallBatches(), checked));
    assertThat(replay(options().batch(new BatchSize(7, 1 << 20)), checked).complete()).isTrue();
    assertThat(other.join().complete()).isTrue();
    assertFolded(table);
  }

  @Test
  void aCheckpointThatMovedBackIsSaid() {
    Table below = memory();
    Table older = memory();
    AtomicInteger applies = new AtomicInteger();
    assertThatThrownBy(() -> replay(smallBatches(), new ForwardingTable(below) {
      @Override
      public Checkpoint checkpoint(int partition) {
        return partition == 1 || applies.get() < 5 ? super.checkpoint(partition) : older.checkpoint(partition);
      }

      @Override
      public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
        (partition == 1 || applies.incrementAndGet() < 5 ? below : older).apply(partition, changes, from, to);
      }
    })).isInstanceOf(StoreException.class).hasMessageContaining("somebody restored or replaced it");
    assertUntouched(older, 0);
    assertUntouched(older, 1);
  }

  @Test
  void untilAPositionIsTheFoldUpToThatLsn() {
    for (long lsn = 0; lsn <= histories[0].lsn(); lsn += 13) {
      long target = lsn;
      Table table = memory();
      replay(smallBatches().until(new Until.Position(Map.of(0, lsn))), table);
      Folded expected = Folded.of(STORE, 0, beginning(0, state -> state.lsn() <= target));
      assertThat(table.checkpoint(0).at().lsn()).isEqualTo(lsn);
      expected.assertRowsIn(table);
      assertUntouched(table, 1);
    }
  }

  @Test
  void untilATimeIsTheFoldOfAllThatWasWrittenByThen() {
    long begin = 1_000_000;
    for (long time = begin - 1; time < histories[0].timeMs() + 5_000; time += 17_003) {
      long target = time;
      Table table = memory();
      replay(smallBatches().until(new Until.Time(time)), table);
      for (int p = 0; p < 2; p++) {
        Folded expected = Folded.of(STORE, p, beginning(p, state -> state.logTimeMs() <= target));
        assertThat(table.checkpoint(p).at().lsn()).isEqualTo(expected.state().lsn());
        expected.assertRowsIn(table);
      }
      replay(options(), table);
      assertFolded(table);
    }
  }

  @Test
  void aTableDoesNotGoBackAndALogHasAnEnd() {
    Table table = memory();
    replay(options().until(new Until.Position(Map.of(0, 50L))), table);
    Checkpoint before = table.checkpoint(0);
    refused(options().until(new Until.Position(Map.of(0, 49L))), table, ErrorCode.INVALID_ARGUMENT, "does not go back");
    refused(options().until(new Until.Time(1)), table, ErrorCode.INVALID_ARGUMENT, "does not go back");
    assertThat(table.checkpoint(0)).isEqualTo(before);
    refused(options().until(new Until.Position(Map.of(0, 1L << 40))), table, ErrorCode.INVALID_ARGUMENT,
        "ends at LSN " + histories[0].lsn());
    Folded.of(STORE, 0, histories[0].records()).assertIn(table);
    refused(options().until(new Until.Position(Map.of(7, 1L))), table);
  }

  private void refused(ReplayOptions options, Table table) {
    assertThatThrownBy(() -> new Replay(options, logs, table)).isInstanceOf(StoreException.class);
  }

  @Test
  void aTableAheadOfTheLogIsRefused() {
    Table table = memory();
    replay(options(), table);
    List<RawRecord> all = histories[1].records();
    for (int kept : new int[] {0, 1, all.size() / 2, all.size() - 1}) {
      logs.with(1, all.subList(0, kept));
      refused(options(), table, ErrorCode.INVALID_ARGUMENT, "the log was truncated or is another one");
      assertFolded(table);
    }
  }

  @Test
  void aLogWithoutItsBeginningIsRefusedUnlessTheTableIsBehindIt() {
    Table table = memory();
    List<RawRecord> all = histories[0].records();
    logs.with(0, all.subList(50, all.size()));
    refused(options(), table, ErrorCode.INVALID_ARGUMENT, "the log was truncated or is another one");
    assertUntouched(table, 0);
    publish();
    replay(options().until(new Until.Position(Map.of(0, 150L))), table);
    logs.with(0, all.subList(50, all.size()));
    replay(options(), table);
    assertFolded(table);
  }

  @Test
  void aTableOfAnotherHistoryIsRefused() {
    Table table = memory();
    replay(options().until(new Until.Position(Map.of(0, 100L))), table);
    logs.with(0, Histories.eventful(STORE, 0, 400, 99).records());
    Checkpoint before = table.checkpoint(0);
    refused(options(), table, ErrorCode.INVALID_ARGUMENT, "is not the one the table was folded from");
    assertThat(table.checkpoint(0)).isEqualTo(before);
  }

  @Test
  void aTableOfAnotherStoreIsRefused() {
    try (Table table = Tables.open("memory:", "other", 2)) {
      refused(options(), table, ErrorCode.INVALID_ARGUMENT, "give this store another table");
      assertThat(table.checkpoint(0)).isEqualTo(Checkpoint.empty("other", 0));
    }
  }

  @Test
  void whatLiesBeforeACorruptRecordIsAppliedAndNothingElse() {
    Table table = memory();
    Folded expected = Folded.of(STORE, 0, histories[0].records());
    Histories.corrupt(histories[0]);
    publish();
    for (int i = 0; i < 2; i++) {
      refused(options(), table, ErrorCode.CORRUPT, "the log is corrupt at offset");
      expected.assertIn(table);
    }
  }

  @Test
  void whatLiesBeforeANewerRecordIsAppliedAndNothingElse() throws Exception {
    Table table = memory();
    Folded expected = Folded.of(STORE, 0, histories[0].records());
    histories[0].stray(Histories.newerFormat(histories[0]));
    publish();
    refused(options(), table, ErrorCode.UNSUPPORTED, "run a newer version");
    expected.assertIn(table);
  }

  @Test
  void aLogThatGoesAwayIsSaidAndAnotherReplayGoesOn() {
    Table table = memory();
    logs.beforeRecord(count -> logs.away(count == 200));
    refused(smallBatches().threads(1), table, ErrorCode.UNAVAILABLE, "the log is away");
    assertThat(table.checkpoint(0).at().position()).isPositive();
    logs.beforeRecord(count -> {}).away(false);
    replay(options(), table);
    assertFolded(table);
  }

  @Test
  void aReplayThatWasCancelledBeforeItBeganDoesNothing() {
    Table table = memory();
    Replay replay = new Replay(options(), logs, table);
    replay.cancel();
    assertThat(replay.run().complete()).isFalse();
    assertUntouched(table, 0);
    assertThat(replay.progress().records()).isZero();
  }

  @Test
  void theRateIsThatOfTheLastSeconds() {
    long[] nowNs = {0};
    Meter meter = new Meter(() -> nowNs[0]);
    List<Double> rates = new ArrayList<>();
    for (int second = 0; second < 20; second++) {
      nowNs[0] += 1_000_000_000L;
      meter.add(second < 10 ? 100 : 700);
      rates.add(meter.perSecond());
    }
    assertThat(rates.get(8)).isEqualTo(100.0);
    assertThat(rates.get(19)).isEqualTo(700.0);
  }

  private void refused(ReplayOptions options, Table table, ErrorCode code, String message) {
    assertThatThrownBy(() -> replay(options, table)).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(code);
      assertThat(e).hasMessageContaining(message);
    });
  }
}
