package io.logfold.query.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.api.wire.ClusterRequest;
import io.logfold.api.wire.KvGrpc;
import io.logfold.query.server.grpc.KvGrpcService;
import io.logfold.query.server.rest.RawHttp;
import io.logfold.query.server.rest.RawHttp.Answer;
import io.logfold.query.server.rest.ScriptedStore;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What surrounds REST on the port, and how the server starts and ends. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LogfoldServerTest {
  private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ScriptedStore scripted = new ScriptedStore(new ReferenceStore());
  private final MeteredStore store = new MeteredStore(scripted, registry);
  private final AtomicReference<Readiness> readiness = new AtomicReference<>(Readiness.READY);
  private final LogfoldServer server = LogfoldServer.builder(store).port(0).meterRegistry(registry)
      .drain(Duration.ZERO).readiness(readiness::get)
      .grpc(new KvGrpcService(store), new HealthGrpc.HealthImplBase() { }).start();
  private final RawHttp http = new RawHttp(server.port());

  @AfterAll
  void close() {
    server.close();
    store.close();
  }

  @Test
  @Timeout(60)
  void closingDoesNotWaitForClientsThatKeepTheirSessionsOpen() {
    LogfoldServer patient = LogfoldServer.builder(store).port(0).drain(Duration.ofMinutes(5))
        .grpc(new KvGrpcService(store)).start();
    try (BlockingStore client = new BlockingStore(LogfoldClient.connect("http://127.0.0.1:" + patient.port()))) {
      client.set(Bytes.utf8("sessions"), Bytes.utf8("k"), Bytes.utf8("v"));
      patient.close();
      assertThatThrownBy(() -> client.get(Bytes.utf8("sessions"), Bytes.utf8("k")))
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }
  }

  @Test
  void healthSaysWhyTheNodeIsNotReady() {
    readiness.set(Readiness.notReady("partition 3 has no leader"));
    Answer not = http.get("/health");
    assertThat(not.status()).isEqualTo(503);
    assertThat(not.text()).isEqualTo("{\"ready\":false,\"why\":\"partition 3 has no leader\"}\n");
    readiness.set(Readiness.READY);
    Answer ready = http.get("/health");
    assertThat(ready.status()).isEqualTo(200);
    assertThat(ready.text()).isEqualTo("{\"ready\":true}\n");
  }

  @Test
  void metricsCountOperationsInBucketsBelowAMillisecond() {
    double before = sample("logfold_store_operation_seconds_count{operation=\"get\",outcome=\"ok\"}");
    http.get("/v1/kv/p/k");
    http.get("/v1/kv/p/k");
    String text = http.get("/metrics").text();
    assertThat(text).contains("logfold_store_operation_seconds_bucket{operation=\"get\",outcome=\"ok\",le=\"5.0E-5\"}",
        "le=\"1.0E-4\"", "le=\"2.0E-4\"", "le=\"5.0E-4\"", "le=\"0.001\"", "le=\"10.0\"");
    assertThat(sample("logfold_store_operation_seconds_count{operation=\"get\",outcome=\"ok\"}"))
        .isEqualTo(before + 2);
    assertThat(text).contains("logfold_store_in_flight{operation=\"commit\"} 0.0", "jvm_memory_used_bytes",
        "jvm_threads_live_threads", "process_uptime_seconds");
  }

  @Test
  void metricsTellRefusalsAndFailuresApart() {
    http.put("/v1/kv/metrics/k", "v");
    http.put("/v1/kv/metrics/k", "v", "If-None-Match: *");
    assertThat(sample("logfold_store_operation_seconds_count{operation=\"commit\",outcome=\"predicate_failed\"}"))
        .isEqualTo(1);
    scripted.answer(() -> CompletableFuture.failedFuture(new StoreException(ErrorCode.NOT_LEADER, "not here")));
    http.get("/v1/kv/metrics/k");
    scripted.answer(null);
    assertThat(sample("logfold_store_operation_seconds_count{operation=\"get\",outcome=\"not_leader\"}")).isEqualTo(1);
  }

  @Test
  void callsUnderWayAreSeenInFlight() {
    CompletableFuture<?> held = new CompletableFuture<>();
    scripted.answer(() -> held);
    CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> http.get("/v1/kv/p?limit=1"));
    await().untilAsserted(() -> assertThat(registry.get("logfold.store.in.flight").tag("operation", "scan").gauge()
        .value()).isEqualTo(1));
    scripted.answer(null);
    held.completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE, "no"));
    assertThat(answer.join().status()).isEqualTo(503);
    assertThat(sample("logfold_store_in_flight{operation=\"scan\"}")).isZero();
  }

  @Test
  void partitionsHaveGaugesThatFollowTheCluster() {
    http.put("/v1/kv/gauges/a", "v");
    double committed = sumOf("logfold_partition_committed{");
    http.put("/v1/kv/gauges/b", "v");
    assertThat(sumOf("logfold_partition_committed{")).isEqualTo(committed + 1);
    String text = http.get("/metrics").text();
    assertThat(text).contains("logfold_partition_projected{partition=\"0\"}", "logfold_partition_lag{partition=\"0\"}",
        "logfold_partition_memtable_bytes{partition=\"3\"}", "logfold_partition_lease_left_seconds{partition=\"0\"}",
        "logfold_partition_skipped_records{partition=\"0\"}");
    scripted.answer(() -> CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, "no view")));
    assertThat(http.get("/metrics").text()).contains("logfold_partition_committed{");
    scripted.answer(null);
    assertThat(sample("logfold_partition_view_failures_total")).isPositive();
  }

  @Test
  void theFrontPageAndTheDocumentationAreServed() {
    Answer front = http.get("/");
    assertThat(front.header("Content-Type")).hasValue("text/html; charset=utf-8");
    assertThat(front.text()).contains("curl", "/v1/kv/");
    assertThat(http.get("/docs/").status()).isEqualTo(200);
    assertThat(http.get("/docs/specification.json").text()).contains("logfold.v1.Kv");
  }

  @Test
  void reflectionListsTheServicesThatWereAdded() {
    ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    try {
      List<String> names = new CopyOnWriteArrayList<>();
      StreamObserver<ServerReflectionRequest> asked = ServerReflectionGrpc.newStub(channel)
          .serverReflectionInfo(new StreamObserver<>() {
            @Override
            public void onNext(ServerReflectionResponse answer) {
              answer.getListServicesResponse().getServiceList().forEach(service -> names.add(service.getName()));
            }

            @Override
            public void onError(Throwable failure) {
              names.add(failure.toString());
            }

            @Override
            public void onCompleted() {}
          });
      asked.onNext(ServerReflectionRequest.newBuilder().setListServices("*").build());
      await().untilAsserted(() -> assertThat(names).contains("logfold.v1.Kv", "grpc.health.v1.Health",
          "grpc.reflection.v1.ServerReflection"));
      asked.onCompleted();
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void grpcAnswersOnTheSamePort() {
    ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    try {
      assertThat(KvGrpc.newBlockingStub(channel).cluster(ClusterRequest.getDefaultInstance()).getPartitions())
          .isEqualTo(4);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void aPortThatIsTakenIsSaidInOneLine() {
    assertThatThrownBy(() -> LogfoldServer.builder(store).port(server.port()).start())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot listen on 127.0.0.1:" + server.port())
        .hasMessageContaining("choose another port")
        .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("\n"));
  }

  @Test
  void closingLetsRequestsUnderWayEndAndRefusesNewOnes() throws Exception {
    ScriptedStore slow = new ScriptedStore(new ReferenceStore());
    CompletableFuture<?> held = new CompletableFuture<>();
    CompletableFuture<Void> asked = new CompletableFuture<>();
    slow.answer(() -> {
      asked.complete(null);
      return held;
    });
    LogfoldServer closing = LogfoldServer.builder(slow).port(0).drain(Duration.ofSeconds(30)).start();
    RawHttp client = new RawHttp(closing.port());
    Executor threads = task -> Thread.ofPlatform().daemon().start(task);
    CompletableFuture<Answer> underWay = CompletableFuture.supplyAsync(() -> client.get("/v1/kv/p/k"), threads);
    asked.get(10, TimeUnit.SECONDS);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(closing::close, threads);
    await().untilAsserted(() -> assertThat(client.get("/health").text()).contains("the server is closing"));
    Answer refused = client.get("/v1/kv/p/k");
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.text()).contains("\"code\":\"CLOSED\"");
    held.completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE, "late"));
    assertThat(underWay.get(10, TimeUnit.SECONDS).text()).contains("late");
    closed.get(30, TimeUnit.SECONDS);
    assertThatThrownBy(() -> client.get("/health")).isInstanceOf(AssertionError.class);
  }

  @Test
  void aClosedServerLeavesNoThreadOfItsOwn() {
    List<BindableService> none = List.of();
    Set<Thread> before = threads();
    LogfoldServer first = LogfoldServer.builder(store).port(0).drain(Duration.ZERO)
        .grpc(none.toArray(BindableService[]::new)).start();
    new RawHttp(first.port()).get("/v1/kv/p/k");
    new RawHttp(first.port()).get("/metrics");
    first.close();
    await().untilAsserted(() -> assertThat(threads().stream().filter(thread -> !before.contains(thread))
        // The event loops and the blocking pool are Armeria's, shared by all servers of the process.
        .filter(thread -> !thread.getName().startsWith("armeria-common-"))
        .map(Thread::getName).filter(name -> name.startsWith("armeria")).toList()).isEmpty());
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream().collect(Collectors.toSet());
  }

  private double sample(String series) {
    return http.get("/metrics").text().lines().filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).findFirst().orElse(0);
  }

  private double sumOf(String prefix) {
    return http.get("/metrics").text().lines().filter(line -> line.startsWith(prefix))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).sum();
  }
}
