package io.logfold.query.server.grpc;

import static io.logfold.query.server.grpc.ScriptedStore.get;
import static io.logfold.query.server.grpc.ScriptedStore.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.api.Provenance;
import io.logfold.api.StoreException;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.client.LogfoldClientBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogfoldClientTest {
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void aLoneCallTravelsInAFrameOfItsOwn() {
    TestServer server = serve(new ScriptedStore());
    LogfoldClient client = client(server);
    for (int i = 1; i <= 5; i++) {
      GetResult found = client.get(get("k" + i), CallOptions.DEFAULT).join();
      assertThat(found.entries().getFirst().orElseThrow().value()).isEqualTo(Bytes.utf8("k" + i));
      assertThat(server.frames).hasValue(i);
    }
  }

  @Test
  void callsMadeAtTheSameTimeShareFrames() throws Exception {
    TestServer server = serve(new ScriptedStore());
    LogfoldClient client = client(server);
    int calls = 6_400;
    CompletableFuture<Void> done = new CompletableFuture<>();
    AtomicInteger started = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    for (int i = 0; i < 64; i++) {
      loop(client, started, ended, calls, done);
    }
    done.get(30, TimeUnit.SECONDS);
    assertThat(server.frames).hasValueLessThan(calls / 4);
  }

  private static void loop(LogfoldClient client, AtomicInteger started, AtomicInteger ended, int calls,
      CompletableFuture<Void> done) {
    int n = started.incrementAndGet();
    if (n > calls) {
      return;
    }
    client.get(get("k" + n), CallOptions.DEFAULT).whenComplete((found, failure) -> {
      if (failure != null) {
        done.completeExceptionally(failure);
      } else if (ended.incrementAndGet() == calls) {
        done.complete(null);
      } else {
        loop(client, started, ended, calls, done);
      }
    });
  }

  @Test
  void tenThousandConcurrentCallsAreEachAnsweredForThemselves() {
    LogfoldClient client = client(serve(new ScriptedStore()));
    List<CompletableFuture<GetResult>> answers = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      answers.add(client.get(get("k" + i), CallOptions.DEFAULT));
    }
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i).join().entries().getFirst().orElseThrow().value()).isEqualTo(Bytes.utf8("k" + i));
    }
  }

  @Test
  void atTheDeadlineAReadFailsAndASentWriteIsUnknown() {
    ScriptedStore store = ScriptedStore.silent();
    store.onGet = any -> CompletableFuture.completedFuture(ScriptedStore.echo(any));
    LogfoldClient client = client(serve(store));
    client.get(get("connected"), CallOptions.DEFAULT).join();
    store.onGet = any -> new CompletableFuture<>();
    CommitRequest request = put("k");
    CompletableFuture<CommitOutcome> write = client.commit(request, CallOptions.timeoutMs(1_000));
    CompletableFuture<GetResult> read = client.get(get("k"), CallOptions.timeoutMs(1_000));
    StoreException unknown = failure(write);
    assertThat(unknown.code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(unknown.requestId()).contains(request.request().id());
    assertThat(failure(read).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(store.commits).hasValue(1);
  }

  @Test
  void aWriteWhoseDeadlineComesBeforeItIsSentIsNotUnknown() {
    ScriptedStore store = ScriptedStore.silent();
    LogfoldClient client = client(serve(store), builder -> builder.maxInFlight(1));
    client.get(get("first"), CallOptions.DEFAULT);
    assertThat(failure(client.commit(put("second"), CallOptions.timeoutMs(50))).code())
        .isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(store.commits).hasValue(0);
  }

  @Test
  void aShortDeadlineIsKeptWhileALongOneIsWatched() {
    LogfoldClient client = client(serve(ScriptedStore.silent()));
    CompletableFuture<GetResult> patient = client.get(get("a"), CallOptions.timeoutMs(3_600_000));
    assertThat(failure(client.get(get("b"), CallOptions.timeoutMs(30))).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(patient).isNotDone();
  }

  @Test
  void whatASessionLeavesUndecidedWhenItBreaksIsUnknownForWritesOnly() {
    ScriptedStore store = ScriptedStore.silent();
    TestServer server = serve(store);
    LogfoldClient client = client(server);
    CommitRequest request = put("k");
    CompletableFuture<CommitOutcome> write = client.commit(request, CallOptions.DEFAULT);
    CompletableFuture<GetResult> read = client.get(get("k"), CallOptions.DEFAULT);
    await().until(() -> store.gets.get() == 1);
    server.close();
    StoreException unknown = failure(write);
    assertThat(unknown.code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(unknown.requestId()).contains(request.request().id());
    assertThat(failure(read).code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void theNextCallOpensANewSessionWhereTheServerIsBack() {
    TestServer first = serve(new ScriptedStore());
    LogfoldClient client = client(first);
    client.get(get("k"), CallOptions.DEFAULT).join();
    int port = first.port();
    first.close();
    await().until(() -> client.get(get("k"), CallOptions.DEFAULT).handle((ok, failure) -> failure != null).join());
    await().ignoreExceptions().until(
        () -> open.add(new TestServer(new ScriptedStore(), SessionLimits.DEFAULT, port)));
    await().ignoreExceptions().until(() -> client.get(get("k"), CallOptions.DEFAULT).join() != null);
  }

  @Test
  void aWriteToAServerThatIsNotThereWasSurelyNotSent() {
    TestServer gone = new TestServer(new ScriptedStore());
    gone.close();
    LogfoldClient client = client(gone);
    assertThat(failure(client.commit(put("k"), CallOptions.DEFAULT)).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    StoreException inBackOff = failure(client.commit(put("k"), CallOptions.DEFAULT));
    assertThat(inBackOff.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(inBackOff).hasMessageContaining(gone.url());
  }

  @Test
  void theNextServerIsUsedWhereTheFirstCannotBeReached() {
    TestServer gone = new TestServer(new ScriptedStore());
    gone.close();
    TestServer there = serve(new ScriptedStore());
    LogfoldClient client = LogfoldClient.builder().server(gone.url()).server(there.url()).build();
    open.add(client);
    await().ignoreExceptions().until(() -> client.get(get("k"), CallOptions.DEFAULT).join() != null);
    assertThat(there.frames.get()).isPositive();
  }

  @Test
  void beyondWhatMayWaitCallsAreToldToSlowDownAtOnce() {
    LogfoldClient client = client(serve(ScriptedStore.silent()), builder -> builder.maxInFlight(2).maxWaiting(3));
    List<CompletableFuture<GetResult>> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      calls.add(client.get(get("k" + i), CallOptions.DEFAULT));
    }
    CompletableFuture<GetResult> sixth = client.get(get("k6"), CallOptions.DEFAULT);
    assertThat(sixth).isCompletedExceptionally();
    assertThat(failure(sixth).code()).isEqualTo(ErrorCode.SLOW_DOWN);
    assertThat(calls).noneMatch(CompletableFuture::isDone);
    calls.getFirst().cancel(true);
    assertThat(client.get(get("k7"), CallOptions.DEFAULT)).isNotDone();
  }

  @Test
  void aCancelledCallGivesItsPlaceToTheNext() {
    ScriptedStore store = ScriptedStore.silent();
    LogfoldClient client = client(serve(store), builder -> builder.maxInFlight(1));
    CompletableFuture<GetResult> first = client.get(get("first"), CallOptions.DEFAULT);
    await().until(() -> store.gets.get() == 1);
    store.onGet = request -> CompletableFuture.completedFuture(ScriptedStore.echo(request));
    CompletableFuture<GetResult> second = client.get(get("second"), CallOptions.DEFAULT);
    assertThat(first.cancel(true)).isTrue();
    assertThat(second.join().entries()).hasSize(1);
  }

  @Test
  void closeDecidesWhatIsUnderWayAndEndsTheThreads() {
    ScriptedStore store = ScriptedStore.silent();
    LogfoldClient client = client(serve(store), builder -> builder.maxInFlight(2));
    CompletableFuture<CommitOutcome> sent = client.commit(put("sent"), CallOptions.DEFAULT);
    CompletableFuture<GetResult> read = client.get(get("k"), CallOptions.DEFAULT);
    await().until(() -> store.gets.get() == 1);
    CompletableFuture<CommitOutcome> unsent = client.commit(put("unsent"), CallOptions.DEFAULT);
    client.close();
    client.close();
    assertThat(failure(sent).code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(failure(read).code()).isEqualTo(ErrorCode.CLOSED);
    assertThat(failure(unsent).code()).isEqualTo(ErrorCode.CLOSED);
    assertThat(failure(client.get(get("later"), CallOptions.DEFAULT)).code()).isEqualTo(ErrorCode.CLOSED);
    assertThat(failure(client.cluster(CallOptions.DEFAULT)).code()).isEqualTo(ErrorCode.CLOSED);
    await().until(() -> Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().startsWith("logfold-client")));
  }

  @Test
  void aSessionOutlivesTheTimeAndLengthThatACallMayHave() {
    ScriptedStore store = new ScriptedStore();
    LogfoldClient client = client(serve(store));
    store.onGet = request -> new CompletableFuture<GetResult>()
        .completeOnTimeout(ScriptedStore.echo(request), 2_500, TimeUnit.MILLISECONDS);
    client.get(get("slow"), CallOptions.DEFAULT).join();
    for (int i = 0; i < 40; i++) {
      CommitRequest large = new CommitRequest(Bytes.utf8("pk"), List.of(),
          List.of(new io.logfold.api.Mutation.Put(Bytes.utf8("k"), Bytes.wrap(new byte[100_000]))),
          put("k").request(), Provenance.NONE);
      client.commit(large, CallOptions.DEFAULT).join();
    }
    assertThat(store.commits).hasValue(40);
  }

  @Test
  void identityAndProvenanceArriveAsTheyWereGiven() {
    ScriptedStore store = new ScriptedStore();
    List<CommitRequest> seen = new CopyOnWriteArrayList<>();
    store.onCommit = request -> {
      seen.add(request);
      return CompletableFuture.completedFuture(new CommitOutcome.Applied(1, true));
    };
    LogfoldClient client = client(serve(store), builder -> builder.principal("alice"));
    CommitRequest plain = put("k");
    client.commit(plain, CallOptions.DEFAULT).join();
    assertThat(seen.getLast().request()).isEqualTo(plain.request());
    assertThat(seen.getLast().provenance()).isEqualTo(new Provenance("alice", "", "127.0.0.1"));
    CommitRequest signed = new CommitRequest(plain.partitionKey(), plain.predicates(), plain.mutations(),
        plain.request().nextAttempt(), new Provenance("bob", "cleaning up", "job 7"));
    client.commit(signed, CallOptions.DEFAULT).join();
    assertThat(seen.getLast()).isEqualTo(signed);
  }

  @Test
  void theStoresFailuresKeepTheirCodeAndWords() {
    ScriptedStore store = new ScriptedStore();
    LogfoldClient client = client(serve(store));
    CommitRequest request = put("k");
    StoreException original = StoreException.unknown(request.request().id(), 42, "the leader is gone");
    store.onCommit = any -> CompletableFuture.failedFuture(original);
    StoreException received = failure(client.commit(request, CallOptions.DEFAULT));
    assertThat(received.code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(received).hasMessage(original.getMessage());
    assertThat(received.requestId()).isEqualTo(original.requestId());
    assertThat(received.token()).isEqualTo(42);
    store.onCommit = any -> {
      throw new IllegalStateException("a bug");
    };
    assertThat(failure(client.commit(request, CallOptions.DEFAULT)).code()).isEqualTo(ErrorCode.UNKNOWN);
    store.onGet = any -> CompletableFuture.failedFuture(new IllegalStateException("a bug"));
    assertThat(failure(client.get(get("k"), CallOptions.DEFAULT)).code()).isEqualTo(ErrorCode.INTERNAL);
  }

  @Test
  void theClusterIsShownOrItsFailureKeepsItsCode() {
    ScriptedStore store = new ScriptedStore();
    LogfoldClient client = client(serve(store));
    ClusterView view = new ClusterView("s", 4, "murmur", "memory:",
        List.of(new ClusterView.Node("n1", "http://n1", true), new ClusterView.Node("n2", "http://n2", false)),
        List.of(new ClusterView.Partition(0, "n1", "n1", "http://n1", "LEADER", 9, 5, 4, 0, 100, 20, 1, 0),
            new ClusterView.Partition(1, "n1", "", "", "FOLLOWER", -1, 0, 0, -1, 0, -1, 0, 0)));
    store.onCluster = options -> CompletableFuture.completedFuture(view);
    assertThat(client.cluster(CallOptions.DEFAULT).join()).isEqualTo(view);
    store.onCluster = options ->
        CompletableFuture.failedFuture(new StoreException(ErrorCode.CORRUPT, "partition 3 has stopped"));
    StoreException failure = failure(client.cluster(CallOptions.DEFAULT));
    assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPT);
    assertThat(failure).hasMessageContaining("partition 3 has stopped");
  }

  @Test
  void malformedServerUrlsAreRefusedWithTheReason() {
    for (String url : List.of("localhost:7171", "http://", "http://host:99999", "http://host/path", "http://a@host",
        "ftp://host", "http://ho st", "")) {
      assertThatThrownBy(() -> LogfoldClient.connect(url))
          .isInstanceOfSatisfying(StoreException.class, refused -> {
            assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
            assertThat(refused).hasMessageContaining("'" + url + "'").hasMessageContaining("http://HOST:PORT");
          });
    }
    assertThatThrownBy(() -> LogfoldClient.connect("https://host")).hasMessageContaining("TLS");
  }

  private TestServer serve(ScriptedStore store) {
    TestServer server = new TestServer(store);
    open.add(server);
    return server;
  }

  private LogfoldClient client(TestServer server) {
    return client(server, builder -> builder);
  }

  private LogfoldClient client(
      TestServer server, java.util.function.UnaryOperator<LogfoldClientBuilder> settings) {
    LogfoldClient client = settings.apply(LogfoldClient.builder().server(server.url())).build();
    open.add(client);
    return client;
  }

  private static StoreException failure(CompletableFuture<?> call) {
    Throwable failure = call.handle((answer, thrown) -> thrown == null ? new AssertionError("got " + answer) : thrown)
        .join();
    assertThat(failure).isInstanceOf(StoreException.class);
    return StoreException.from(failure);
  }
}
