package io.logfold.query;

import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.revision;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A later attempt never says of the ones before that they did not happen. */
class LaterAttemptTest {
  private final SimulatedPartition world = new SimulatedPartition(11);
  private final SimulatedNode a = world.start("a");

  @Test
  void anAttemptThatArrivesWhileTheFirstIsUndecidedIsAnsweredAsTheFirstIs() {
    world.run();
    a.log().next(Fault.FAILED_BUT_IN_THE_LOG);
    a.log().failReads(true);
    CommitRequest request = a.put("k", "v");
    CompletableFuture<CommitOutcome> first = a.commit(request, 10_000);
    world.run();
    CompletableFuture<CommitOutcome> second = a.commit(again(request), 1_000);
    world.passMs(1_100);
    assertThat(first).isNotDone();
    assertThat(code(second)).isEqualTo(ErrorCode.UNKNOWN);
    a.log().failReads(false);
    world.passMs(1_000);
    assertThat(revision(first)).isEqualTo(1);
  }

  @Test
  void aRefusedLaterAttemptIsUnknownAndARefusedFirstOneIsSurelyNotApplied() {
    a.log().failReads(true); // nobody can lead
    CommitRequest request = a.put("k", "v");
    CompletableFuture<CommitOutcome> first = a.commit(request, 500);
    CompletableFuture<CommitOutcome> later = a.commit(again(request), 500);
    world.passMs(600);
    assertThat(code(first)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(code(later)).isEqualTo(ErrorCode.UNKNOWN);
  }

  private static CommitRequest again(CommitRequest request) {
    return new CommitRequest(request.partitionKey(), List.of(), request.mutations(), request.request().nextAttempt(),
        request.provenance());
  }
}
