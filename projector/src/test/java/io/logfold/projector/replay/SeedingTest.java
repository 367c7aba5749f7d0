package io.logfold.projector.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.projector.FaultyTable;
import io.logfold.projector.ForwardingTable;
import io.logfold.projector.Histories;
import io.logfold.projector.Reservation;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.TableRead;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeedingTest extends ReplayKit {
  private static final Map<Integer, Long> HALF = Map.of(0, 180L, 1, 130L);

  /** Gives pages of three rows. */
  private static class Slow extends ForwardingTable {
    Slow(Table below) {
      super(below);
    }

    @Override
    public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
      return super.rows(partition, after, Math.min(limit, 3));
    }
  }

  /** A source that moves on before each page and behind the last, like one that is projected meanwhile. */
  private Table moving(Table below, int lsns) {
    return new Slow(below) {
      @Override
      public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
        PartitionPage page = super.rows(partition, after, limit);
        long next = Math.min(histories[partition].lsn(), below.checkpoint(partition).at().lsn() + lsns);
        replay(options().until(new Until.Position(Map.of(partition, next))), below);
        return page;
      }
    };
  }

  /**
   * A source whose rows can be seen before its checkpoint item says so, as in DynamoDB; a read of one moment waits until
   * both can be seen.
   */
  private Table checkpointArrivesLate(Table below) {
    return new ForwardingTable(below) {
      private final Map<Integer, Checkpoint> late = new HashMap<>();

      @Override
      public synchronized PartitionPage rows(int partition, Optional<RowId> after, int limit) {
        late.putIfAbsent(partition, below.checkpoint(partition));
        replay(options().until(new Until.Position(Map.of(partition, 220L))), below);
        return super.rows(partition, after, limit);
      }

      @Override
      public synchronized TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
        late.clear();
        return super.get(partition, partitionKey, keys);
      }

      @Override
      public synchronized Checkpoint checkpoint(int partition) {
        return late.getOrDefault(partition, below.checkpoint(partition));
      }
    };
  }

  @Test
  void rowsThatCanBeSeenBeforeTheCheckpointTheyBelongToAreNotCopiedToAnEarlierOne() {
    Table table = memory();
    ReplayResult result = replay(smallBatches().threads(1).seedFrom(checkpointArrivesLate(half())), checked(table));
    assertFolded(table);
    assertThat(seeded(result)).isPositive();
  }

  private Table half() {
    Table table = memory();
    replay(options().until(new Until.Position(HALF)), table);
    return table;
  }

  private static long seeded(ReplayResult result) {
    return result.partitions().stream().mapToLong(ReplayResult.Partition::rowsSeeded).sum();
  }

  @Test
  void aTableIsCopiedAndThenCaughtUp() {
    Table source = half();
    Table table = memory();
    ReplayResult whole = replay(options(), memory());
    ReplayResult result = replay(options().seedFrom(source), checked(table));
    assertFolded(table);
    assertThat(seeded(result)).isPositive();
    assertThat(result.events()).isBetween(1L, whole.events() - 250);
    assertThat(source.checkpoint(0).at().lsn()).isEqualTo(180);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 40})
  void theSourceMayMoveWhileItIsCopied(int lsns) {
    Table source = half();
    Table table = memory();
    ReplayResult result =
        replay(smallBatches().threads(1).seedFrom(moving(source, lsns)), checked(table));
    assertFolded(table);
    assertThat(seeded(result)).isPositive();
    assertThat(source.checkpoint(0).at().lsn()).isGreaterThan(180);
  }

  @Test
  void nobodySeesAPositionBeforeTheCopyIsWhole() {
    Table source = half();
    Table table = memory();
    AtomicInteger positions = new AtomicInteger();
    replay(smallBatches().threads(1).until(new Until.Position(Map.of(0, 260L))).seedFrom(moving(source, 2)),
        new ForwardingTable(checked(table)) {
          @Override
          public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
            super.apply(partition, changes, from, to);
            if (Reservation.is(to)) {
              assertThat(positions.get()).isZero();
            } else {
              positions.incrementAndGet();
            }
          }
        });
    assertThat(positions.get()).isPositive();
    assertThat(table.checkpoint(0).at().lsn()).isEqualTo(260);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInterruptedCopyIsTakenAwayByAPlainReplayAndByAnotherCopy(boolean copyAgain) {
    boolean killed = true;
    for (int at = 0; killed; at++) {
      Table table = memory();
      FaultyTable dying = new FaultyTable(table).failAfter(at, at % 2 == 0);
      try {
        replay(smallBatches().threads(1).seedFrom(new Slow(half())), dying);
      } catch (StoreException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      }
      killed = dying.gone();
      // Kept by nobody: a row of the copy that the log deletes would stay for ever, had it no event behind.
      if (Reservation.is(table.checkpoint(0))) {
        Checkpoint reserved = table.checkpoint(0);
        table.apply(0, List.of(new RowChange(Bytes.utf8("pk"), Bytes.utf8("left over"), Optional.of(Bytes.EMPTY), 1)),
            reserved, reserved);
      }
      ReplayOptions next = copyAgain ? smallBatches().seedFrom(half()) : smallBatches();
      replay(next.threads(1), checked(table));
      assertFolded(table);
    }
  }

  @Test
  void copyReplayAndCopyAgainInterruptedEachEndInTheRightTable() {
    Table table = memory();
    assertThatThrownBy(() -> replay(smallBatches().threads(1).seedFrom(new Slow(half())),
        new FaultyTable(table).failAfter(4, true))).isInstanceOf(StoreException.class);
    assertThat(Reservation.is(table.checkpoint(0))).isTrue();
    assertThatThrownBy(() -> replay(smallBatches().threads(1), new FaultyTable(table).failAfter(1, true)))
        .isInstanceOf(StoreException.class);
    replay(smallBatches().threads(1).seedFrom(half()), checked(table));
    assertFolded(table);
  }

  @Test
  void leftoversAtAnEmptyCheckpointAreRemoved() {
    Table table = memory();
    Checkpoint empty = Checkpoint.empty(STORE, 1);
    table.apply(1, List.of(new RowChange(Bytes.utf8("who"), Bytes.utf8("knows"), Optional.of(Bytes.EMPTY), 9)),
        empty, empty);
    ReplayResult result = replay(options(), checked(table));
    assertThat(result.partitions().get(1).rowsRemoved()).isEqualTo(1);
    assertFolded(table);
  }

  @Test
  void aCancelledCopyIsNotComplete() {
    Table table = memory();
    AtomicInteger pages = new AtomicInteger();
    Replay[] replay = new Replay[1];
    Table source = new Slow(half()) {
      @Override
      public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
        if (pages.incrementAndGet() == 5) {
          replay[0].cancel();
        }
        return super.rows(partition, after, limit);
      }
    };
    replay[0] = new Replay(options().threads(1).seedFrom(source), logs, table);
    assertThat(replay[0].run().complete()).isFalse();
    assertThat(Reservation.is(table.checkpoint(0))).isTrue();
    replay(options().seedFrom(source), checked(table));
    assertFolded(table);
  }

  /** The second takes over and does all; the first sees it, and has nothing left to do. */
  @Test
  void oneWhoIsTakenOverGoesOnBehindTheOther() {
    Table table = memory();
    Table interrupted = duringTheApply(4, table, () -> replay(options().seedFrom(half()), table));
    replay(smallBatches().threads(1).seedFrom(new Slow(half())), interrupted);
    assertFolded(table);
  }

  @Test
  void oneWhoIsTakenOverByOneThatIsNotDoneStopsAndSaysSo() {
    Table table = memory();
    Table interrupted = duringTheApply(4, table, () -> {
      try {
        replay(options().threads(1).seedFrom(new Slow(half())), new FaultyTable(table).failAfter(2, false));
      } catch (StoreException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      }
    });
    assertThatThrownBy(() -> replay(smallBatches().threads(1).seedFrom(new Slow(half())), interrupted))
        .isInstanceOf(StoreException.class).hasMessageContaining("another replay has begun to fill it");
    replay(options(), checked(table));
    assertFolded(table);
  }

  private static Table duringTheApply(int number, Table below, Runnable what) {
    AtomicInteger applies = new AtomicInteger();
    AtomicBoolean once = new AtomicBoolean();
    return new ForwardingTable(below) {
      @Override
      public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
        if (applies.incrementAndGet() == number && once.compareAndSet(false, true)) {
          what.run();
        }
        super.apply(partition, changes, from, to);
      }
    };
  }

  @Test
  void aTableThatStandsSomewhereIsNotSeeded() {
    Table table = half();
    Table source = memory();
    replay(options(), source);
    ReplayResult result = replay(options().seedFrom(source), checked(table));
    assertThat(seeded(result)).isZero();
    assertThat(result.events()).isPositive();
    assertFolded(table);
  }

  @Test
  void aSourceOfAnotherHistoryIsRefusedBeforeAnythingIsChanged() {
    Table source = half();
    logs.with(0, Histories.eventful(STORE, 0, 400, 99).records());
    Table table = memory();
    assertThatThrownBy(() -> replay(options().threads(1).seedFrom(source), table)).isInstanceOf(StoreException.class)
        .hasMessageContaining("is not the one the table was folded from");
    assertUntouched(table, 0);
  }

  @Test
  void aSourceBehindTheGoalIsRefusedBeforeAnythingIsChanged() {
    Table table = memory();
    assertThatThrownBy(() -> replay(options().until(new Until.Position(Map.of(0, 100L))).seedFrom(half()), table))
        .isInstanceOf(StoreException.class).hasMessageContaining("the table to copy from stands at LSN 180");
    assertUntouched(table, 0);
  }

  @Test
  void anEmptySourceIsAPlainReplay() {
    Table table = memory();
    assertThat(seeded(replay(options().seedFrom(memory()), checked(table)))).isZero();
    assertFolded(table);
  }
}
