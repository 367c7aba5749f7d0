package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.failure;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.Replies.value;
import static io.logfold.query.testing.SimulatedPartition.QUIET_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.log.LogRecord;
import io.logfold.log.RecordHeader;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** L3, L4, L6 and L8: whatever becomes of an append, its writer is told what the log says. */
class AppendFaultTest {
  private final SimulatedPartition world = new SimulatedPartition(3);
  private final SimulatedNode a = world.start("a");

  @BeforeEach
  void lead() {
    world.run();
    assertThat(world.kinds()).containsExactly("Genesis", "Claim");
  }

  @Test
  void whatWasNeverSentIsSurelyNotAppliedAtOnce() {
    a.log().next(Fault.NEVER_SENT);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.run();
    assertThat(code(write)).isEqualTo(ErrorCode.NOT_APPLIED);
    assertGoesOn();
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Claim", "Event");
  }

  @Test
  void whatWasLostIsVoidOnceTheNextClaimIsEffective() {
    a.log().next(Fault.LOST);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.passMs(500);
    assertThat(code(write)).isEqualTo(ErrorCode.NOT_APPLIED);
    assertGoesOn();
  }

  @Test
  void whatFailedAndIsInTheLogIsAnsweredAsApplied() {
    a.log().next(Fault.FAILED_BUT_IN_THE_LOG);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.run();
    assertThat(revision(write)).isEqualTo(1);
    assertGoesOn();
  }

  @Test
  void aLateRecordThatLandsBeforeTheNextClaimCountsAndTheClaimIsMadeAnew() {
    a.log().next(Fault.LATE);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.passMs(100); // the next claim waits behind the late record
    assertThat(write).isNotDone();
    a.log().releaseLate();
    world.passMs(1_000);
    assertThat(revision(write)).isEqualTo(1);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Claim");
    assertGoesOn();
  }

  @Test
  void aLateRecordOfADeadLeaderThatLandsBehindTheNextClaimIsVoid() {
    SimulatedNode b = world.start("b");
    world.run();
    a.log().next(Fault.LATE);
    a.set("k", "late");
    world.run();
    a.kill();
    world.passMs(QUIET_MS + 1);
    CompletableFuture<CommitOutcome> write = b.set("j", "v");
    world.run();
    revision(write);
    a.log().releaseLate();
    CompletableFuture<GetResult> read = b.get("k");
    world.run();
    assertThat(value(read)).isEqualTo("-");
  }

  @Test
  void anAcknowledgementWithoutOffsetIsReadBack() {
    a.log().next(Fault.ACKNOWLEDGED_WITHOUT_OFFSET);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    CompletableFuture<CommitOutcome> next = a.set("j", "w");
    world.run();
    assertThat(revision(write)).isEqualTo(1);
    assertThat(revision(next)).isEqualTo(2);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Event");
  }

  @Test
  void anAcknowledgementWithoutOffsetIsNoCommitWhileTheLogCannotBeRead() {
    a.log().next(Fault.ACKNOWLEDGED_WITHOUT_OFFSET);
    a.log().failReads(true);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.passMs(1_000);
    assertThat(write).isNotDone();
    a.log().failReads(false);
    world.passMs(300);
    revision(write);
  }

  @Test
  void aRecordLostInTheMiddleMakesTheLaterOnesVoidAndNotTheEarlier() {
    a.log().next(Fault.NONE, Fault.LOST, Fault.NONE);
    CompletableFuture<CommitOutcome> first = a.set("1", "v");
    CompletableFuture<CommitOutcome> lost = a.set("2", "v");
    CompletableFuture<CommitOutcome> later = a.set("3", "v");
    world.passMs(500);
    assertThat(revision(first)).isEqualTo(1);
    assertThat(code(lost)).isEqualTo(ErrorCode.NOT_APPLIED);
    assertThat(code(later)).isEqualTo(ErrorCode.NOT_APPLIED);
    assertThat(world.judged().stream().filter(each -> !each.valid())).hasSize(1);
    assertGoesOn();
  }

  @Test
  void whatIsUndecidedOverTwoLeadershipsIsAnsweredOnce() {
    a.log().next(Fault.LOST, Fault.LOST, Fault.NONE, Fault.LOST);
    CompletableFuture<CommitOutcome> one = a.set("1", "v"); // LOST; then a claim LOST, one that counts, and LOST again
    world.passMs(700);
    CompletableFuture<CommitOutcome> two = a.set("2", "v");
    world.passMs(700);
    assertThat(code(one)).isEqualTo(ErrorCode.NOT_APPLIED);
    assertThat(code(two)).isEqualTo(ErrorCode.NOT_APPLIED);
    assertGoesOn();
  }

  @Test
  void aWriteWhoseFateStaysOpenIsUnknownAtItsDeadlineAndARetryIsAnsweredByTheLog() {
    a.log().next(Fault.LATE);
    a.log().failReads(true);
    CommitRequest request = a.put("k", "v");
    CompletableFuture<CommitOutcome> write = a.commit(request, 1_000);
    world.passMs(1_100);
    assertThat(code(write)).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(failure(write).requestId()).contains(request.request().id());
    assertThat(failure(write).token()).isEqualTo(world.state().token());
    a.log().failReads(false);
    a.log().releaseLate();
    world.passMs(1_000);
    CompletableFuture<CommitOutcome> retry = a.commit(new CommitRequest(request.partitionKey(), List.of(), request.mutations(),
        request.request().nextAttempt(), request.provenance()));
    world.run();
    assertThat(revision(retry)).isEqualTo(1);
  }

  @Test
  void aStrayRecordIsReadAndSkippedAndDeposesNobody() {
    world.stray(Bytes.utf8("noise"));
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.stray(Bytes.utf8("more noise"));
    CompletableFuture<CommitOutcome> next = a.set("k", "w");
    world.run();
    assertThat(revision(write)).isEqualTo(1);
    assertThat(revision(next)).isEqualTo(2);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Event");
  }

  @Test
  void aStrangersRecordsInFrontOfEachOfItsOwnDoNotStopALeader() {
    for (int i = 0; i < 50; i++) {
      world.stray(Bytes.utf8("noise " + i));
      CompletableFuture<CommitOutcome> write = a.set("k", "v" + i);
      world.run();
      assertThat(revision(write)).isEqualTo(i + 1);
    }
  }

  @Test
  void aForeignEffectiveClaimDeposesAndWhatIsBehindItIsVoid() {
    var state = world.state();
    world.stray(new LogRecord.Claim(new RecordHeader(SimulatedPartition.STORE, 0, 1, state.hash()), "b", "b:1",
        state.token(), state.lastValidOffset(), 1));
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    CompletableFuture<CommitOutcome> waiting = a.setIfAbsent("k", "w");
    world.run();
    assertThat(code(write)).isEqualTo(ErrorCode.NOT_APPLIED);
    assertThat(code(waiting)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void whileTheLogDoesNotAcknowledgeNewWritesAreRefusedAsSurelyNotApplied() {
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> stuck = a.set("k", "v");
    world.passMs(3_001);
    CompletableFuture<CommitOutcome> write = a.set("k", "w");
    world.run();
    assertThat(code(write)).isEqualTo(ErrorCode.UNAVAILABLE);
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(revision(stuck)).isEqualTo(1);
  }

  @Test
  void moreWritesInFlightThanAllowedWaitAndAreSlowedDown() {
    SimulatedPartition small = new SimulatedPartition(4);
    SimulatedNode node = small.start("a", config -> new LeaderConfig(config.node(), config.address(), config.memtableLimitBytes(),
        config.residentLimitBytes(), config.residentLimitRows(), config.maxWaiting(), 2, config.maxInFlightBytes(), config.logStallMs(),
        config.slowDownAfterMs(), config.checkpointPollMs(), config.snapshotMs(), config.maxSnapshots(),
        config.staggerMs(), config.serveLagEvents()));
    small.run();
    node.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    List<CompletableFuture<CommitOutcome>> writes = List.of(node.set("1", "v"), node.set("2", "v"), node.set("3", "v"));
    small.passMs(100);
    assertThat(writes).noneMatch(CompletableFuture::isDone);
    small.passMs(1_000);
    assertThat(code(writes.get(2))).isEqualTo(ErrorCode.SLOW_DOWN);
    node.log().releaseAcknowledgements();
    CompletableFuture<CommitOutcome> next = node.set("4", "v");
    small.run();
    assertThat(revision(next)).isEqualTo(3);
    answer(writes.get(0));
  }

  private void assertGoesOn() {
    CompletableFuture<CommitOutcome> next = a.set("next", "n");
    CompletableFuture<GetResult> read = a.get("next");
    world.passMs(500);
    revision(next);
    assertThat(value(read)).isEqualTo("n");
  }
}
