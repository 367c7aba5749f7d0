package io.logfold.projector;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.LogBuilder;
import io.logfold.projector.ProjectorStatus.State;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The projection on its own: the log is a list, time is a number, and every fault is placed by hand. */
class PartitionProjectionTest {
  private static final String STORE = "s";

  private final Table table = Tables.open("memory:", STORE, 1);
  private long nowMs;

  /** Gives the records of a list from where it was sought, one at a time. */
  private static final class ListFeed implements PartitionProjection.Feed {
    private final List<RawRecord> records;
    private int next;
    private boolean held;

    ListFeed(List<RawRecord> records) {
      this.records = records;
    }

    @Override
    public void seek(long offset) {
      next = (int) offset;
    }

    @Override
    public void hold() {
      held = true;
    }

    @Override
    public void release() {
      held = false;
    }

    boolean giveOne(PartitionProjection to) {
      if (held || next >= records.size()) {
        return false;
      }
      RawRecord record = records.get(next++);
      to.record(record.offset(), record.value());
      return true;
    }
  }

  private PartitionProjection projection(Table into, ListFeed feed, int maxBatchEvents) {
    ProjectorConfig config = ProjectorConfig.local("", "topic", STORE, "app", Path.of("none"))
        .withBatches(20, maxBatchEvents, 1 << 20);
    PartitionProjection projection = new PartitionProjection(0, config, into, feed, () -> nowMs, new Meter(System::nanoTime));
    projection.load();
    return projection;
  }

  /** Gives all there is and lets time pass until everything is applied. */
  private void run(PartitionProjection projection, ListFeed feed) {
    for (int idle = 0; idle < 3; ) {
      idle = feed.giveOne(projection) ? 0 : idle + 1;
      if (idle > 0) {
        nowMs += 10_000;
        projection.tick();
      }
    }
  }

  @Test
  void aTableThatIsBeingFilledIsLeftAloneUntilItIsNot() {
    LogBuilder log = Histories.eventful(STORE, 0, 60, 5);
    Checkpoint empty = Checkpoint.empty(STORE, 0);
    Checkpoint reserved = Reservation.of(STORE, 0, 4711);
    table.apply(0, List.of(), empty, reserved);
    ListFeed feed = new ListFeed(log.records());
    PartitionProjection projection = projection(table, feed, 10);
    run(projection, feed);
    assertThat(projection.status().state()).isEqualTo(State.BLOCKED);
    assertThat(projection.status().lastError()).contains("a replay fills this table");
    assertThat(table.checkpoint(0)).isEqualTo(reserved);
    table.apply(0, List.of(), reserved, empty);
    run(projection, feed);
    Folded.of(STORE, 0, log.records()).assertIn(table);
  }

  @Test
  void aTableIsTheFoldOfItsLog() {
    LogBuilder log = Histories.eventful(STORE, 0, 1_000, 1);
    ListFeed feed = new ListFeed(log.records());
    PartitionProjection projection = projection(table, feed, 37);
    run(projection, feed);
    Folded expected = Folded.of(STORE, 0, log.records());
    expected.assertIn(table);
    assertThat(projection.status().state()).isEqualTo(State.RUNNING);
    assertThat(projection.status().events()).isEqualTo(expected.events());
    assertThat(projection.status().skipped()).isPositive();
    assertThat(projection.status().lsn()).isEqualTo(expected.state().lsn());
  }

  @Test
  void everyCheckpointOnTheWayIsTheFoldThere() {
    LogBuilder log = Histories.eventful(STORE, 0, 300, 2);
    ListFeed feed = new ListFeed(log.records());
    PartitionProjection projection = projection(table, feed, 7);
    Checkpoint last = table.checkpoint(0);
    int checkpoints = 0;
    while (feed.giveOne(projection)) {
      Checkpoint now = table.checkpoint(0);
      if (!now.equals(last)) {
        checkpoints++;
        last = now;
        Folded.of(STORE, 0, log.records().subList(0, (int) now.at().position())).assertIn(table);
      }
    }
    assertThat(checkpoints).isGreaterThan(20);
  }

  @Test
  void killedAtAnyBatchBeforeOrAfterItLandedTheNextOneGoesOnFromTheTable() {
    LogBuilder log = Histories.eventful(STORE, 0, 250, 3);
    Folded expected = Folded.of(STORE, 0, log.records());
    for (int k = 0; k < 35; k++) {
      Table target = Tables.open("memory:", STORE, 1);
      FaultyTable dying = new FaultyTable(target).failAfter(k, k % 2 == 0);
      ListFeed feed = new ListFeed(log.records());
      PartitionProjection killed = projection(dying, feed, 5);
      for (int i = 0; i < log.records().size() && !dying.gone(); i++) {
        feed.giveOne(killed);
      }
      assertThat(dying.gone()).as("the fault of batch %s came", k).isTrue();
      ListFeed again = new ListFeed(log.records());
      PartitionProjection next = projection(target, again, 5);
      run(next, again);
      expected.assertIn(target);
      killed.close();
      expected.assertIn(target);
    }
  }

  @Test
  void aTableThatIsAwayBlocksTheProjectionUntilItIsBack() {
    LogBuilder log = Histories.eventful(STORE, 0, 200, 4);
    for (boolean butHappened : new boolean[] {false, true}) {
      Table target = Tables.open("memory:", STORE, 1);
      FaultyTable faulty = new FaultyTable(target).failAfter(3, butHappened);
      ListFeed feed = new ListFeed(log.records());
      PartitionProjection projection = projection(faulty, feed, 10);
      run(projection, feed);
      assertThat(projection.status().state()).isEqualTo(State.BLOCKED);
      assertThat(projection.status().lastError()).contains("the backend is away");
      assertThat(feed.held).isTrue();
      faulty.heal();
      run(projection, feed);
      Folded.of(STORE, 0, log.records()).assertIn(target);
      assertThat(projection.status().state()).isEqualTo(State.RUNNING);
      assertThat(projection.status().lastError()).isEmpty();
    }
  }

  @Test
  void aTableThatIsAwayAtTheStartIsWaitedFor() {
    LogBuilder log = Histories.eventful(STORE, 0, 20, 4);
    FaultyTable faulty = new FaultyTable(table).failAfter(0, false);
    projection(faulty, new ListFeed(log.records()), 1).close();
    ListFeed feed = new ListFeed(log.records());
    PartitionProjection first = projection(faulty, feed, 1);
    run(first, feed);
    assertThat(first.status().state()).isEqualTo(State.BLOCKED);
    ListFeed again = new ListFeed(log.records());
    PartitionProjection second = projection(faulty, again, 1);
    assertThat(second.status().state()).isEqualTo(State.BLOCKED);
    faulty.heal();
    run(second, again);
    Folded.of(STORE, 0, log.records()).assertIn(table);
  }

  @Test
  void twoProjectionsInTurnsMakeTheSameTableAsOne() {
    LogBuilder log = Histories.eventful(STORE, 0, 400, 5);
    ListFeed oneFeed = new ListFeed(log.records());
    ListFeed twoFeed = new ListFeed(log.records());
    PartitionProjection one = projection(table, oneFeed, 11);
    PartitionProjection two = projection(table, twoFeed, 17);
    for (int i = 0; i < 600; i++) {
      oneFeed.giveOne(one);
      if (i % 3 == 0) {
        twoFeed.giveOne(two);
      }
      nowMs += 10;
      one.tick();
      two.tick();
    }
    run(two, twoFeed);
    run(one, oneFeed);
    Folded.of(STORE, 0, log.records()).assertIn(table);
  }

  @Test
  void recordsThatWereBufferedBeforeASeekLeaveNoHole() {
    LogBuilder log = Histories.eventful(STORE, 0, 100, 6);
    FaultyTable faulty = new FaultyTable(table).failAfter(2, false);
    ListFeed feed = new ListFeed(log.records());
    PartitionProjection projection = projection(faulty, feed, 10);
    int given = 0;
    while (!faulty.gone() && feed.giveOne(projection)) {
      given++;
    }
    faulty.heal();
    nowMs += 10_000;
    projection.tick();
    for (RawRecord stale : log.records().subList(given, given + 20)) {
      projection.record(stale.offset(), stale.value());
    }
    run(projection, feed);
    Folded.of(STORE, 0, log.records()).assertIn(table);
  }

  @Test
  void aTaskThatBeginsAgainGoesBackToTheCheckpoint() {
    LogBuilder log = Histories.eventful(STORE, 0, 100, 7);
    ListFeed feed = new ListFeed(log.records());
    PartitionProjection projection = projection(table, feed, 1_000);
    for (int i = 0; i < 50; i++) {
      feed.giveOne(projection);
    }
    feed.next += 10;
    projection.begin();
    run(projection, feed);
    Folded.of(STORE, 0, log.records()).assertIn(table);
    projection.close();
    projection.begin();
    run(projection, feed);
    Folded.of(STORE, 0, log.records()).assertIn(table);
  }

  @Test
  void corruptionHaltsBehindTheLastRecordThatCanBeTrusted() {
    LogBuilder log = Histories.eventful(STORE, 0, 50, 8);
    Folded expected = Folded.of(STORE, 0, log.records());
    Histories.corrupt(log);
    log.put("k1", "behind it");
    for (int life = 0; life < 2; life++) {
      ListFeed feed = new ListFeed(log.records());
      PartitionProjection projection = projection(table, feed, 1_000);
      run(projection, feed);
      assertThat(projection.status().state()).isEqualTo(State.HALTED);
      assertThat(projection.status().lastError()).contains("corrupt");
      assertThat(feed.held).isTrue();
      expected.assertIn(table);
    }
  }

  @Test
  void aNewerFormatHalts() throws Exception {
    LogBuilder log = Histories.eventful(STORE, 0, 50, 9);
    Folded expected = Folded.of(STORE, 0, log.records());
    log.stray(Histories.newerFormat(log)).put("k1", "behind it");
    ListFeed feed = new ListFeed(log.records());
    PartitionProjection projection = projection(table, feed, 1_000);
    run(projection, feed);
    assertThat(projection.status().state()).isEqualTo(State.HALTED);
    assertThat(projection.status().lastError()).contains("newer version");
    expected.assertIn(table);
  }

  @Test
  void aTableOfAnotherLogHaltsAndIsLeftAlone() {
    LogBuilder log = Histories.eventful(STORE, 0, 50, 10);
    ListFeed feed = new ListFeed(log.records());
    run(projection(table, feed, 10), feed);
    LogBuilder other = Histories.eventful(STORE, 0, 200, 11);
    ListFeed otherFeed = new ListFeed(other.records());
    PartitionProjection projection = projection(table, otherFeed, 10);
    run(projection, otherFeed);
    assertThat(projection.status().state()).isEqualTo(State.HALTED);
    assertThat(projection.status().lastError()).contains("hash");
    Folded.of(STORE, 0, log.records()).assertIn(table);
  }

  @Test
  void aTableThatWaitsForItsRecordInVainSaysSo() {
    LogBuilder log = Histories.eventful(STORE, 0, 50, 12);
    ListFeed feed = new ListFeed(log.records());
    run(projection(table, feed, 10), feed);
    List<RawRecord> truncated = log.records().subList(0, (int) log.lastValidOffset());
    ListFeed shorter = new ListFeed(truncated);
    PartitionProjection projection = projection(table, shorter, 10);
    assertThat(projection.status().state()).isEqualTo(State.STARTING);
    run(projection, shorter);
    assertThat(projection.status().state()).isEqualTo(State.BLOCKED);
    assertThat(projection.status().lastError()).contains("ahead of the log");
    projection.logLost(log.lastValidOffset(), "the broker says so");
    assertThat(projection.status().state()).isEqualTo(State.HALTED);
    Folded.of(STORE, 0, log.records()).assertIn(table);
  }

  @Test
  void batchesKeepToTheLimitsOfTheTableAndNeverSplitAnEvent() {
    LogBuilder log = Histories.eventful(STORE, 0, 300, 13);
    LimitedTable limited = new LimitedTable(table, 4);
    ListFeed feed = new ListFeed(log.records());
    run(projection(limited, feed, 1_000), feed);
    Folded.of(STORE, 0, log.records()).assertIn(table);
    assertThat(limited.largest).isEqualTo(4);
  }

  @Test
  void anEmptyLogIsALogReadToItsEnd() {
    ListFeed feed = new ListFeed(List.of());
    PartitionProjection projection = projection(table, feed, 10);
    run(projection, feed);
    assertThat(projection.status().state()).isEqualTo(State.RUNNING);
    assertThat(table.checkpoint(0)).isEqualTo(Checkpoint.empty(STORE, 0));
  }

  @Test
  void theCheckpointsAnchorIsAnOlderStateOfTheSameLog() {
    LogBuilder log = Histories.eventful(STORE, 0, 3_000, 14);
    ListFeed feed = new ListFeed(log.records());
    run(projection(table, feed, 20), feed);
    Checkpoint checkpoint = table.checkpoint(0);
    assertThat(checkpoint.anchor().position()).isPositive();
    LogFold fold = new LogFold(Checkpoint.empty(STORE, 0).at(), false);
    log.records().subList(0, (int) checkpoint.anchor().position())
        .forEach(record -> fold.apply(record.offset(), record.value()));
    assertThat(fold.state()).isEqualTo(checkpoint.anchor());
  }

  /** Two actions for the first change of a partition key, one for each other. */
  @Test
  void batchesKeepToTheLimitOfChangesAndPartitionKeysTogether() {
    LogBuilder log = Histories.begun(STORE, 0);
    for (int i = 0; i < 60; i++) {
      LogRecord.Event next = log.nextPut("k" + i, "v" + i);
      log.valid(new LogRecord.Event(next.header(), next.token(), next.lsn(), next.request(), next.timeMs(),
          next.provenance(), Bytes.utf8("pk" + (i < 30 ? i : 99)), next.mutations(), next.outcome()));
    }
    List<List<Integer>> sizes = new ArrayList<>();
    Table limited = new ForwardingTable(table) {
      @Override
      public ApplyLimits applyLimits() {
        return new ApplyLimits(10, 10, 1 << 20);
      }

      @Override
      public void apply(int partition, List<RowChange> batch, Checkpoint from, Checkpoint to) {
        sizes.add(List.of(batch.size(), (int) batch.stream().map(RowChange::partitionKey).distinct().count()));
        super.apply(partition, batch, from, to);
      }
    };
    ListFeed feed = new ListFeed(log.records());
    run(projection(limited, feed, 1_000), feed);
    Folded.of(STORE, 0, log.records()).assertIn(table);
    assertThat(sizes).contains(List.of(5, 5), List.of(9, 1)).allSatisfy(
        size -> assertThat(size.get(0) + size.get(1)).isLessThanOrEqualTo(10));
  }

  /** A table that takes few changes at once, and remembers the most it was given. */
  private static final class LimitedTable extends ForwardingTable {
    private final int changes;
    private int largest;

    LimitedTable(Table below, int changes) {
      super(below);
      this.changes = changes;
    }

    @Override
    public ApplyLimits applyLimits() {
      return new ApplyLimits(changes, 1 << 20);
    }

    @Override
    public void apply(int partition, List<RowChange> batch, Checkpoint from, Checkpoint to) {
      assertThat(batch).hasSizeLessThanOrEqualTo(changes);
      assertThat(batch.stream().map(change -> List.of(change.partitionKey(), change.key()))).doesNotHaveDuplicates();
      largest = Math.max(largest, batch.size());
      super.apply(partition, batch, from, to);
    }
  }
}
