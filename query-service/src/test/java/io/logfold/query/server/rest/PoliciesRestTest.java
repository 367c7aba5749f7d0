package io.logfold.query.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.api.CallOptions;
import io.logfold.api.ErrorCode;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.GenesisConfig;
import io.logfold.log.InMemoryPartitionLog;
import io.logfold.projector.table.Tables;
import io.logfold.query.Incumbent;
import io.logfold.query.LeaderClock;
import io.logfold.query.LeaderConfig;
import io.logfold.query.NodeTables;
import io.logfold.query.PartitionPolicies;
import io.logfold.query.PolicyOutcome;
import io.logfold.query.StoreNode;
import io.logfold.query.WriteGate;
import io.logfold.query.cluster.ClusterNode;
import io.logfold.query.cluster.GrpcPeers;
import io.logfold.query.cluster.RoutingStore;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.grpc.KvGrpcService;
import io.logfold.query.server.grpc.SessionLimits;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code /v1/policies}, at a node that leads nothing, and where partitions cannot be reached. */
@Timeout(120)
class PoliciesRestTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PARTITIONS = 3;

  private final ArrayDeque<AutoCloseable> parts = new ArrayDeque<>();
  private final List<InMemoryPartitionLog> logs =
      List.of(new InMemoryPartitionLog(), new InMemoryPartitionLog(), new InMemoryPartitionLog());

  @AfterEach
  void close() throws Exception {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
  }

  private <T extends AutoCloseable> T keep(T part) {
    parts.push(part);
    return part;
  }

  /** A node of a cluster whose logs are in memory; its address. */
  private String node(String name) throws Exception {
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    String address = "http://127.0.0.1:" + port;
    GrpcPeers peers = keep(new GrpcPeers(Map::of));
    StoreNode node = keep(StoreNode.start(new StoreNode.Config("test", GenesisConfig.defaults(PARTITIONS),
        LeaderConfig.defaults(name, address), 2, 2), logs::get, NodeTables.only(Tables.open("memory:", "test", PARTITIONS), "memory"), peers,
        LeaderClock.SYSTEM, new Random(3), WriteGate.OPEN));
    node.awaitReady(30_000);
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    parts.push(timer::shutdownNow);
    RoutingStore front = new RoutingStore(node, peers, timer, System::nanoTime);
    keep(LogfoldServer.builder(front).port(port).drain(Duration.ZERO)
        .grpc(new KvGrpcService(front, new ClusterNode(node), SessionLimits.DEFAULT))
        .policies(service(front, name.hashCode())).start());
    return address;
  }

  /** @param seed of request ids: two nodes must not make the same */
  private static PoliciesService service(PartitionPolicies policies, long seed) {
    return new PoliciesService(policies, PARTITIONS, PrincipalSource.HEADER, InstantSource.system(), new Random(seed));
  }

  private static JsonNode ask(String method, String url, int status, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    var answer = HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return JSON.readTree(answer.body());
  }

  @Test
  void aNodeThatLeadsNothingReachesTheLeaderOfEachPartition() throws Exception {
    String a = node("a");
    String b = node("b");
    String[] said = {"Logfold-Principal", "ada", "Logfold-Reason", "rule%207"};
    JsonNode set = ask("PUT", b + "/v1/policies/people?prefix=people%2F&requireReason", 200, said);
    assertThat(set.path("partitions")).hasSize(PARTITIONS).allSatisfy(each -> assertThat(each.path("changed").asBoolean()).isTrue());
    assertThat(ask("PUT", a + "/v1/policies/people?prefix=people%2F&requireReason", 200, said).path("partitions"))
        .allSatisfy(each -> assertThat(each.path("changed").asBoolean()).isFalse());
    for (String node : List.of(a, b)) {
      JsonNode policy = ask("GET", node + "/v1/policies", 200).path("policies").path(0);
      assertThat(policy.path("prefixText").asText()).isEqualTo("people/");
      assertThat(policy.path("requireReason").asBoolean()).isTrue();
      assertThat(policy.path("inForce")).hasSize(PARTITIONS);
      assertThat(ask("DELETE", node + "/v1/kv/people%2F1/name", 403).path("code").asText()).isEqualTo("POLICY_REFUSED");
    }
    assertThat(ask("DELETE", b + "/v1/policies/people", 200, said).path("partitions"))
        .allSatisfy(each -> assertThat(each.path("changed").asBoolean()).isTrue());
    assertThat(ask("GET", a + "/v1/policies", 200).path("policies")).isEmpty();
  }

  @Test
  void whatIsMissingOrUnknownIsSaid() throws Exception {
    String a = node("a");
    String[] said = {"Logfold-Principal", "ada", "Logfold-Reason", "rule%207"};
    assertThat(ask("PUT", a + "/v1/policies/p?prefix=x", 400, "Logfold-Principal", "ada").toString()).contains("Logfold-Reason");
    assertThat(ask("PUT", a + "/v1/policies/p?prefix=x", 400, "Logfold-Reason", "r").toString()).contains("Logfold-Principal");
    assertThat(ask("PUT", a + "/v1/policies/p", 400, said).toString()).contains("prefix is missing");
    assertThat(ask("PUT", a + "/v1/policies/p?prefix=x&requireReasons", 400, said).toString()).contains("requireReasons");
    assertThat(ask("PUT", a + "/v1/policies/No%20Name?prefix=x", 400, said).toString()).contains("a policy's name");
    assertThat(ask("POST", a + "/v1/policies", 405, said).toString()).contains("GET, HEAD");
    assertThat(ask("GET", a + "/v1/policies", 200).path("policies")).isEmpty();
  }

  @Test
  void aPartitionThatCannotBeReachedIsNamedAndTheOthersChange() throws Exception {
    LogfoldServer server = keep(LogfoldServer.builder(new ScriptedStore(new io.logfold.api.testing.ReferenceStore())).port(0).drain(Duration.ZERO)
        .policies(service(new PartitionPolicies() {
          @Override
          public CompletableFuture<PolicyOutcome> policies(int partition, CallOptions options) {
            return partition == 1 ? away() : CompletableFuture.completedFuture(new PolicyOutcome(partition, 7, false, List.of(
                new Policy("p", io.logfold.api.Bytes.utf8("x"), true, false, false))));
          }

          @Override
          public CompletableFuture<PolicyOutcome> changePolicies(int partition, PolicyChange change, RequestInfo request,
              Provenance provenance, CallOptions options) {
            return partition == 1 ? away() : CompletableFuture.completedFuture(new PolicyOutcome(partition, 7, true, List.of()));
          }

          private <T> CompletableFuture<T> away() {
            return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, "nobody leads it"));
          }
        }, 5)).start());
    String at = "http://127.0.0.1:" + server.port() + "/v1/policies";
    JsonNode put = ask("PUT", at + "/p?prefix=x", 503, "Logfold-Principal", "ada", "Logfold-Reason", "r");
    assertThat(put.path("message").asText()).contains("ask again");
    assertThat(put.path("partitions").get(0).path("ok").asBoolean()).isTrue();
    assertThat(put.path("partitions").get(1).path("message").asText()).isEqualTo("nobody leads it");
    JsonNode listed = ask("GET", at, 503);
    assertThat(listed.path("policies").path(0).path("inForce").toString()).isEqualTo("[0,2]");
  }
}
