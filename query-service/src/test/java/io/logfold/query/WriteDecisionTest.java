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
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.GenesisConfig;
import io.logfold.log.LogRecord;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a write is told: duplicates, retries, request times, deadlines, room. */
class WriteDecisionTest {
  private final SimulatedPartition world = new SimulatedPartition(5);
  private final SimulatedNode a = world.start("a");

  @BeforeEach
  void lead() {
    world.run();
  }

  @Test
  void theSameRequestWhileItIsInFlightJoinsIt() {
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CommitRequest request = a.put("k", "v");
    CompletableFuture<CommitOutcome> first = a.commit(request);
    CompletableFuture<CommitOutcome> second = a.commit(retry(request, 2));
    world.run();
    assertThat(second).isNotDone();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(revision(second)).isEqualTo(revision(first));
    assertThat(events()).hasSize(1);
  }

  @Test
  void aRequestThatJoinedOneInFlightIsUnknownAtItsDeadlineWithTheToken() {
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CommitRequest request = a.put("k", "v");
    a.commit(request);
    CompletableFuture<CommitOutcome> second = a.commit(retry(request, 2), 500);
    world.passMs(600);
    assertThat(code(second)).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(failure(second).token()).isEqualTo(world.state().token());
  }

  @Test
  void theSameRequestIsAnsweredTheSameAlsoByTheNextLeader() {
    SimulatedNode b = world.start("b");
    CommitRequest request = a.put("k", "v");
    CompletableFuture<CommitOutcome> first = a.commit(request);
    a.set("k", "w");
    world.run();
    CompletableFuture<CommitOutcome> again = a.commit(retry(request, 2));
    world.run();
    assertThat(revision(again)).isEqualTo(revision(first));
    a.kill();
    world.passMs(QUIET_MS + 1);
    CompletableFuture<CommitOutcome> after = b.commit(retry(request, 3));
    world.run();
    assertThat(revision(after)).isEqualTo(revision(first));
  }

  @Test
  void anAnsweredDuplicateIsARead() {
    CommitRequest request = a.put("k", "v");
    a.commit(request);
    world.passMs(60_000);
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> again = a.commit(retry(request, 2));
    world.run();
    assertThat(again).as("waits for the lease").isNotDone();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(revision(again)).isEqualTo(1);
  }

  @Test
  void aRetryThatChangesNothingLogsItsOutcomeAndTheLateFirstAttemptIsAnsweredTheSame() {
    a.set("k", "theirs");
    world.run();
    CommitRequest request = new CommitRequest(SimulatedNode.PK, List.of(new Predicate.Absent(Bytes.utf8("k"))),
        List.of(new Mutation.Put(Bytes.utf8("k"), Bytes.utf8("mine"))), a.request(), Provenance.NONE);
    CompletableFuture<CommitOutcome> second = a.commit(retry(request, 2));
    world.run();
    assertThat(answer(second)).isInstanceOf(CommitOutcome.PredicateFailed.class);
    assertThat(events()).hasSize(2);
    a.delete("k");
    CompletableFuture<CommitOutcome> first = a.commit(request);
    world.run();
    assertThat(answer(first)).isEqualTo(answer(second));
    assertThat(value(read("k"))).isEqualTo("-");
  }

  @Test
  void aFirstAttemptThatChangesNothingLogsNothing() {
    CompletableFuture<CommitOutcome> delete = a.delete("k");
    world.run();
    assertThat(answer(delete)).isEqualTo(new CommitOutcome.Applied(0, false));
    assertThat(events()).isEmpty();
  }

  @Test
  void aRequestOlderThanTheWindowIsRefusedByCommittedLogTime() {
    long windowMs = world.genesis().dedupeWindowMs();
    RequestInfo old = new RequestInfo(a.request().id(), 1, a.clock().wallMs());
    world.passMs(windowMs + 1);
    CommitRequest request = new CommitRequest(SimulatedNode.PK, List.of(), a.put("k", "v").mutations(), old, Provenance.NONE);
    // Log time has not moved yet: it is the event that is committed before it that makes it old.
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("j", "w");
    CompletableFuture<CommitOutcome> early = a.commit(request);
    world.run();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(revision(early)).isEqualTo(2);
    CommitRequest other = new CommitRequest(SimulatedNode.PK, List.of(), request.mutations(),
        new RequestInfo(a.request().id(), 1, old.timeMs()), Provenance.NONE);
    CompletableFuture<CommitOutcome> late = a.commit(other);
    world.run();
    assertThat(code(late)).isEqualTo(ErrorCode.REQUEST_EXPIRED);
  }

  @Test
  void aRequestFromTheFutureIsRefusedBeyondTheLead() {
    long lead = GenesisConfig.MAX_CLOCK_LEAD_MS;
    CompletableFuture<CommitOutcome> within = a.commit(at("k", a.clock().wallMs() + lead));
    CompletableFuture<CommitOutcome> beyond = a.commit(at("k", a.clock().wallMs() + lead + 1));
    world.run();
    revision(within);
    assertThat(code(beyond)).isEqualTo(ErrorCode.CLOCK_AHEAD);
  }

  @Test
  void aReadOrWriteThatFindsNoLeaderUntilItsDeadlineIsUnavailableAndIsNotDoneLater() {
    a.kill();
    SimulatedPartition dark = new SimulatedPartition(6);
    SimulatedNode node = dark.start("a");
    node.log().failReads(true);
    CompletableFuture<CommitOutcome> write = node.commit(node.put("k", "v"), 1_000);
    CompletableFuture<GetResult> read = node.get("k");
    dark.passMs(1_100);
    assertThat(code(write)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(write.isDone()).isTrue();
    node.log().failReads(false);
    dark.passMs(1_000);
    assertThat(value(read)).isEqualTo("-");
    assertThat(dark.kinds()).containsExactly("Genesis", "Claim");
  }

  @Test
  void aWriteThatWaitsForTheQuietPeriodIsSurelyNotAppliedAtItsDeadline() {
    a.kill();
    SimulatedNode again = world.start("a");
    CompletableFuture<CommitOutcome> write = again.commit(again.put("k", "v"), 1_000);
    world.passMs(1_100);
    assertThat(code(write)).isEqualTo(ErrorCode.UNAVAILABLE);
    world.passMs(QUIET_MS);
    assertThat(events()).isEmpty();
  }

  @Test
  void aWriteWithoutAcknowledgementIsUnknownAtItsDeadline() {
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> write = a.commit(a.put("k", "v"), 1_000);
    world.passMs(1_100);
    assertThat(code(write)).isEqualTo(ErrorCode.UNKNOWN);
  }

  @Test
  void aReadThatWaitsForAWriteInFlightEndsAtItsDeadline() {
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("k", "v");
    CompletableFuture<GetResult> read = a.get("k");
    world.passMs(10_100);
    assertThat(code(read)).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
  }

  @Test
  void whileTheProjectorStandsStillWritersAreSlowedDownAndReadersAreNotAndItRecovers() {
    SimulatedPartition small = new SimulatedPartition(7);
    SimulatedNode node = small.start("a", config -> config.withMemtableLimitBytes(20_000));
    small.run();
    small.pauseProjection();
    for (int i = 0; i < 200; i++) {
      node.set("key" + i, "v");
    }
    small.passMs(1_200);
    CompletableFuture<CommitOutcome> slow = node.set("more", "v");
    small.passMs(1_200);
    assertThat(code(slow)).isEqualTo(ErrorCode.SLOW_DOWN);
    CompletableFuture<GetResult> read = node.get("key3");
    CompletableFuture<GetResult> unknownKey = node.get("nothing");
    small.run();
    assertThat(value(read)).isEqualTo("v");
    assertThat(value(unknownKey)).isEqualTo("-");
    CompletableFuture<CommitOutcome> waits = node.set("more", "v");
    small.passMs(100);
    small.resumeProjection();
    small.passMs(200);
    revision(waits);
  }

  @Test
  void theGateRefusesWritesAndNoReads() {
    AtomicBoolean full = new AtomicBoolean();
    SimulatedPartition gated = new SimulatedPartition(8);
    SimulatedNode node = gated.start("a", config -> config, 0,
        () -> full.get() ? Optional.of(new StoreException(ErrorCode.DISK_FULL, "full")) : Optional.empty());
    gated.run();
    full.set(true);
    CompletableFuture<CommitOutcome> write = node.set("k", "v");
    CompletableFuture<GetResult> read = node.get("k");
    gated.run();
    assertThat(code(write)).isEqualTo(ErrorCode.DISK_FULL);
    assertThat(value(read)).isEqualTo("-");
  }

  private CommitRequest at(String key, long timeMs) {
    return new CommitRequest(SimulatedNode.PK, List.of(), a.put(key, "v").mutations(),
        new RequestInfo(a.request().id(), 1, timeMs), Provenance.NONE);
  }

  private static CommitRequest retry(CommitRequest first, int attempt) {
    return new CommitRequest(first.partitionKey(), first.predicates(), first.mutations(),
        new RequestInfo(first.request().id(), attempt, first.request().timeMs()), first.provenance());
  }

  private List<LogRecord> events() {
    return world.judged().stream().filter(SimulatedPartition.Judged::valid).map(SimulatedPartition.Judged::record)
        .filter(LogRecord.Event.class::isInstance).toList();
  }

  private CompletableFuture<GetResult> read(String key) {
    CompletableFuture<GetResult> read = a.get(key);
    world.run();
    return read;
  }
}
