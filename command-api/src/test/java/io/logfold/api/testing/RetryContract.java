package io.logfold.api.testing;

import static io.logfold.api.testing.Kit.applied;
import static io.logfold.api.testing.Kit.assertFails;
import static io.logfold.api.testing.Kit.atOnce;
import static io.logfold.api.testing.Kit.bytes;
import static io.logfold.api.testing.Kit.found;
import static io.logfold.api.testing.Kit.fresh;
import static io.logfold.api.testing.Kit.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** The same request id is applied at most once, and a retry is answered as the first attempt was. */
public interface RetryContract extends ContractFixture {

  @Test
  default void aRetryAnswersTheSameAndIsAppliedOnce() {
    Bytes partitionKey = fresh("retry");
    CommitRequest first = put(partitionKey, "mine");
    CommitOutcome answer = blocking().commit(first);
    long theirs = blocking().set(partitionKey, bytes("key"), bytes("theirs"));
    assertThat(blocking().commit(nextAttempt(first))).isEqualTo(answer);
    assertThat(blocking().commit(nextAttempt(nextAttempt(first)))).isEqualTo(answer);
    assertThat(found(blocking(), partitionKey, bytes("key")).value()).isEqualTo(bytes("theirs"));
    assertThat(found(blocking(), partitionKey, bytes("key")).revision()).isEqualTo(theirs);
  }

  @Test
  default void aRetryWithoutAnAttemptNumberIsTheSameRequestToo() {
    Bytes partitionKey = fresh("retry");
    CommitRequest first = put(partitionKey, "mine");
    CommitOutcome answer = blocking().commit(first);
    blocking().set(partitionKey, bytes("key"), bytes("theirs"));
    RequestInfo unnumbered = new RequestInfo(first.request().id(), 0, first.request().timeMs());
    assertThat(blocking().commit(with(first, unnumbered))).isEqualTo(answer);
    assertThat(blocking().commit(first)).isEqualTo(answer);
    assertThat(found(blocking(), partitionKey, bytes("key")).value()).isEqualTo(bytes("theirs"));
  }

  @Test
  default void aRetriedConditionalWriteDoesNotFailOnItsOwnEffect() {
    Bytes partitionKey = fresh("retry");
    CommitRequest first = request(partitionKey, List.of(new Predicate.Absent(bytes("key"))),
        new Mutation.Put(bytes("key"), bytes("v")));
    CommitOutcome answer = blocking().commit(first);
    applied(answer);
    assertThat(blocking().commit(nextAttempt(first))).isEqualTo(answer);
  }

  @Test
  default void aRetriedDeleteSaysAgainThatItChangedTheKey() {
    Bytes partitionKey = fresh("retry");
    blocking().set(partitionKey, bytes("key"), bytes("v"));
    CommitRequest first = request(partitionKey, List.of(), new Mutation.Delete(bytes("key")));
    CommitOutcome answer = blocking().commit(first);
    assertThat(applied(answer).changed()).isTrue();
    long again = blocking().set(partitionKey, bytes("key"), bytes("w"));
    assertThat(blocking().commit(nextAttempt(first))).isEqualTo(answer);
    assertThat(found(blocking(), partitionKey, bytes("key")).revision()).isEqualTo(again);
  }

  @Test
  default void aRetryThatArrivesFirstIsDecidedAndThenKept() {
    Bytes partitionKey = fresh("retry");
    CommitRequest first = put(partitionKey, "mine");
    CommitOutcome answer = blocking().commit(nextAttempt(first));
    blocking().set(partitionKey, bytes("key"), bytes("theirs"));
    assertThat(blocking().commit(first)).isEqualTo(answer);
    assertThat(found(blocking(), partitionKey, bytes("key")).value()).isEqualTo(bytes("theirs"));
  }

  @Test
  default void aRetryThatFailedItsPredicateStaysFailed() {
    Bytes partitionKey = fresh("retry");
    long before = blocking().set(partitionKey, bytes("key"), bytes("v"));
    CommitRequest first = request(partitionKey, List.of(new Predicate.Absent(bytes("key"))),
        new Mutation.Put(bytes("key"), bytes("mine")));
    refused(blocking().commit(first));
    CommitOutcome second = blocking().commit(nextAttempt(first));
    assertThat(refused(second).currentRevision()).hasValue(before);
    blocking().delete(partitionKey, bytes("key"));
    // Now the predicate would hold; but the request was answered, and an earlier attempt may still be on its way.
    assertThat(blocking().commit(nextAttempt(nextAttempt(first)))).isEqualTo(second);
    assertThat(blocking().commit(first)).isEqualTo(second);
    assertThat(blocking().get(partitionKey, bytes("key"))).isEmpty();
  }

  @Test
  default void aRetriedDeleteThatFoundNothingNeverDeletesLater() {
    Bytes partitionKey = fresh("retry");
    CommitRequest first = request(partitionKey, List.of(), new Mutation.Delete(bytes("key")));
    assertThat(applied(blocking().commit(first)).changed()).isFalse();
    CommitOutcome second = blocking().commit(nextAttempt(first));
    assertThat(applied(second).changed()).isFalse();
    blocking().set(partitionKey, bytes("key"), bytes("v"));
    assertThat(blocking().commit(nextAttempt(nextAttempt(first)))).isEqualTo(second);
    assertThat(found(blocking(), partitionKey, bytes("key")).value()).isEqualTo(bytes("v"));
  }

  @Test
  default void attemptsThatRaceAreAppliedOnceAndAnsweredTheSame() throws Exception {
    Bytes partitionKey = fresh("retry");
    CommitRequest request = request(partitionKey, List.of(new Predicate.Absent(bytes("key"))),
        new Mutation.Put(bytes("key"), bytes("v")));
    List<Callable<CommitOutcome>> attempts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      CommitRequest attempt = request;
      attempts.add(() -> blocking().commit(attempt));
      request = nextAttempt(request);
    }
    List<CommitOutcome> answers = atOnce(attempts);
    assertThat(answers).containsOnly(answers.get(0));
    assertThat(applied(answers.get(0)).revision())
        .isEqualTo(found(blocking(), partitionKey, bytes("key")).revision());
  }

  @Test
  default void anotherRequestIdIsAnotherRequest() {
    Bytes partitionKey = fresh("retry");
    long first = applied(blocking().commit(put(partitionKey, "v"))).revision();
    assertThat(applied(blocking().commit(put(partitionKey, "v"))).revision()).isGreaterThan(first);
  }

  @Test
  default void aRequestOlderThanTheDedupeWindowIsRefused() {
    Bytes partitionKey = fresh("retry");
    long revision = blocking().set(partitionKey, bytes("key"), bytes("v"));
    RequestInfo ancient = new RequestInfo(blocking().newRequest().id(), 1, 1);
    assertFails(ErrorCode.REQUEST_EXPIRED, () -> blocking().commit(with(put(partitionKey, "late"), ancient)));
    assertThat(found(blocking(), partitionKey, bytes("key")).revision()).isEqualTo(revision);
  }

  @Test
  default void aRequestFromTheFarFutureIsRefused() {
    Bytes partitionKey = fresh("retry");
    RequestInfo now = blocking().newRequest();
    RequestInfo future = new RequestInfo(now.id(), 1, now.timeMs() + 24 * 3_600_000L);
    assertFails(ErrorCode.CLOCK_AHEAD, () -> blocking().commit(with(put(partitionKey, "early"), future)));
    assertThat(blocking().get(partitionKey, bytes("key"))).isEmpty();
  }

  private CommitRequest put(Bytes partitionKey, String value) {
    return request(partitionKey, List.of(), new Mutation.Put(bytes("key"), bytes(value)));
  }

  private CommitRequest request(Bytes partitionKey, List<Predicate> predicates, Mutation mutation) {
    return new CommitRequest(partitionKey, predicates, List.of(mutation), blocking().newRequest(), Provenance.NONE);
  }

  private static CommitRequest nextAttempt(CommitRequest request) {
    return with(request, request.request().nextAttempt());
  }

  private static CommitRequest with(CommitRequest request, RequestInfo info) {
    return new CommitRequest(request.partitionKey(), request.predicates(), request.mutations(), info,
        request.provenance());
  }
}
