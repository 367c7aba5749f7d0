package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.logfold.api.testing.ReferenceStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

class SureCommitTest {
  private static final Bytes PARTITION_KEY = Bytes.utf8("pk");
  private static final Bytes KEY = Bytes.utf8("k");

  private final ReferenceStore store = new ReferenceStore();
  private final ManualStore manual = new ManualStore();
  private final BlockingStore blocking = new BlockingStore(manual, new Random(1), InstantSource.system());
  private final List<Long> pauses = new ArrayList<>();
  private long nowNanos;

  /** What happens to a try: it is given the request and how many came before it. */
  private BiFunction<CommitRequest, Integer, CompletableFuture<CommitOutcome>> onCommit =
      (request, before) -> store.commit(request, CallOptions.DEFAULT);

  SureCommitTest() {
    manual.onCommit = request -> onCommit.apply(request, manual.commits.size() - 1);
    manual.onResolve = request -> store.resolve(request, CallOptions.DEFAULT);
  }

  @Test
  void anAnswerIsTakenAtOnce() {
    assertThat(commit(put("v"))).isEqualTo(new CommitOutcome.Applied(1, true));
    assertThat(manual.commits).hasSize(1);
    assertThat(pauses).isEmpty();
  }

  @Test
  void anAnswerThatGotLostIsLearntFromTheNextAttemptOfTheSameRequest() {
    onCommit = (request, before) -> {
      CompletableFuture<CommitOutcome> answer = store.commit(request, CallOptions.DEFAULT);
      return before == 0 ? unknown(request) : answer;
    };
    CommitRequest request = put("v");
    assertThat(commit(request)).isEqualTo(new CommitOutcome.Applied(1, true));
    assertThat(manual.commits).extracting(CommitRequest::request)
        .containsExactly(request.request(), request.request().nextAttempt());
  }

  @Test
  void refusalsThatMayPassAreAskedAgainWithLongerAndLongerPauses() {
    onCommit = (request, before) -> before < 8
        ? failed(before % 2 == 0 ? ErrorCode.UNAVAILABLE : ErrorCode.NOT_LEADER)
        : store.commit(request, CallOptions.DEFAULT);
    assertThat(commit(put("v"))).isEqualTo(new CommitOutcome.Applied(1, true));
    assertThat(manual.commits).extracting(request -> request.request().id()).containsOnly(put0.request().id());
    assertThat(manual.commits.getLast().request().attempt()).isEqualTo(9);
    assertThat(pauses.getFirst()).isBetween(10_000_000L, 20_000_000L);
    assertThat(pauses.getLast()).isBetween(500_000_000L, 1_000_000_000L);
    assertThat(manual.resolves).isEmpty();
  }

  @Test
  void whatWillFailAgainIsThrownAtOnce() {
    onCommit = (request, before) -> failed(ErrorCode.TOO_LARGE);
    assertThat(failure(put("v")).code()).isEqualTo(ErrorCode.TOO_LARGE);
    assertThat(manual.commits).hasSize(1);
  }

  @Test
  void aRequestThatStaysOpenIsResolvedInTheEnd() {
    onCommit = (request, before) -> {
      var unused = store.commit(request, CallOptions.DEFAULT);
      return unknown(request);
    };
    assertThat(commit(put("v"))).isEqualTo(new CommitOutcome.Applied(1, true));
    assertThat(manual.resolves).containsExactly(ResolveRequest.of(put0));
  }

  @Test
  void aRequestThatNeverArrivedIsWithdrawnInTheEnd() {
    onCommit = (request, before) -> unknown(request);
    assertThat(failure(put("v")).code()).isEqualTo(ErrorCode.CANCELLED);
    StoreException late = catchThrowableOfType(StoreException.class,
        () -> new BlockingStore(store).commit(put0));
    assertThat(late.code()).isEqualTo(ErrorCode.CANCELLED);
  }

  @Test
  void aFailedPredicateThatWasLoggedKeepsItsKey() {
    var set = store.commit(put("before"), CallOptions.DEFAULT).join();
    CommitRequest request = new CommitRequest(PARTITION_KEY, List.of(new Predicate.Absent(KEY)),
        List.of(new Mutation.Delete(KEY)), blocking.newRequest().nextAttempt(), Provenance.NONE);
    onCommit = (attempt, before) -> {
      var unused = store.commit(attempt, CallOptions.DEFAULT);
      return unknown(attempt);
    };
    CommitOutcome outcome = sure().commit(request, Duration.ofSeconds(10));
    assertThat(outcome).isEqualTo(new CommitOutcome.PredicateFailed(0, KEY,
        java.util.OptionalLong.of(((CommitOutcome.Applied) set).revision())));
  }

  @Test
  void whereNothingCanBeLearntItIsUnknown() {
    onCommit = (request, before) -> before == 0 ? unknown(request) : failed(ErrorCode.UNAVAILABLE);
    manual.onResolve = request -> failed(ErrorCode.UNAVAILABLE);
    StoreException failure = failure(put("v"));
    assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(failure.requestId()).contains(put0.request().id());
    assertThat(failure).hasMessageContaining("the test lost it").hasMessageContaining("UNAVAILABLE");
    assertThat(nowNanos).isGreaterThanOrEqualTo(Duration.ofSeconds(10).toNanos());
  }

  @Test
  void whereNoAttemptWasTakenTheRefusalIsThrownAndNothingIsWithdrawn() {
    onCommit = (request, before) -> failed(ErrorCode.UNAVAILABLE);
    assertThat(failure(put("v")).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(manual.resolves).isEmpty();
  }

  @Test
  void aPermanentRefusalOfALaterAttemptDoesNotHideThatAnEarlierOneIsOpen() {
    onCommit = (request, before) -> before == 0 ? unknown(request) : failed(ErrorCode.CORRUPT);
    assertThat(failure(put("v")).code()).isEqualTo(ErrorCode.UNKNOWN);
  }

  @Test
  void aRefusalOfARequestThatIsHandedInWithALaterAttemptDoesNotSayThatNothingWasChanged() {
    onCommit = (request, before) -> failed(ErrorCode.TOO_LARGE);
    RequestInfo first = put("v").request();
    for (RequestInfo handedIn : List.of(first.nextAttempt(), new RequestInfo(first.id(), 0, first.timeMs()))) {
      StoreException failure = failure(new CommitRequest(
          PARTITION_KEY, List.of(), List.of(new Mutation.Delete(KEY)), handedIn, Provenance.NONE));
      assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN);
      assertThat(failure.requestId()).contains(first.id());
      assertThat(failure).hasMessageContaining("an earlier attempt").hasMessageContaining("TOO_LARGE");
    }
  }

  @Test
  void whatAnEarlierAttemptDidIsResolvedWhereTheLaterOneIsOnlyRefused() {
    CommitRequest request = put("v");
    CommitOutcome applied = store.commit(request, CallOptions.DEFAULT).join();
    onCommit = (attempt, before) -> failed(ErrorCode.UNAVAILABLE);
    assertThat(commit(new CommitRequest(request.partitionKey(), request.predicates(), request.mutations(),
        request.request().nextAttempt(), request.provenance()))).isEqualTo(applied);
    assertThat(manual.resolves).containsExactly(ResolveRequest.of(request));
  }

  @Test
  void anInterruptEndsItWithUnknownAndIsKept() {
    onCommit = (request, before) -> {
      Thread.currentThread().interrupt();
      return new CompletableFuture<>();
    };
    StoreException failure = failure(put("v"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(manual.commits).hasSize(1);
  }

  private CommitRequest put0 = put("unused");

  private CommitRequest put(String value) {
    put0 = new CommitRequest(PARTITION_KEY, List.of(), List.of(new Mutation.Put(KEY, Bytes.utf8(value))),
        blocking.newRequest(), Provenance.NONE);
    return put0;
  }

  private SureCommit sure() {
    return new SureCommit(blocking, CallOptions.DEFAULT, new Random(1), () -> nowNanos, nanos -> {
      pauses.add(nanos);
      nowNanos += nanos;
    });
  }

  private CommitOutcome commit(CommitRequest request) {
    return sure().commit(request, Duration.ofSeconds(10));
  }

  private StoreException failure(CommitRequest request) {
    return catchThrowableOfType(StoreException.class, () -> commit(request));
  }

  private static <T> CompletableFuture<T> unknown(CommitRequest request) {
    return CompletableFuture.failedFuture(StoreException.unknown(request.request().id(), -1, "the test lost it"));
  }

  private static <T> CompletableFuture<T> failed(ErrorCode code) {
    return CompletableFuture.failedFuture(new StoreException(code, code.name()));
  }
}
