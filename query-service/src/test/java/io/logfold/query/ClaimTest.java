package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.failure;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.Replies.value;
import static io.logfold.query.testing.SimulatedPartition.QUIET_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.CommitOutcome;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.RecordHeader;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.log.testing.LogBuilder;
import io.logfold.query.PartitionLeader.Manner;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** L1 and L2: who claims when, and from when on it may append data. */
class ClaimTest {
  private final SimulatedPartition world = new SimulatedPartition(1);

  @Test
  void theFirstLeaderOfAnEmptyLogWritesGenesisAndClaimsWithoutAQuietPeriod() {
    SimulatedNode a = world.start("a");
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.run();
    assertThat(revision(write)).isEqualTo(1);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event");
    assertThat(a.leader().ready()).isCompleted();
  }

  @Test
  void aNodeConfiguredDifferentlyFromTheStoreHalts() {
    world.start("a");
    world.run();
    SimulatedPartition other = new SimulatedPartition(1, GenesisConfig.defaults(2));
    world.judged().forEach(each -> other.stray(each.record()));
    SimulatedNode b = other.start("b");
    CompletableFuture<GetResult> read = b.get("k");
    other.run();
    assertThat(failure(read)).hasMessageContaining("fixed for life");
    assertThat(code(read)).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(code(b.leader().ready())).isEqualTo(ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void aNodeConfiguredDifferentlyHaltsAlsoWhereItsTableHoldsTheBeginningOfTheLog() {
    // An event older than the dedupe window: the fold begins behind Genesis, which is not read again.
    SimulatedNode a = world.start("a");
    a.set("k", "v");
    world.run();
    world.passMs(world.genesis().dedupeWindowMs() + GenesisConfig.MAX_CLOCK_LEAD_MS + 60_000);
    a.set("k", "w");
    world.passMs(world.genesis().dedupeWindowMs() + GenesisConfig.MAX_CLOCK_LEAD_MS + 60_000);
    a.set("k", "x");
    world.run();
    assertThat(world.table().checkpoint(0).anchor().genesis()).isPresent();
    a.kill();
    SimulatedNode b = world.startWith(GenesisConfig.defaults(2), "b");
    CompletableFuture<GetResult> read = b.get("k");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void aRestartedNodeReadsAtOnceAndHoldsDataUntilTheLeaseOfItsFormerLifeIsSurelyOver() {
    SimulatedNode a = world.start("a");
    a.set("k", "v");
    world.passMs(1_000);
    a.kill();
    SimulatedNode again = world.start("a");
    CompletableFuture<GetResult> read = again.get("k");
    CompletableFuture<CommitOutcome> write = again.set("k", "w");
    world.run();
    assertThat(value(read)).isEqualTo("v");
    world.passMs(QUIET_MS - 1);
    assertThat(write).isNotDone();
    world.passMs(2);
    revision(write);
  }

  @Test
  void theQuietPeriodIsKeptAlsoWhereNothingOfTheLogIsReadAgain() {
    SimulatedNode a = world.start("a");
    world.run();
    assertThat(world.kinds()).containsExactly("Genesis", "Claim");
    a.kill();
    world.setAnchorToCheckpoint();
    SimulatedNode b = world.start("b");
    CompletableFuture<GetResult> read = b.get("k");
    world.passMs(QUIET_MS - 10);
    assertThat(read).isNotDone();
    assertThat(world.kinds()).containsExactly("Genesis", "Claim");
  }

  @Test
  void afterAResignThereIsNothingToWaitFor() {
    SimulatedNode a = world.start("a");
    a.set("k", "v");
    world.run();
    SimulatedNode b = world.start("b");
    world.run();
    CompletableFuture<Void> closed = a.leader().close();
    CompletableFuture<CommitOutcome> write = b.set("k", "w");
    world.run();
    assertThat(closed).isCompleted();
    revision(write);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Resign", "Claim", "Event");
  }

  @Test
  void aStandbyClaimsAtOnceAfterAResignAlsoWithoutACommand() {
    SimulatedNode a = world.start("a");
    world.run();
    SimulatedNode b = world.start("b");
    world.run();
    a.leader().close();
    world.passMs(600);
    assertThat(answer(statusOf(b)).state()).isEqualTo("leading");
  }

  @Test
  void aStandbyOfASilentLeaderClaimsOnlyAfterTheQuietPeriodAndOnlyForACommand() {
    SimulatedNode a = world.start("a");
    a.set("k", "v");
    world.run();
    SimulatedNode b = world.start("b");
    world.passMs(100);
    assertThat(code(runWrite(b.calls(Manner.ASKS)))).isEqualTo(ErrorCode.NOT_LEADER);
    world.passMs(10 * QUIET_MS);
    assertThat(world.kinds()).as("nobody asks: nobody claims").containsExactly("Genesis", "Claim", "Event");
    CompletableFuture<CommitOutcome> write = b.calls(Manner.INSISTS).set("k", "w");
    world.run();
    revision(write);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Claim", "Event");
  }

  @Test
  void aStandbyDoesNotClaimBeforeTheQuietPeriodIsOver() {
    SimulatedNode a = world.start("a");
    a.set("k", "v");
    world.run();
    SimulatedNode b = world.start("b");
    world.run();
    a.kill();
    CompletableFuture<CommitOutcome> write = b.set("k", "w");
    world.passMs(QUIET_MS - 1);
    assertThat(write).isNotDone();
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event");
    world.passMs(100);
    revision(write);
  }

  @Test
  void aStandbyIsReadyWhenItHasReadTheLogAndKnowsWhoLeads() {
    world.start("a");
    world.run();
    SimulatedNode b = world.start("b");
    world.run();
    assertThat(b.leader().ready()).isCompleted();
    assertThat(failure(runRead(b.calls(Manner.ASKS))).leaderAddress()).contains("a:7171");
  }

  @Test
  void ofTwoClaimsOnOneTokenTheFirstCountsAndTheOtherNodeFollows() {
    SimulatedNode a = world.start("a");
    SimulatedNode b = world.start("b");
    world.run();
    assertThat(world.judged().stream().filter(each -> each.record() instanceof LogRecord.Claim).filter(SimulatedPartition.Judged::valid))
        .hasSize(1);
    long leading = java.util.stream.Stream.of(a, b).filter(node -> answer(statusOf(node)).state().equals("leading")).count();
    assertThat(leading).isEqualTo(1);
  }

  @Test
  void aClaimThatWasLostIsMadeAgain() {
    SimulatedNode a = world.start("a");
    a.log().next(Fault.NONE, Fault.LOST);
    world.passMs(1_000);
    assertThat(a.leader().ready()).isCompleted();
  }

  @Test
  void aClaimThatFailedButIsInTheLogCounts() {
    SimulatedNode a = world.start("a");
    a.log().next(Fault.NONE, Fault.FAILED_BUT_IN_THE_LOG);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.passMs(1_000);
    revision(write);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event");
  }

  @Test
  void aLateClaimOfItsOwnThatOvertakesTheNextIsReclaimedWithTheQuietPeriod() {
    SimulatedNode a = world.start("a");
    a.log().next(Fault.NONE, Fault.LATE);
    world.passMs(500);
    a.log().releaseLate();
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.passMs(2 * QUIET_MS);
    revision(write);
  }

  @Test
  void beforeClaimingANodeReadsTheRecordAtItsBasisAgainAndHaltsWhereItsOwnFoldWentWrong() {
    SimulatedNode a = world.start("a");
    a.set("k", "v");
    world.run();
    a.kill();
    // A table whose checkpoint has a hash that is not the log's: what a fold gone wrong looks like.
    world.corruptCheckpointHash();
    SimulatedNode again = world.start("a");
    CompletableFuture<GetResult> read = again.get("k");
    world.passMs(1_000);
    assertThat(code(read)).isEqualTo(ErrorCode.CORRUPT);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event");
  }

  @Test
  void aClaimOnAnotherHistoryLeadsNobodyAndIsCounted() {
    SimulatedNode a = world.start("a");
    a.set("k", "v");
    world.run();
    var state = world.state();
    world.stray(new LogRecord.Claim(new RecordHeader(SimulatedPartition.STORE, 0, RecordHeader.FORMAT, Hash.ZERO), "b", "b:1",
        state.token(), state.lastValidOffset(), 7));
    CompletableFuture<CommitOutcome> write = a.set("k", "w");
    world.run();
    assertThat(revision(write)).isEqualTo(2);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event", "Event");
    assertThat(answer(statusOf(a)).skippedRecords()).isEqualTo(1);
  }

  @Test
  void aLogOfAnotherStoreIsNotTakenForItsOwn() {
    LogBuilder.led().put("k", "v").records().forEach(raw -> world.stray(raw.value()));
    SimulatedNode a = world.start("a");
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    assertThat(value(read)).isEqualTo("-");
  }

  @Test
  void twoProcessesOfOneNameDoNotDeposeEachOtherWithoutEnd() {
    SimulatedNode first = world.start("a");
    world.run();
    SimulatedNode second = world.start("a"); // takes the token of what it must think its former life
    world.passMs(10 * QUIET_MS);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Claim");
    CompletableFuture<CommitOutcome> write = second.set("k", "v");
    world.run();
    revision(write);
    assertThat(code(runWrite(first))).as("it learns that it is deposed").isEqualTo(ErrorCode.NOT_APPLIED);
    world.passMs(10 * QUIET_MS);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Claim", "Event");
    assertThat(code(runWrite(first.calls(Manner.ASKS)))).isEqualTo(ErrorCode.NOT_LEADER);
  }

  private CompletableFuture<CommitOutcome> runWrite(SimulatedNode node) {
    CompletableFuture<CommitOutcome> write = node.set("k", "w");
    world.run();
    return write;
  }

  private CompletableFuture<GetResult> runRead(SimulatedNode node) {
    CompletableFuture<GetResult> read = node.get("k");
    world.run();
    return read;
  }

  private CompletableFuture<PartitionStatus> statusOf(SimulatedNode node) {
    CompletableFuture<PartitionStatus> status = node.status();
    world.run();
    return status;
  }
}
