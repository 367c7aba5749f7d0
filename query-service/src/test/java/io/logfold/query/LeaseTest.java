package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.Replies.value;
import static io.logfold.query.testing.SimulatedPartition.QUIET_MS;
import static io.logfold.query.testing.SimulatedPartition.TTL_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.CommitOutcome;
import java.util.List;
import io.logfold.api.Provenance;
import io.logfold.api.Mutation;
import io.logfold.api.Bytes;
import io.logfold.api.Predicate;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.ManualClock;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** L5, L9 and L10: what gives the right to answer a read. */
class LeaseTest {
  private static final long LEASE_MS = TTL_MS - TTL_MS * 50 / 1_000;

  private final SimulatedPartition world = new SimulatedPartition(2);
  private final SimulatedNode a = world.start("a");

  @Test
  void theLeaseRunsFromSendingTheRecordAndNotFromItsAcknowledgement() {
    ManualClock clock = new ManualClock(-1, 0, 0);
    Lease lease = new Lease(TTL_MS, 50, clock);
    assertThat(lease.valid()).isFalse();
    lease.renewedBy(clock.monotonicNanos() - (LEASE_MS - 1) * 1_000_000, -(LEASE_MS - 1));
    assertThat(lease.valid()).isTrue();
    assertThat(lease.leftNanos()).isEqualTo(1_000_000);
  }

  @Test
  void aRecordAcknowledgedAfterItsLeaseHasRunOutRenewsNothing() {
    a.set("k", "v");
    world.run();
    world.passMs(LEASE_MS - 100);
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> write = a.set("k", "w");
    world.passMs(LEASE_MS + 1);
    a.log().releaseAcknowledgements();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    revision(write);
    assertThat(read).as("waits for a Barrier").isNotDone();
    assertThat(world.kinds().getLast()).isEqualTo("Barrier");
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(value(read)).isEqualTo("w");
  }

  @Test
  void aSilentLeaderAppendsNothing() {
    a.set("k", "v");
    world.run();
    long end = world.log().end();
    world.passMs(60_000);
    assertThat(world.log().end()).isEqualTo(end);
  }

  @Test
  void whileReadsArriveTheLeaseIsRenewedEveryThirdOfTtl() {
    a.set("k", "v");
    world.run();
    for (int i = 0; i < 100; i++) {
      CompletableFuture<GetResult> read = a.get("k");
      world.run();
      assertThat(read).as("no read ever waits").isDone();
      world.passMs(TTL_MS / 10);
    }
    long renewals = world.kinds().stream().filter("Renew"::equals).count();
    assertThat(world.kinds()).doesNotContain("Barrier");
    assertThat(renewals).isBetween(22L, 34L);
  }

  @Test
  void theFirstReadAfterASilenceGetsTheLeaseBackByOneBarrier() {
    a.set("k", "v");
    world.passMs(60_000);
    CompletableFuture<GetResult> one = a.get("k");
    CompletableFuture<GetResult> two = a.get("j");
    world.run();
    assertThat(value(one)).isEqualTo("v");
    assertThat(value(two)).isEqualTo("-");
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Barrier");
  }

  @Test
  void aReadWaitsForInFlightWritesToItsKeysAndForNoOthers() {
    a.set("k", "v");
    world.run();
    world.pauseProjection(); // a table that is ahead would make the other read wait as well
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("k", "w");
    CompletableFuture<GetResult> same = a.get("k");
    CompletableFuture<GetResult> other = a.get("j");
    world.run();
    assertThat(same).isNotDone();
    assertThat(value(other)).isEqualTo("-");
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(value(same)).isEqualTo("w");
  }

  @Test
  void aReadOverAnInFlightWriteThatIsLostShowsTheStateWithoutIt() {
    a.set("k", "v");
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT, Fault.LOST);
    a.set("j", "x");
    CompletableFuture<CommitOutcome> lost = a.set("k", "w");
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    a.log().releaseAcknowledgements();
    world.passMs(500);
    assertThat(code(lost)).isEqualTo(ErrorCode.NOT_APPLIED);
    assertThat(value(read)).isEqualTo("v");
  }

  @Test
  void aFailedConditionOnAnInFlightWriteWaitsForItAndIsDecidedAnewWhereItIsLost() {
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT, Fault.LOST);
    a.set("j", "x");
    a.set("k", "w");
    CompletableFuture<CommitOutcome> absent = a.setIfAbsent("k", "mine");
    world.run();
    assertThat(absent).isNotDone();
    a.log().releaseAcknowledgements();
    world.passMs(500);
    revision(absent);
    assertThat(value(read())).isEqualTo("mine");
  }

  @Test
  void anOutcomeThatRestsOnAConditionMetByALostWriteIsDecidedAnew() {
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT, Fault.LOST);
    a.set("j", "x");
    a.set("k", "w");
    // Exists k holds by the write in flight alone; what is left to do changes nothing.
    CompletableFuture<CommitOutcome> deleteIfExists = a.commit(new CommitRequest(SimulatedNode.PK,
        List.of(new Predicate.Exists(Bytes.utf8("k"))),
        List.of(new Mutation.Delete(Bytes.utf8("gone"))), a.request(),
        Provenance.NONE));
    world.run();
    assertThat(deleteIfExists).isNotDone();
    a.log().releaseAcknowledgements();
    world.passMs(500);
    assertThat(answer(deleteIfExists)).isInstanceOf(CommitOutcome.PredicateFailed.class);
  }

  @Test
  void aDeposedLeaderThatStoodStillNeverAnswersWhatTheNextOneHasOverwritten() {
    a.set("k", "old");
    world.run();
    SimulatedNode b = world.start("b");
    world.run();
    a.freeze();
    world.passMs(QUIET_MS + 1);
    CompletableFuture<CommitOutcome> write = b.set("k", "new");
    world.run();
    revision(write);
    CompletableFuture<GetResult> read = a.get("k");
    a.thaw();
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aLeaderCutFromTheLogStopsAnsweringWhenItsLeaseEnds() {
    a.set("k", "v");
    world.run();
    a.log().next(Fault.LATE);
    a.log().failReads(true);
    world.passMs(LEASE_MS - 1);
    CompletableFuture<GetResult> inTime = a.get("k");
    world.run();
    assertThat(value(inTime)).isEqualTo("v");
    world.passMs(1);
    CompletableFuture<GetResult> late = a.get("k");
    world.passMs(9_000);
    assertThat(late).isNotDone();
    world.passMs(1_100);
    assertThat(code(late)).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void aWallClockThatOutrunsTheMonotonicOneVoidsTheLease() {
    a.set("k", "v");
    world.run();
    a.clock().jumpWallMs(TTL_MS * 50 / 1_000 + 1);
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    assertThat(value(read)).isEqualTo("v");
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Barrier");
  }

  @Test
  void aWallClockWithinTheDriftLeavesTheLeaseAlone() {
    a.set("k", "v");
    world.run();
    a.clock().jumpWallMs(TTL_MS * 50 / 1_000);
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    assertThat(value(read)).isEqualTo("v");
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event");
  }

  @Test
  void aBarrierReadWaitsForABarrierThatWasSentAfterItArrived() {
    a.set("k", "v");
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("j", "before");
    world.run();
    CompletableFuture<GetResult> read = a.get(Consistency.BARRIER, "k");
    world.run();
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Event", "Barrier");
    assertThat(read).isNotDone();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(value(read)).isEqualTo("v");
    assertThat(answer(read).position().servedBy()).isEqualTo("barrier");
  }

  @Test
  void aBarrierReadNeedsNoLeaseAndOneBarrierServesAllThatArrivedBeforeIt() {
    a.set("k", "v");
    world.passMs(60_000);
    CompletableFuture<GetResult> one = a.get(Consistency.BARRIER, "k");
    CompletableFuture<GetResult> two = a.get(Consistency.BARRIER, "k");
    world.run();
    assertThat(value(one)).isEqualTo("v");
    assertThat(value(two)).isEqualTo("v");
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Barrier");
  }

  @Test
  void aBarrierReadOfADeposedLeaderIsNotAnswered() {
    a.set("k", "old");
    world.run();
    SimulatedNode b = world.start("b");
    world.run();
    a.freeze();
    world.passMs(QUIET_MS + 1);
    b.set("k", "new");
    world.run();
    CompletableFuture<GetResult> read = a.get(Consistency.BARRIER, "k");
    a.thaw();
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  private CompletableFuture<GetResult> read() {
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    return read;
  }
}
