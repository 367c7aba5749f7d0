package io.logfold.query;

import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.failure;
import static io.logfold.query.testing.Replies.revision;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.log.LogRecord;
import io.logfold.log.PolicySet;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies: in force from their event on, whoever leads. */
class PolicyTest {
  private final SimulatedPartition world = new SimulatedPartition(31);

  static PolicyChange put(String name, boolean principal, boolean reason) {
    return new PolicyChange.Put(new Policy(name, Bytes.utf8("p"), principal, reason, false));
  }

  private static CommitRequest write(SimulatedNode node, String key, String principal, String reason) {
    return new CommitRequest(SimulatedNode.PK, List.of(),
        List.of(new Mutation.Put(Bytes.utf8(key), Bytes.utf8("v"))), node.request(), Provenance.of(principal, reason));
  }

  private static CommitRequest again(CommitRequest request) {
    return new CommitRequest(request.partitionKey(), request.predicates(), request.mutations(),
        request.request().nextAttempt(), request.provenance());
  }

  private PolicyOutcome changed(SimulatedNode node, PolicyChange change) {
    CompletableFuture<PolicyOutcome> done = node.change(change);
    world.passMs(100);
    assertThat(done).isCompleted();
    return done.join();
  }

  @Test
  void aWriteWithoutWhatAPolicyDemandsIsRefusedByItsNameAndNothingIsLogged() {
    SimulatedNode a = world.start("a");
    PolicyOutcome outcome = changed(a, put("people", true, true));
    assertThat(outcome.changed()).isTrue();
    long lsn = world.state().lsn();
    assertThat(outcome.lsn()).isEqualTo(lsn);
    assertThat(world.state().policies().all()).hasSize(1);

    CompletableFuture<CommitOutcome> nameless = a.commit(write(a, "k", "", "because"));
    CompletableFuture<CommitOutcome> reasonless = a.commit(write(a, "k", "me", " "));
    CompletableFuture<CommitOutcome> delete = a.delete("absent");
    world.passMs(100);
    assertThat(failure(nameless).code()).isEqualTo(ErrorCode.POLICY_REFUSED);
    assertThat(failure(nameless)).hasMessageContaining("\"people\" requires a principal").hasMessageContaining("who makes it");
    assertThat(failure(reasonless)).hasMessageContaining("requires a reason");
    assertThat(code(delete)).isEqualTo(ErrorCode.POLICY_REFUSED);
    assertThat(world.state().lsn()).isEqualTo(lsn);

    CompletableFuture<CommitOutcome> complete = a.commit(write(a, "k", "me", "because"));
    world.passMs(100);
    assertThat(revision(complete)).isEqualTo(lsn + 1);
  }

  @Test
  void theEventSaysWhoChangedThePolicyAndWhy() {
    SimulatedNode a = world.start("a");
    changed(a, put("people", true, false));
    LogRecord.Event event = (LogRecord.Event) world.judged().getLast().record();
    assertThat(event.policy()).contains(put("people", true, false));
    assertThat(event.provenance()).isEqualTo(Provenance.of("operator", "test"));
    assertThat(event.partitionKey()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void aChangeThatDoesNotSayWhoOrWhyIsRefused() {
    SimulatedNode a = world.start("a");
    for (Provenance said : List.of(Provenance.NONE, Provenance.of("me", ""), Provenance.of("", "why"))) {
      CompletableFuture<PolicyOutcome> change = a.leader().changePolicies(put("people", true, false), a.request(), said,
          PartitionLeader.Manner.INSISTS, a.deadline(1_000));
      world.passMs(100);
      assertThat(code(change)).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }
    assertThat(world.state().policies()).isEqualTo(PolicySet.NONE);
  }

  @Test
  void aWriteHandedOverBehindThePolicyInFlightObeysItAndOneBeforeDoesNot() {
    SimulatedNode a = world.start("a");
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> before = a.set("k", "before");
    CompletableFuture<PolicyOutcome> change = a.change(put("people", true, false));
    CompletableFuture<CommitOutcome> behind = a.set("k", "behind");
    world.passMs(20);
    assertThat(behind).as("the policy that refuses it is not committed yet").isNotDone();
    a.log().releaseAcknowledgements();
    world.passMs(2_000);
    assertThat(revision(before)).isEqualTo(change.join().lsn() - 1);
    assertThat(code(behind)).isEqualTo(ErrorCode.POLICY_REFUSED);
  }

  @Test
  void aRetryOfAWriteThatWasAppliedBeforeThePolicyIsAnsweredAsTheFirstWas() {
    SimulatedNode a = world.start("a");
    CommitRequest request = write(a, "k", "", "");
    CompletableFuture<CommitOutcome> first = a.commit(request);
    world.passMs(100);
    changed(a, put("people", true, true));
    CompletableFuture<CommitOutcome> second = a.commit(again(request));
    world.passMs(100);
    assertThat(revision(second)).isEqualTo(revision(first));
  }

  @Test
  void aRefusedRetryDoesNotSayThatItsFirstAttemptCannotHappen() {
    SimulatedNode a = world.start("a");
    changed(a, put("people", true, true));
    CommitRequest request = write(a, "k", "", "");
    CompletableFuture<CommitOutcome> second = a.commit(again(request));
    world.passMs(100);
    assertThat(code(second)).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(failure(second)).hasMessageContaining("POLICY_REFUSED");
    assertThat(world.state().policies().all()).hasSize(1);
  }

  @Test
  void whatIsSoAlreadyIsNotChangedAgain() {
    SimulatedNode a = world.start("a");
    changed(a, put("people", true, true));
    long lsn = world.state().lsn();
    PolicyOutcome second = changed(a, put("people", true, true));
    assertThat(second.changed()).isFalse();
    assertThat(changed(a, new PolicyChange.Remove("nobody")).changed()).isFalse();
    assertThat(world.state().lsn()).isEqualTo(lsn);
    assertThat(changed(a, new PolicyChange.Remove("people")).policies()).isEmpty();
    CompletableFuture<CommitOutcome> free = a.set("k", "v");
    world.passMs(100);
    assertThat(revision(free)).isEqualTo(lsn + 2);
  }

  @Test
  void theNextLeaderKnowsThePoliciesAlsoWhereItBeginsFromACheckpointBehindThem() {
    SimulatedNode a = world.start("a");
    changed(a, put("people", true, true));
    world.setAnchorToCheckpoint();
    a.kill();
    SimulatedNode b = world.start("b");
    world.passMs(5_000);
    CompletableFuture<CommitOutcome> write = b.set("k", "v");
    CompletableFuture<PolicyOutcome> listed = b.policies();
    world.passMs(5_000);
    assertThat(code(write)).isEqualTo(ErrorCode.POLICY_REFUSED);
    assertThat(listed.join().policies()).extracting(Policy::name).containsExactly("people");
  }

  @Test
  void aChangeThatLostItsPlaceIsMadeAgainAndAWriteRestsOnThePolicyThatCounts() {
    SimulatedNode a = world.start("a");
    world.run();
    a.log().next(Fault.LOST);
    CompletableFuture<PolicyOutcome> change = a.change(put("people", true, true));
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.passMs(20_000);
    assertThat(change.join().changed()).isTrue();
    assertThat(world.state().policies().all()).hasSize(1);
    List<LogRecord.Event> events = world.judged().stream().filter(SimulatedPartition.Judged::valid)
        .filter(each -> each.record() instanceof LogRecord.Event).map(each -> (LogRecord.Event) each.record()).toList();
    assertThat(events).filteredOn(event -> event.policy().isPresent()).hasSize(1);
    boolean applied = !write.isCompletedExceptionally();
    assertThat(events).filteredOn(event -> !event.mutations().isEmpty()).hasSize(applied ? 1 : 0);
  }

  /** Every valid event of the log obeys the policies that a naive reader of the log finds in force before it. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void atRandomMomentsEveryEventObeysWhatIsInForceBeforeIt(long seed) {
    SimulatedPartition random = new SimulatedPartition(seed);
    Random dice = new Random(seed);
    SimulatedNode leader = random.start("n0");
    List<CompletableFuture<CommitOutcome>> writes = new ArrayList<>();
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int step = 0; step < 300; step++) {
      int roll = dice.nextInt(100);
      if (roll < 15) {
        String name = "p" + dice.nextInt(3);
        all.add(leader.change(dice.nextInt(3) == 0 ? new PolicyChange.Remove(name)
            : new PolicyChange.Put(new Policy(name, Bytes.utf8(dice.nextBoolean() ? "pk" : "other"), dice.nextBoolean(),
                dice.nextBoolean(), false))));
      } else if (roll < 90) {
        CompletableFuture<CommitOutcome> write = leader.commit(write(leader, "k" + dice.nextInt(5),
            dice.nextBoolean() ? "me" : "", dice.nextBoolean() ? "why" : ""));
        writes.add(write);
        all.add(write);
      } else if (roll < 93) {
        leader.log().next(dice.nextBoolean() ? Fault.LOST : Fault.FAILED_BUT_IN_THE_LOG);
      } else if (roll < 94) {
        leader.kill();
        leader = random.start("n" + step);
        random.passMs(7_000);
      }
      random.passMs(dice.nextInt(4) == 0 ? 30 : 0);
    }
    random.passMs(20_000);
    SimulatedPartition.Judged[] judged = random.judged().toArray(SimulatedPartition.Judged[]::new);
    PolicySet inForce = PolicySet.NONE;
    int changes = 0;
    int kept = 0;
    for (SimulatedPartition.Judged each : judged) {
      if (each.valid() && each.record() instanceof LogRecord.Event event) {
        if (event.policy().isPresent()) {
          inForce = inForce.with(event.policy().get());
          changes++;
        } else {
          assertThat(inForce.refusal(event.partitionKey(), event.provenance())).as("LSN %s", event.lsn()).isEmpty();
          kept++;
        }
      }
    }
    assertThat(random.state().policies()).isEqualTo(inForce);
    assertThat(changes).isPositive();
    assertThat(kept).isPositive();
    assertThat(writes).filteredOn(write -> write.isCompletedExceptionally())
        .anySatisfy(write -> assertThat(code(write)).isEqualTo(ErrorCode.POLICY_REFUSED));
  }

  @Test
  void aRequestOfAChangeThatIsSentTwiceIsOneEvent() {
    SimulatedNode a = world.start("a");
    RequestInfo request = a.request();
    CompletableFuture<PolicyOutcome> one = a.leader().changePolicies(put("people", true, true), request,
        Provenance.of("o", "w"), PartitionLeader.Manner.INSISTS, a.deadline(1_000));
    CompletableFuture<PolicyOutcome> two = a.leader().changePolicies(put("people", true, true), request,
        Provenance.of("o", "w"), PartitionLeader.Manner.INSISTS, a.deadline(1_000));
    world.passMs(100);
    assertThat(one.join().lsn()).isEqualTo(two.join().lsn());
    assertThat(world.judged()).filteredOn(each -> each.record() instanceof LogRecord.Event).hasSize(1);
  }

  @Test
  void aRequestOfAnImpossibleTimeOrThatWasWithdrawnChangesNothing() {
    SimulatedNode a = world.start("a");
    a.set("k", "v"); // log time is that of records, and there must be one
    world.passMs(100);
    RequestInfo now = a.request();
    for (long ms : List.of(-3_600_000L, 3_600_000L)) {
      CompletableFuture<PolicyOutcome> change = change(a, new RequestInfo(now.id(), 1, now.timeMs() + ms));
      world.passMs(100);
      assertThat(code(change)).isEqualTo(ms < 0 ? ErrorCode.REQUEST_EXPIRED : ErrorCode.CLOCK_AHEAD);
    }
    RequestInfo withdrawn = a.request();
    a.resolve(withdrawn);
    world.passMs(100);
    CompletableFuture<PolicyOutcome> late = change(a, withdrawn);
    world.passMs(100);
    assertThat(code(late)).isEqualTo(ErrorCode.CANCELLED);
    assertThat(world.state().policies()).isEqualTo(PolicySet.NONE);
  }

  private static CompletableFuture<PolicyOutcome> change(SimulatedNode node, RequestInfo request) {
    return node.leader().changePolicies(put("people", true, true), request, Provenance.of("o", "w"),
        PartitionLeader.Manner.INSISTS, node.deadline(1_000));
  }

  @Test
  void aListShowsAChangeThatLiesInTheLogAndIsNotAcknowledgedYet() {
    SimulatedNode a = world.start("a");
    world.passMs(100);
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.change(put("people", true, true));
    CompletableFuture<PolicyOutcome> list = a.policies();
    world.passMs(100);
    assertThat(list).isNotDone();
    a.log().releaseAcknowledgements();
    world.passMs(500);
    assertThat(list.join().policies()).hasSize(1);
  }
}
