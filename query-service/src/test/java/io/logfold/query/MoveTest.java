package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.Replies.value;
import static io.logfold.query.testing.SimulatedPartition.QUIET_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.CommitOutcome;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.log.LogRecord;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.PartitionLeader.Manner;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Planned moves (L7) and the order in which standbys claim (L1). */
class MoveTest {
  private final SimulatedPartition world = new SimulatedPartition(21);

  @Test
  void theSuccessorClaimsAtOnceAndTheOthersFollow() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    SimulatedNode c = started("c");
    CompletableFuture<String> moved = a.move("c");
    world.run();
    assertThat(moved).isCompleted();
    assertThat(world.nowMs()).as("without a wait").isZero();
    assertThat(states(a, b, c)).containsExactly("following", "following", "leading");
    CompletableFuture<CommitOutcome> write = c.set("k", "w");
    world.run();
    assertThat(revision(write)).as("the quiet period is not owed to a Resign").isPositive();
  }

  @Test
  void whatArrivesDuringAMoveIsSentToTheNextLeader() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    a.calls(Manner.ASKS);
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT); // the write in flight holds the Resign up
    CompletableFuture<CommitOutcome> inFlight = a.set("k", "v");
    world.run();
    CompletableFuture<String> moved = a.move("b");
    CompletableFuture<CommitOutcome> write = a.set("k", "w");
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    assertThat(moved).isNotDone();
    assertThat(write).isNotDone();
    assertThat(read).isNotDone();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(revision(inFlight)).isPositive();
    assertThat(moved).isCompleted();
    assertThat(code(write)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(code(read)).isEqualTo(ErrorCode.NOT_LEADER);
    CompletableFuture<GetResult> there = b.get("k");
    world.run();
    assertThat(value(there)).isEqualTo("v");
  }

  @Test
  void aMoveIsCalledOffWhereTheWritesInFlightAreNotCommittedInTime() {
    SimulatedNode a = started("a");
    started("b");
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> inFlight = a.set("k", "v");
    world.run();
    CompletableFuture<String> moved = a.move("b");
    CompletableFuture<CommitOutcome> write = a.set("k", "w");
    world.passMs(1_200);
    assertThat(code(moved)).isEqualTo(ErrorCode.UNAVAILABLE);
    a.log().releaseAcknowledgements();
    world.passMs(100);
    assertThat(revision(inFlight)).isPositive();
    assertThat(revision(write)).as("it goes on leading").isEqualTo(revision(inFlight) + 1);
    assertThat(world.kinds()).doesNotContain("Resign");
  }

  @Test
  void aNodeThatLeadsForTooShortATimeDoesNotGiveItAway() {
    SimulatedNode a = started("a");
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.run();
    revision(write);
    a.kill();
    SimulatedNode again = world.start("a");
    started("b");
    CompletableFuture<String> moved = again.move("b");
    world.run();
    assertThat(code(moved)).isEqualTo(ErrorCode.UNAVAILABLE);
    world.passMs(QUIET_MS + 10);
    CompletableFuture<String> later = again.move("b");
    world.run();
    assertThat(later).isCompleted();
  }

  @Test
  void aSuccessorThatIsGoneIsReplacedByTheNextInTheRanking() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    SimulatedNode c = started("c");
    rank(List.of("b", "c", "a"), a, b, c);
    b.kill();
    CompletableFuture<String> moved = a.move("b");
    world.passMs(240);
    assertThat(moved).as("the successor is given a stagger").isNotDone();
    world.passMs(2 * 250 + 100);
    assertThat(moved).isCompleted();
    assertThat(states(a, c)).containsExactly("following", "leading");
  }

  @Test
  void standbysOfASilentLeaderClaimInTheirOrderAndOneClaimIsEnough() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    SimulatedNode c = started("c");
    rank(List.of("a", "c", "b"), a, b, c);
    world.run();
    a.kill();
    CompletableFuture<CommitOutcome> atB = b.set("k", "b");
    CompletableFuture<CommitOutcome> atC = c.set("k", "c");
    world.passMs(QUIET_MS + 100);
    assertThat(revision(atC)).isPositive();
    assertThat(code(atB)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(world.judged().stream().filter(each -> each.record() instanceof LogRecord.Claim)).hasSize(2);
  }

  @Test
  void theSecondInTheOrderClaimsAStaggerLaterWhereTheFirstDoesNot() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    rank(List.of("a", "c", "b"), a, b);
    world.run();
    a.kill();
    CompletableFuture<CommitOutcome> write = b.set("k", "b");
    world.passMs(QUIET_MS + 200);
    assertThat(write).isNotDone();
    world.passMs(150);
    assertThat(revision(write)).isPositive();
  }

  @Test
  void aRetiredNodeClaimsNothing() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    b.leader().retire();
    CompletableFuture<Void> closed = a.leader().close();
    world.passMs(5_000);
    assertThat(closed).isCompleted();
    assertThat(states(b)).containsExactly("retired");
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Resign");
  }

  @Test
  void aClosingLeaderNamesTheNextInTheRanking() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    SimulatedNode c = started("c");
    rank(List.of("a", "c", "b"), a, b, c);
    a.leader().close();
    world.run();
    assertThat(world.judged().stream().map(SimulatedPartition.Judged::record).filter(LogRecord.Resign.class::isInstance)
        .map(record -> ((LogRecord.Resign) record).successor())).containsExactly("c");
    assertThat(states(b, c)).containsExactly("following", "leading");
  }

  @Test
  void whoeverInsistsIsSentToTheIncumbentOnceThatIsHeardOf() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    CompletableFuture<GetResult> read = b.get("k");
    world.passMs(500);
    assertThat(read).isNotDone();
    a.set("k", "v");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event");
  }

  @Test
  void whoeverOnlyAsksDeposesNobodyHoweverSilentTheLeaderIs() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b").calls(Manner.ASKS);
    world.passMs(10 * QUIET_MS);
    CompletableFuture<GetResult> read = b.get("k");
    world.passMs(10 * QUIET_MS);
    assertThat(code(read)).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(states(a)).containsExactly("leading");
    assertThat(world.kinds()).containsExactly("Genesis", "Claim");
  }

  @Test
  void whoInsistsDuringAClaimThatTurnsOutVoidIsSentToTheLeaderThatLives() {
    SimulatedNode a = started("a");
    SimulatedNode b = started("b");
    world.passMs(QUIET_MS + 10);
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    b.log().next(Fault.LATE); // its claim comes into the log behind what the leader writes meanwhile
    CompletableFuture<GetResult> read = b.get("k");
    world.run();
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.run();
    b.log().releaseLate();
    a.log().releaseAcknowledgements();
    world.passMs(1_000);
    assertThat(revision(write)).isPositive();
    assertThat(code(read)).isEqualTo(ErrorCode.NOT_LEADER);
    world.passMs(3 * QUIET_MS);
    assertThat(states(a)).containsExactly("leading");
  }

  private SimulatedNode started(String name) {
    SimulatedNode node = world.start(name);
    world.run();
    return node;
  }

  private static void rank(List<String> nodes, SimulatedNode... each) {
    for (SimulatedNode node : each) {
      node.leader().ranking(nodes);
    }
  }

  private List<String> states(SimulatedNode... nodes) {
    List<CompletableFuture<PartitionStatus>> statuses = java.util.Arrays.stream(nodes).map(SimulatedNode::status).toList();
    world.run();
    return statuses.stream().map(status -> answer(status).state()).toList();
  }
}
