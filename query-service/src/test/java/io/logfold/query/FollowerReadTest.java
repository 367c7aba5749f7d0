package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.Replies.value;
import static io.logfold.query.testing.SimulatedPartition.QUIET_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.CommitOutcome;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.api.KeyRange;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.PartitionLeader.Manner;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a follower answers by itself, and what it leaves to the leader. */
class FollowerReadTest {
  private final SimulatedPartition world = new SimulatedPartition(31);
  private final SimulatedNode a = started("a");
  private final SimulatedNode b = started("b").calls(Manner.ASKS);

  @Test
  void aReadIndexReadReflectsEveryWriteThatCompletedBeforeItBegan() {
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.run();
    revision(write);
    CompletableFuture<GetResult> read = b.get(Consistency.READ_INDEX, "k");
    world.run();
    assertThat(value(read)).isEqualTo("v");
    assertThat(answer(read).position().servedBy()).isEqualTo("read-index");
  }

  @Test
  void aFollowerThatIsBehindAppliesTheLogToThePositionBeforeItAnswers() {
    b.log().failReads(true);
    world.passMs(600); // the read that was under way ends
    a.set("k", "v");
    world.passMs(600);
    CompletableFuture<GetResult> read = b.get(Consistency.READ_INDEX, "k");
    world.passMs(100);
    assertThat(read).isNotDone();
    b.log().failReads(false);
    world.passMs(600);
    assertThat(value(read)).isEqualTo("v");
  }

  @Test
  void whatAFollowerHasAnsweredALaterReadAtTheLeaderReflectsAlsoBeforeItsAcknowledgementArrives() {
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("k", "v");
    world.run();
    CompletableFuture<GetResult> there = b.get(Consistency.READ_INDEX, "k");
    world.run();
    assertThat(value(there)).isEqualTo("v");
    CompletableFuture<GetResult> here = a.get("k");
    world.run();
    assertThat(here).isNotDone();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(value(here)).isEqualTo("v");
  }

  @Test
  void aReadIndexReadIsLeftToTheLeaderWhereThatCannotBeReached() {
    a.set("k", "v");
    world.run();
    a.kill();
    CompletableFuture<GetResult> read = b.get(Consistency.READ_INDEX, "k");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void whereTheTokenHasChangedThePositionIsAskedForAgain() {
    SimulatedNode c = started("c");
    a.set("k", "v");
    world.run();
    AtomicInteger asked = new AtomicInteger();
    // The leader has appended more than ever comes into the log.
    b.network((partition, address, timeout) -> asked.getAndIncrement() == 0
        ? CompletableFuture.completedFuture(new ReadIndex(world.state().token(), 99))
        : world.readIndex(partition, address, timeout));
    CompletableFuture<GetResult> read = b.get(Consistency.READ_INDEX, "k");
    world.run();
    assertThat(read).isNotDone();
    a.kill();
    CompletableFuture<CommitOutcome> write = c.set("k", "w");
    world.passMs(QUIET_MS + 100);
    assertThat(revision(write)).isPositive();
    assertThat(value(read)).isIn("v", "w");
    assertThat(answer(read).position().revision()).isLessThan(99);
    assertThat(asked).hasValue(2);
  }

  @Test
  void atTheLeaderAReadIndexReadIsAnsweredUnderItsLease() {
    a.set("k", "v");
    CompletableFuture<GetResult> read = a.get(Consistency.READ_INDEX, "k");
    world.run();
    assertThat(value(read)).isEqualTo("v");
    assertThat(answer(read).position().servedBy()).isEqualTo("lease");
  }

  @Test
  void aLeaderWithoutLeaseTellsNoPositionBeforeItHasItBack() {
    a.set("k", "v");
    world.run();
    world.passMs(10 * QUIET_MS);
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<GetResult> read = b.get(Consistency.READ_INDEX, "k");
    world.run();
    assertThat(read).isNotDone();
    a.log().releaseAcknowledgements();
    world.passMs(600);
    assertThat(value(read)).isEqualTo("v");
  }

  @Test
  void atLeastARevisionIsAnsweredByAFollowerThatHasItAndWaitedForByOneThatHasNot() {
    a.set("k", "v");
    world.run();
    CompletableFuture<GetResult> now = b.get(new Consistency.AtLeast(1), "k");
    CompletableFuture<GetResult> soon = b.get(new Consistency.AtLeast(2), "k");
    world.run();
    assertThat(value(now)).isEqualTo("v");
    assertThat(answer(now).position().servedBy()).isEqualTo("at-least");
    assertThat(soon).isNotDone();
    a.set("k", "w");
    world.passMs(600);
    assertThat(value(soon)).isEqualTo("w");
  }

  @Test
  void aStaleReadIsAnsweredByAFollowerWhileTheLogIsYoungEnoughAndElseLeftToTheLeader() {
    a.set("k", "v");
    world.passMs(1_000);
    CompletableFuture<GetResult> young = b.get(new Consistency.Stale(Duration.ofSeconds(5)), "k");
    CompletableFuture<GetResult> old = b.get(new Consistency.Stale(Duration.ofMillis(500)), "k");
    world.run();
    assertThat(value(young)).isEqualTo("v");
    assertThat(answer(young).position().servedBy()).isEqualTo("stale");
    assertThat(code(old)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aFollowerReadsWhatItDoesNotRememberFromItsTable() {
    a.set("k", "v");
    world.run();
    b.kill();
    SimulatedNode again = started("b").calls(Manner.ASKS); // its memtable begins at the table's checkpoint
    CompletableFuture<GetResult> read = again.get(Consistency.READ_INDEX, "k", "absent");
    CompletableFuture<ScanPage> scan = again.scan(new ScanRequest(SimulatedNode.PK, KeyRange.ALL, 10, false, false,
        Consistency.READ_INDEX, false, Optional.empty()));
    world.run();
    assertThat(answer(read).entries().get(0)).isPresent();
    assertThat(answer(read).entries().get(1)).isEmpty();
    assertThat(answer(scan).entries()).hasSize(1);
    assertThat(answer(scan).position().servedBy()).isEqualTo("read-index");
  }

  @Test
  void linearizableReadsAndWritesAreLeftToTheLeader() {
    CompletableFuture<GetResult> read = b.get("k");
    CompletableFuture<GetResult> barrier = b.get(Consistency.BARRIER, "k");
    CompletableFuture<CommitOutcome> write = b.set("k", "v");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(code(barrier)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(code(write)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aFurtherPageOfASnapshotThatTheLeaderHoldsIsLeftToIt() {
    CompletableFuture<ScanPage> page = b.scan(new ScanRequest(SimulatedNode.PK, KeyRange.ALL, 10, false, false,
        Consistency.LINEARIZABLE, true, Optional.of("7f")));
    world.run();
    assertThat(code(page)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aFollowerWhoseTableDoesNotComeOnForgetsAndGoesOnReading() {
    SimulatedPartition small = new SimulatedPartition(32);
    SimulatedNode leader = small.start("a", config -> config);
    small.run();
    SimulatedNode follower = small.start("b", config -> config.withMemtableLimitBytes(4_096)).calls(Manner.ASKS);
    small.run();
    small.pauseProjection();
    for (int i = 0; i < 100; i++) {
      leader.set("k" + i, "v".repeat(100));
      small.run();
    }
    small.passMs(60_000);
    CompletableFuture<PartitionStatus> status = follower.status();
    small.run();
    assertThat(answer(status).committed()).as("it knows the log's end").isEqualTo(100);
    CompletableFuture<GetResult> blind = follower.get(new Consistency.AtLeast(100), "k1");
    small.passMs(100);
    assertThat(code(blind)).as("and does not answer from a table that lacks what it forgot").isEqualTo(ErrorCode.UNAVAILABLE);
    small.resumeProjection();
    small.passMs(1_000);
    CompletableFuture<GetResult> read = follower.get(new Consistency.AtLeast(100), "k1");
    small.passMs(100);
    assertThat(value(read)).isEqualTo("v".repeat(100));
  }

  private SimulatedNode started(String name) {
    SimulatedNode node = world.start(name);
    world.run();
    return node;
  }
}
