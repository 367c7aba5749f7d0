package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.SimulatedPartition.QUIET_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.log.GenesisConfig;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** resolve: a request whose fate is not known is decided for good. */
class ResolveTest {
  private final SimulatedPartition world = new SimulatedPartition(41);
  private final SimulatedNode a = started("a");

  @Test
  void anAppliedRequestIsToldWithItsRevision() {
    CommitRequest request = a.put("k", "v");
    CompletableFuture<CommitOutcome> write = a.commit(request);
    world.run();
    CompletableFuture<Resolution> resolved = a.resolve(request.request());
    world.run();
    assertThat(answer(resolved)).isEqualTo(new Resolution.Applied(revision(write), true));
    assertThat(world.kinds()).as("a question that is answered from memory logs nothing")
        .containsExactly("Genesis", "Claim", "Event");
  }

  @Test
  void anUnknownRequestIsWithdrawnForEverAlsoUnderTheNextLeader() {
    CommitRequest late = a.put("k", "v");
    CompletableFuture<Resolution> resolved = a.resolve(late.request());
    world.run();
    assertThat(answer(resolved)).isEqualTo(new Resolution.Cancelled(1));
    CompletableFuture<CommitOutcome> arrives = a.commit(late);
    CompletableFuture<Resolution> again = a.resolve(late.request());
    world.run();
    assertThat(code(arrives)).isEqualTo(ErrorCode.CANCELLED);
    assertThat(answer(again)).isEqualTo(new Resolution.Cancelled(1));
    SimulatedNode b = started("b");
    CompletableFuture<String> moved = a.move("b");
    world.run();
    assertThat(moved).isCompleted();
    CompletableFuture<CommitOutcome> arrivesThere = b.commit(late);
    world.run();
    assertThat(code(arrivesThere)).isEqualTo(ErrorCode.CANCELLED);
  }

  @Test
  void aRequestInFlightIsWaitedFor() {
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CommitRequest request = a.put("k", "v");
    CompletableFuture<CommitOutcome> write = a.commit(request);
    CompletableFuture<Resolution> resolved = a.resolve(request.request());
    world.run();
    assertThat(resolved).isNotDone();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(answer(resolved)).isEqualTo(new Resolution.Applied(revision(write), true));
  }

  @Test
  void aWriteWhoseLeaderDiedIsResolvedByTheNextOne() {
    CommitRequest request = a.put("k", "v");
    a.commit(request);
    CommitRequest lost = a.put("j", "v");
    a.log().next(Fault.NONE, Fault.LOST);
    a.commit(lost);
    world.run();
    SimulatedNode b = started("b");
    a.kill();
    CompletableFuture<Resolution> first = b.resolve(request.request());
    CompletableFuture<Resolution> second = b.resolve(lost.request());
    world.passMs(QUIET_MS + 100);
    assertThat(answer(first)).isInstanceOf(Resolution.Applied.class);
    assertThat(answer(second)).isInstanceOf(Resolution.Cancelled.class);
  }

  @Test
  void aFailedPredicateThatIsLoggedIsTold() {
    a.set("k", "v");
    world.run();
    RequestInfo request = a.request();
    CommitRequest retried = new CommitRequest(SimulatedNode.PK,
        java.util.List.of(new io.logfold.api.Predicate.Absent(io.logfold.api.Bytes.utf8("k"))), a.put("k", "w").mutations(),
        request.nextAttempt(), io.logfold.api.Provenance.NONE);
    a.commit(retried);
    world.run();
    CompletableFuture<Resolution> resolved = a.resolve(request);
    world.run();
    assertThat(answer(resolved)).isEqualTo(new Resolution.PredicateFailed(0, java.util.OptionalLong.of(1)));
  }

  @Test
  void aRequestOlderThanTheWindowIsRefusedAndNothingIsLogged() {
    RequestInfo old = a.request();
    world.passMs(world.genesis().dedupeWindowMs() + GenesisConfig.MAX_CLOCK_LEAD_MS + 60_000);
    a.set("k", "v");
    world.run();
    CompletableFuture<Resolution> resolved = a.resolve(old);
    world.run();
    assertThat(code(resolved)).isEqualTo(ErrorCode.REQUEST_EXPIRED);
    assertThat(world.kinds()).containsExactly("Genesis", "Claim", "Event");
  }

  private SimulatedNode started(String name) {
    SimulatedNode node = world.start(name);
    world.run();
    return node;
  }
}
