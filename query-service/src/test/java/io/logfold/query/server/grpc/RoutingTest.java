package io.logfold.query.server.grpc;

import static io.logfold.query.server.grpc.ScriptedStore.get;
import static io.logfold.query.server.grpc.ScriptedStore.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.client.LogfoldClientBuilder;
import io.logfold.api.client.PeerClient;
import io.logfold.api.wire.ReadIndexResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client among several servers: whom it asks, and whom it asks next. All keys are of one partition. */
@Timeout(60)
class RoutingTest {
  private static final CallOptions PATIENT = CallOptions.timeoutMs(20_000);

  private final List<AutoCloseable> open = new ArrayList<>();
  private final Node a = new Node();
  private final Node b = new Node();
  /** Where everybody says the leader is. */
  private volatile String leaderAddress = a.url();
  private volatile int partitions = 1;
  private volatile String keyHash = "crc32c";

  /** A server that answers what it is asked and says that another leads, where that is so. */
  private final class Node implements ThisNode {
    final ScriptedStore script = new ScriptedStore();
    final AtomicInteger clusters = new AtomicInteger();
    final TestServer server = new TestServer(script, this, SessionLimits.DEFAULT, 0);
    volatile String store = "store";

    Node() {
      script.onCluster = options -> {
        clusters.incrementAndGet();
        return CompletableFuture.completedFuture(view(store));
      };
      open.add(server);
    }

    String url() {
      return server.url();
    }

    @Override
    public Store store() {
      return script;
    }

    @Override
    public String ledBy(Bytes partitionKey) {
      return leaderAddress.equals(url()) ? "" : leaderAddress;
    }

    @Override
    public CompletableFuture<ReadIndexResult> readIndex(int partition, boolean insist, CallOptions options) {
      return CompletableFuture.completedFuture(
          ReadIndexResult.newBuilder().setToken(7).setAppendedLsn(partition + 40L).build());
    }

    @Override
    public CompletableFuture<PartitionKeysPage> partitionKeys(
        int partition, PartitionKeysRequest request, CallOptions options) {
      return script.partitionKeys(request, options);
    }
  }

  private ClusterView view(String ofStore) {
    return new ClusterView(ofStore, partitions, keyHash, "memory:",
        List.of(new ClusterView.Node("a", a.url(), true), new ClusterView.Node("b", b.url(), true)),
        List.of(new ClusterView.Partition(0, "a", "x", leaderAddress, "follows", 9, 5, 4, 0, 0, 20, 1, 0)));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void anAnswerThatAnotherNodeGaveSendsTheNextCallsThere() {
    LogfoldClient client = client(a.url());
    leaderAddress = b.url();
    askUntil(client, b);
    int detours = a.script.gets.get();
    for (int i = 0; i < 20; i++) {
      client.get(get("k"), PATIENT).join();
      client.commit(put("k"), PATIENT).join();
    }
    assertThat(a.script.gets).hasValue(detours);
    assertThat(b.script.commits).hasValue(20);
  }

  @Test
  void aRefusalIsFollowedToTheLeaderThatItNames() {
    LogfoldClient client = client(a.url());
    leaderAddress = b.url();
    askUntil(client, b);
    leaderAddress = a.url();
    b.script.onCommit = request -> notLeader(a.url());
    assertThat(client.commit(put("k"), PATIENT).join()).isEqualTo(new CommitOutcome.Applied(1, true));
    assertThat(a.script.commits).hasValue(1);
    assertThat(b.script.commits).hasValue(1);
    client.commit(put("k"), PATIENT).join();
    assertThat(b.script.commits).hasValue(1);
  }

  @Test
  void aRefusalThatNamesNobodyIsAskedAgainUntilThereIsALeader() {
    LogfoldClient client = client(a.url());
    CompletableFuture<CommitOutcome> decided = CompletableFuture.completedFuture(new CommitOutcome.Applied(3, true));
    a.script.onCommit = request -> a.script.commits.get() < 5 ? notLeader("") : decided;
    b.script.onCommit = request -> notLeader("");
    assertThat(client.commit(put("k"), PATIENT).join()).isEqualTo(new CommitOutcome.Applied(3, true));
  }

  @Test
  void aRefusalThatLastsEndsAtTheDeadlineAndSaysSo() {
    LogfoldClient client = client(a.url());
    a.script.onCommit = request -> notLeader("");
    b.script.onCommit = a.script.onCommit;
    StoreException failure = failure(client.commit(put("k"), CallOptions.timeoutMs(700)));
    assertThat(failure.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    assertThat(failure).hasMessageContaining("does not lead partition 0");
    assertThat(a.script.commits.get() + b.script.commits.get()).isBetween(2, 30);
  }

  @Test
  void aLeaderThatCannotBeReachedFromHereIsAskedThroughTheGivenServer() throws IOException {
    try (ServerSocket refusing = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      leaderAddress = "http://127.0.0.1:" + refusing.getLocalPort();
    }
    LogfoldClient client = client(a.url());
    client.get(get("k"), PATIENT).join();
    await().until(() -> a.clusters.get() > 0);
    for (int i = 0; i < 50; i++) {
      client.commit(put("k"), PATIENT).join();
    }
    assertThat(a.script.commits).hasValue(50);
  }

  @Test
  void aLeaderWhoseAddressSwallowsEverythingDelaysNoCall() throws IOException {
    try (ServerSocket swallowing = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      leaderAddress = "http://127.0.0.1:" + swallowing.getLocalPort();
      LogfoldClient client = client(a.url());
      client.get(get("k"), PATIENT).join();
      await().until(() -> a.clusters.get() > 0);
      for (int i = 0; i < 50; i++) {
        client.commit(put("k"), PATIENT).join();
      }
      assertThat(a.script.commits).hasValue(50);
    }
  }

  @Test
  void aServerOfAnotherStoreAtALearntAddressIsNeverAsked() {
    leaderAddress = b.url();
    b.store = "another";
    LogfoldClient client = client(a.url());
    client.get(get("k"), PATIENT).join();
    await().until(() -> b.clusters.get() > 0);
    for (int i = 0; i < 50; i++) {
      client.commit(put("k"), PATIENT).join();
    }
    assertThat(b.script.commits).hasValue(0);
  }

  @Test
  void aServerThatOwesAnAnswerAndIsSilentIsPassedOver() {
    LogfoldClient client = clientThatUsesA();
    a.script.onCommit = request -> new CompletableFuture<>();
    CompletableFuture<CommitOutcome> stuck = client.commit(put("stuck"), PATIENT);
    a.script.onGet = request -> new CompletableFuture<>();
    await().until(() -> client.get(get("k"), CallOptions.timeoutMs(400)).handle((ok, failure) -> failure == null).join());
    assertThat(b.script.gets.get()).isPositive();
    assertThat(stuck).isNotDone();
    assertThat(b.script.commits).as("a write that was sent is not sent again").hasValue(0);
  }

  @Test
  void aSilentLeaderIsAskedThroughAnother() {
    LogfoldClient client = client(a.url());
    leaderAddress = b.url();
    askUntil(client, b);
    b.script.onGet = request -> new CompletableFuture<>();
    int before = a.script.gets.get();
    await().until(() -> client.get(get("k"), CallOptions.timeoutMs(400)).handle((ok, failure) -> failure == null).join());
    assertThat(a.script.gets.get()).isGreaterThan(before);
  }

  @Test
  void aServerThatTakesConnectionsAndSaysNothingDelaysTheFirstCallsOnly() throws IOException {
    try (ServerSocket swallowing = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      LogfoldClient client = client("http://127.0.0.1:" + swallowing.getLocalPort(), b.url());
      assertThat(client.commit(put("k"), PATIENT).join()).isEqualTo(new CommitOutcome.Applied(1, true));
    }
  }

  @Test
  void aWriteWhoseSessionBrokeIsUnknownAndAReadIsAskedElsewhere() {
    LogfoldClient client = clientThatUsesA();
    a.script.onCommit = request -> new CompletableFuture<>();
    a.script.onGet = request -> new CompletableFuture<>();
    int before = a.script.gets.get();
    CompletableFuture<CommitOutcome> write = client.commit(put("k"), PATIENT);
    CompletableFuture<GetResult> read = client.get(get("k"), PATIENT);
    await().until(() -> a.script.gets.get() == before + 1 && a.script.commits.get() == 1);
    a.server.close();
    assertThat(read.join()).isEqualTo(ScriptedStore.echo(get("k")));
    assertThat(failure(write).code()).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(b.script.commits).hasValue(0);
  }

  @Test
  void aReadThatWasRefusedBeforeItsSessionBrokeIsAskedElsewhereToo() {
    LogfoldClient client = clientThatUsesA();
    AtomicInteger asked = new AtomicInteger();
    a.script.onGet = request ->
        asked.incrementAndGet() == 1 ? notLeader("") : CompletableFuture.completedFuture(ScriptedStore.echo(request));
    b.script.onGet = request -> new CompletableFuture<>();
    CompletableFuture<GetResult> read = client.get(get("k"), PATIENT);
    await().until(() -> b.script.gets.get() == 1);
    b.server.close();
    assertThat(read.join()).isEqualTo(ScriptedStore.echo(get("k")));
  }

  @Test
  void aCallThatAClosingServerRefusedOutlivesItsSessionThere() {
    leaderAddress = b.url();
    try (ClosingServer closing = new ClosingServer()) {
      List<LogfoldClient> clients = new ArrayList<>();
      await().until(() -> {
        closing.closing = false;
        clients.add(client(closing.url(), b.url()));
        clients.getLast().get(get("k"), PATIENT).join();
        closing.closing = true;
        int before = closing.refused.get();
        // The next server is only now connected to, so the old session is over before the call has gone anywhere.
        assertThat(clients.getLast().commit(put("k"), PATIENT).join()).isEqualTo(new CommitOutcome.Applied(1, true));
        return closing.refused.get() > before;
      });
    }
  }

  @Test
  void aLeaderOfAStoreWhoseKeysAreSpreadInAnUnknownWayIsAskedAtItsOwnAddress() {
    partitions = 4;
    keyHash = "another";
    leaderAddress = b.url();
    askUntil(client(a.url()), b);
    assertThat(b.script.gets.get()).isPositive();
  }

  @Test
  void aServerThatIsClosingIsLeftForAnother() {
    a.script.onCommit = request ->
        CompletableFuture.failedFuture(new StoreException(ErrorCode.CLOSED, "the server is closing; ask another node"));
    LogfoldClient client = clientThatUsesA();
    for (int i = 0; i < 5; i++) {
      client.commit(put("k"), PATIENT).join();
    }
    assertThat(a.script.commits).hasValue(1);
    assertThat(b.script.commits).hasValue(5);
  }

  @Test
  void aLeaderThatIsGoneIsAskedThroughTheGivenServerAgain() {
    LogfoldClient client = client(a.url());
    leaderAddress = b.url();
    askUntil(client, b);
    b.server.close();
    leaderAddress = a.url();
    await().ignoreExceptions().until(
        () -> client.commit(put("k"), PATIENT).join() != null && a.script.commits.get() > 0);
  }

  @Test
  void nodesThatWereLearntServeWhereNoGivenServerIsLeft() {
    LogfoldClient client = client(a.url());
    leaderAddress = b.url();
    askUntil(client, b);
    a.server.close();
    leaderAddress = "";
    b.script.onGet = request -> CompletableFuture.completedFuture(ScriptedStore.echo(request));
    for (int i = 0; i < 20; i++) {
      GetRequest anyone = new GetRequest(Bytes.utf8("pk"), List.of(Bytes.utf8("k")), new Consistency.AtLeast(0));
      await().ignoreExceptions().until(() -> client.get(anyone, PATIENT).join() != null);
    }
    assertThat(client.commit(put("k"), PATIENT).join()).isNotNull();
  }

  @Test
  void readsThatAnyNodeMayAnswerStayWithTheServerInUse() {
    LogfoldClient client = client(a.url());
    leaderAddress = b.url();
    askUntil(client, b);
    int before = b.script.gets.get();
    for (Consistency level : List.of(Consistency.READ_INDEX, new Consistency.AtLeast(1),
        new Consistency.Stale(Duration.ofSeconds(1)))) {
      client.get(new GetRequest(Bytes.utf8("pk"), List.of(Bytes.utf8("k")), level), PATIENT).join();
    }
    assertThat(b.script.gets).hasValue(before);
  }

  @Test
  void aClientOfOneNodeAsksForNothingElse() {
    a.script.onCluster = options -> {
      a.clusters.incrementAndGet();
      return CompletableFuture.completedFuture(new ClusterView("alone", 1, "crc32c", "memory:",
          List.of(new ClusterView.Node("a", "http://10.255.255.1:1", true)), List.of(new ClusterView.Partition(
              0, "a", "a", "http://10.255.255.1:1", "leads", 9, 5, 4, 0, 100, 20, 1, 0))));
    };
    LogfoldClient client = client(a.url());
    for (int i = 0; i < 50; i++) {
      client.commit(put("k"), PATIENT).join();
    }
    assertThat(a.script.commits).hasValue(50);
  }

  @Test
  void aPeerIsTakenAtItsWordAndSaysHowFarItIs() {
    PeerClient peer = PeerClient.connect(a.url());
    open.add(peer);
    assertThat(peer.readIndex(2, false, PATIENT).join().getAppendedLsn()).isEqualTo(42);
    assertThat(peer.readIndex(2, false, PATIENT).join().getToken()).isEqualTo(7);
    a.script.onCommit = request -> notLeader(b.url());
    StoreException refused = failure(peer.commit(put("k"), PATIENT));
    assertThat(refused.code()).isEqualTo(ErrorCode.NOT_LEADER);
    assertThat(refused.leaderAddress()).contains(b.url());
    assertThat(b.script.commits).hasValue(0);
  }

  /** Asks until a node gets the calls itself. */
  private static void askUntil(LogfoldClient client, Node node) {
    int before = node.script.gets.get();
    await().until(() -> {
      client.get(get("k"), PATIENT).join();
      return node.script.gets.get() > before;
    });
  }

  /** Was given both, and has reached the first, which a machine under load may keep it from for longer than it waits. */
  private LogfoldClient clientThatUsesA() {
    List<LogfoldClient> clients = new ArrayList<>();
    await().until(() -> {
      int before = a.script.gets.get();
      clients.add(client(a.url(), b.url()));
      clients.getLast().get(get("k"), PATIENT).join();
      return a.script.gets.get() > before;
    });
    return clients.getLast();
  }

  private LogfoldClient client(String... urls) {
    LogfoldClientBuilder builder = LogfoldClient.builder();
    for (String url : urls) {
      builder.server(url);
    }
    LogfoldClient client = builder.build();
    open.add(client);
    return client;
  }

  private static <T> CompletableFuture<T> notLeader(String address) {
    return CompletableFuture.failedFuture(StoreException.notLeader(0, address.isEmpty() ? "" : "x", address));
  }

  private static StoreException failure(CompletableFuture<?> call) {
    Throwable failure = call.handle((answer, thrown) -> thrown == null ? new AssertionError("got " + answer) : thrown)
        .join();
    assertThat(failure).isInstanceOf(StoreException.class);
    return StoreException.from(failure);
  }
}
