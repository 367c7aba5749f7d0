package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting, giving up and the identity of requests; what a store answers is the contract kit's subject. */
@Timeout(60)
class BlockingStoreTest {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final Bytes KEY = Bytes.utf8("key");
  private static final CallOptions SHORT = CallOptions.timeoutMs(20);

  private final ManualStore store = new ManualStore();
  private final BlockingStore blocking =
      new BlockingStore(store, new Random(7), InstantSource.fixed(Instant.ofEpochMilli(1234)));

  @Test
  void aWriteWithoutAnswerIsUnknownAndNamesItsRequest() {
    StoreException failure = failure(() -> blocking.withOptions(SHORT).set(PK, KEY, KEY));
    assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(failure.requestId()).contains(store.commits.getFirst().request().id());
    assertThat(store.commit).as("the store is told that nobody waits").isCancelled();
  }

  @Test
  void aReadWithoutAnswerExceedsItsDeadline() {
    assertThat(failure(() -> blocking.withOptions(SHORT).get(PK, KEY)).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(store.get).isCancelled();
  }

  @Test
  void aThreadInterruptedWhileItWaitsForAWriteGetsUnknownAndKeepsItsFlag() throws Exception {
    assertThat(interruptedWhileWaiting(() -> blocking.set(PK, KEY, KEY)).code()).isEqualTo(ErrorCode.UNKNOWN);
  }

  @Test
  void aThreadInterruptedWhileItWaitsForAReadIsCancelledAndKeepsItsFlag() throws Exception {
    assertThat(interruptedWhileWaiting(() -> blocking.get(PK, KEY)).code()).isEqualTo(ErrorCode.CANCELLED);
  }

  @Test
  void aCallOnAnInterruptedThreadIsNotMade() {
    try {
      Thread.currentThread().interrupt();
      assertThat(failure(() -> blocking.set(PK, KEY, KEY)).code()).isEqualTo(ErrorCode.CANCELLED);
      assertThat(store.commits).isEmpty();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aWriteWhoseFutureIsCancelledIsUnknownAndOfAReadCancelled() {
    store.commit.cancel(true);
    store.get.cancel(true);
    assertThat(failure(() -> blocking.set(PK, KEY, KEY)).code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(failure(() -> blocking.get(PK, KEY)).code()).isEqualTo(ErrorCode.CANCELLED);
  }

  @Test
  void aFailureOfTheStoreArrivesAsItIs() {
    StoreException busy = new StoreException(ErrorCode.SLOW_DOWN, "busy");
    store.commit = CompletableFuture.failedFuture(busy);
    assertThatThrownBy(() -> blocking.delete(PK, KEY)).isSameAs(busy);
    store.get = CompletableFuture.<GetResult>failedFuture(busy).thenApply(result -> result);
    assertThatThrownBy(() -> blocking.get(PK, KEY)).isSameAs(busy);
  }

  @Test
  void everyWriteHasAnIdentityOfItsOwnTheClocksTimeAndTheProvenance() {
    store.commit = CompletableFuture.completedFuture(new CommitOutcome.Applied(5, true));
    Provenance provenance = Provenance.of("ada", "because");
    BlockingStore signed = blocking.withProvenance(provenance);
    assertThat(signed.set(PK, KEY, KEY)).isEqualTo(5);
    signed.delete(PK, KEY);
    signed.setIf(PK, KEY, KEY, new Predicate.Absent(KEY));
    assertThat(store.commits).extracting(request -> request.request().id()).doesNotHaveDuplicates();
    assertThat(store.commits).allSatisfy(request -> {
      assertThat(request.request().attempt()).isEqualTo(1);
      assertThat(request.request().timeMs()).isEqualTo(1234);
      assertThat(request.provenance()).isEqualTo(provenance);
    });
  }

  @Test
  void aRequestOfTheCallersOwnIsSentAsItIs() {
    store.commit = CompletableFuture.completedFuture(new CommitOutcome.Applied(5, true));
    CommitRequest request = new CommitRequest(PK, List.of(), List.of(new Mutation.Delete(KEY)),
        blocking.newRequest().nextAttempt(), Provenance.NONE);
    assertThat(blocking.commit(request)).isEqualTo(new CommitOutcome.Applied(5, true));
    assertThat(store.commits).containsExactly(request);
  }

  @Test
  void missingArgumentsAreRefusedBeforeTheStoreIsAsked() {
    assertThat(failure(() -> blocking.set(null, null, null)).code()).isEqualTo(ErrorCode.MISSING_PARTITION_KEY);
    assertThat(failure(() -> blocking.set(PK, null, null)).code()).isEqualTo(ErrorCode.MISSING_KEY);
    assertThat(failure(() -> blocking.set(PK, KEY, null)).code()).isEqualTo(ErrorCode.MISSING_VALUE);
    assertThat(store.commits).isEmpty();
  }

  @Test
  void partitionKeysAreReadPageByPage() {
    List<Bytes> all = List.of(Bytes.utf8("a"), Bytes.utf8("b"), Bytes.utf8("c"));
    store.partitionKeys = request -> {
      int from = request.after().map(after -> all.indexOf(after) + 1).orElse(0);
      return new PartitionKeysPage(all.subList(from, Math.min(from + 2, 3)), from + 2 < 3);
    };
    List<Bytes> seen = new ArrayList<>();
    blocking.partitionKeys().forEach(seen::add);
    assertThat(seen).isEqualTo(all);
  }

  @Test
  void emptyPagesOfPartitionKeysAreGoneOnBehind() {
    store.partitionKeys = request -> request.after().isEmpty()
        ? new PartitionKeysPage(List.of(), true, Optional.of(Bytes.utf8("m")))
        : new PartitionKeysPage(request.after().get().equals(Bytes.utf8("m")) ? List.of(Bytes.utf8("z")) : List.of(), false);
    List<Bytes> seen = new ArrayList<>();
    blocking.partitionKeys().forEach(seen::add);
    assertThat(seen).containsExactly(Bytes.utf8("z"));
  }

  @Test
  void aListThatDoesNotGetFurtherIsAnErrorAndNotEndless() {
    store.partitionKeys = request -> new PartitionKeysPage(List.of(Bytes.utf8("a")), true);
    List<Bytes> seen = new ArrayList<>();
    assertThat(failure(() -> blocking.partitionKeys().forEach(seen::add)).code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(seen).containsExactly(Bytes.utf8("a"));
  }

  @Test
  void closingItClosesTheStore() {
    blocking.close();
    assertThat(store.closed).isTrue();
  }

  private static StoreException interruptedWhileWaiting(Runnable call) throws InterruptedException {
    CompletableFuture<Optional<StoreException>> failure = new CompletableFuture<>();
    AtomicBoolean flagKept = new AtomicBoolean();
    Thread caller = new Thread(() -> {
      try {
        call.run();
        failure.complete(Optional.empty());
      } catch (StoreException e) {
        flagKept.set(Thread.currentThread().isInterrupted());
        failure.complete(Optional.of(e));
      }
    });
    caller.start();
    await().until(() -> caller.getState() == Thread.State.TIMED_WAITING);
    caller.interrupt();
    caller.join();
    assertThat(flagKept).as("the interrupt flag is kept").isTrue();
    return failure.join().orElseThrow();
  }

  private static StoreException failure(ThrowingCallable call) {
    StoreException failure = catchThrowableOfType(StoreException.class, call);
    assertThat(failure).isNotNull();
    return failure;
  }
}
