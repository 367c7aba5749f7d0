package io.logfold.query.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.ServerCallStreamObserver;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.GetResult;
import io.logfold.api.Versioned;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.OperationBatch;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.ResultBatch;
import io.logfold.api.wire.WireRequests;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The session against a client whose readiness the test decides. */
class KvSessionTest {
  private final ScriptedStore store = new ScriptedStore();
  private final Outbound out = new Outbound();

  @Test
  void whatIsDecidedWhileTheClientIsNotReadyLeavesTogetherAndInOrder() {
    KvSession session = session(SessionLimits.DEFAULT);
    out.ready = false;
    session.onNext(gets(1, 3));
    session.onNext(gets(4, 2));
    assertThat(out.frames).isEmpty();
    out.becomeReady();
    assertThat(out.frames).hasSize(1);
    assertThat(out.ids()).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void aClientThatDoesNotReadIsNotReadFromEither() {
    store.onGet = request -> CompletableFuture.completedFuture(
        new GetResult(List.of(Optional.of(new Versioned(Bytes.wrap(new byte[600]), 1))), ScriptedStore.POSITION));
    KvSession session = session(new SessionLimits(100, 1_000));
    assertThat(out.requested).isEqualTo(1);
    out.ready = false;
    session.onNext(gets(1, 1));
    assertThat(out.requested).isEqualTo(2);
    session.onNext(gets(2, 3));
    assertThat(out.requested).isEqualTo(2);
    out.becomeReady();
    assertThat(out.requested).isEqualTo(3);
    assertThat(out.results().stream().map(Result::getKindCase)).containsExactly(
        Result.KindCase.GET, Result.KindCase.GET, Result.KindCase.ERROR, Result.KindCase.ERROR);
    assertThat(out.results().getLast().getError().getCode()).isEqualTo("SLOW_DOWN");
  }

  @Test
  void theOutcomeOfACommitIsToldHoweverMuchIsUndelivered() {
    store.onGet = request -> CompletableFuture.completedFuture(
        new GetResult(List.of(Optional.of(new Versioned(Bytes.wrap(new byte[600]), 1))), ScriptedStore.POSITION));
    KvSession session = session(new SessionLimits(100, 100));
    out.ready = false;
    session.onNext(OperationBatch.newBuilder()
        .addAllOperations(gets(1, 1).getOperationsList())
        .addOperations(commit(2))
        .build());
    out.becomeReady();
    assertThat(out.results().getLast().getCommit().getApplied().getChanged()).isTrue();
  }

  @Test
  void moreThanTheLimitOutstandingIsAnsweredSlowDownAndRoomComesBack() {
    List<CompletableFuture<GetResult>> asked = new ArrayList<>();
    store.onGet = request -> {
      CompletableFuture<GetResult> answer = new CompletableFuture<>();
      asked.add(answer);
      return answer;
    };
    KvSession session = session(new SessionLimits(4, 1_000_000));
    session.onNext(gets(1, 6));
    assertThat(asked).hasSize(4);
    assertThat(out.ids()).containsExactly(5L, 6L);
    assertThat(out.results()).allMatch(result -> result.getError().getCode().equals("SLOW_DOWN"));
    asked.getFirst().complete(new GetResult(List.of(), ScriptedStore.POSITION));
    session.onNext(gets(7, 1));
    assertThat(asked).hasSize(5);
  }

  @Test
  void afterTheClientsLastWordWhatIsUnderWayIsFinishedFirst() {
    CompletableFuture<CommitOutcome> answer = new CompletableFuture<>();
    store.onCommit = request -> answer;
    KvSession session = session(SessionLimits.DEFAULT);
    session.onNext(OperationBatch.newBuilder().addOperations(commit(1)).build());
    session.onCompleted();
    assertThat(out.completed).isFalse();
    answer.complete(new CommitOutcome.Applied(5, true));
    assertThat(out.ids()).containsExactly(1L);
    assertThat(out.completed).isTrue();
  }

  @Test
  void answersToAClientThatLeftAreDropped() {
    CompletableFuture<CommitOutcome> answer = new CompletableFuture<>();
    store.onCommit = request -> answer;
    KvSession session = session(SessionLimits.DEFAULT);
    session.onNext(OperationBatch.newBuilder().addOperations(commit(1)).build());
    out.leave();
    answer.complete(new CommitOutcome.Applied(5, true));
    assertThat(out.frames).isEmpty();
  }

  @Test
  void answersOfManyThreadsAreWrittenByOneAtATime() throws Exception {
    Queue<CompletableFuture<GetResult>> asked = new ConcurrentLinkedQueue<>();
    store.onGet = request -> {
      CompletableFuture<GetResult> answer = new CompletableFuture<>();
      asked.add(answer);
      return answer;
    };
    KvSession session = session(SessionLimits.DEFAULT);
    session.onNext(gets(1, 4_000));
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(Thread.ofPlatform().start(() -> {
        CompletableFuture<GetResult> next;
        while ((next = asked.poll()) != null) {
          next.complete(new GetResult(List.of(), ScriptedStore.POSITION));
        }
      }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(out.ids()).hasSize(4_000).doesNotHaveDuplicates();
    assertThat(out.overlapped).isFalse();
  }

  private KvSession session(SessionLimits limits) {
    KvSession session = new KvSession(
        new OperationRunner(store, ThisNode.alone(store), CallOptions.DEFAULT), out, Runnable::run, limits, "here");
    session.start();
    return session;
  }

  private static OperationBatch gets(int firstId, int count) {
    OperationBatch.Builder batch = OperationBatch.newBuilder();
    for (int i = 0; i < count; i++) {
      batch.addOperations(
          Operation.newBuilder().setId(firstId + i).setGet(WireRequests.encode(ScriptedStore.get("k"))));
    }
    return batch.build();
  }

  private static Operation commit(long id) {
    return Operation.newBuilder().setId(id).setCommit(WireRequests.encode(ScriptedStore.put("k")))
        .build();
  }

  /** What the transport would be. */
  private static final class Outbound extends ServerCallStreamObserver<ResultBatch> {
    final List<ResultBatch> frames = new ArrayList<>();
    private final AtomicBoolean writing = new AtomicBoolean();
    volatile boolean ready = true;
    volatile boolean overlapped;
    volatile boolean completed;
    int requested;
    private @Nullable Runnable onReady;
    private @Nullable Runnable onCancel;

    void becomeReady() {
      ready = true;
      java.util.Objects.requireNonNull(onReady).run();
    }

    void leave() {
      java.util.Objects.requireNonNull(onCancel).run();
    }

    List<Result> results() {
      return frames.stream().flatMap(frame -> frame.getResultsList().stream()).toList();
    }

    List<Long> ids() {
      return results().stream().map(Result::getId).toList();
    }

    @Override
    public void onNext(ResultBatch frame) {
      overlapped |= !writing.compareAndSet(false, true);
      frames.add(frame);
      writing.set(false);
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void request(int count) {
      requested += count;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
      onReady = handler;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
      onCancel = handler;
    }

    @Override
    public void onCompleted() {
      completed = true;
    }

    @Override
    public void onError(Throwable failure) {
      throw new AssertionError("a session never fails by itself", failure);
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void disableAutoRequest() {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void setMessageCompression(boolean enable) {}
  }
}
