package io.logfold.query.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.log.GenesisConfig;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogs;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.log.testing.SharedBroker;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.Incumbent;
import io.logfold.query.LeaderClock;
import io.logfold.query.LeaderConfig;
import io.logfold.query.StoreNode;
import io.logfold.query.WriteGate;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.TableGauges;
import io.logfold.query.server.rest.RawHttp.Answer;
import io.logfold.query.tables.TableRegistry;
import io.logfold.query.tables.TablesAdmin;
import io.logfold.query.tables.Verifications;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /v1/tables} and {@code /v1/verifications} of a whole node over a real broker. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class TablesRestTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STORE = "rest";
  private static final int PARTITIONS = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ArrayDeque<AutoCloseable> parts = new ArrayDeque<>();
  private Path folder = Path.of("");
  private RawHttp http = new RawHttp(0);

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    String topic = SharedBroker.freshTopic("tables-rest");
    TopicSetup.createIfAbsent(
        SharedBroker.bootstrapServers(), TopicSpec.development(topic, PARTITIONS), Map.of(), PATIENCE);
    KafkaLogsConfig kafka = KafkaLogsConfig.defaults(SharedBroker.bootstrapServers(), topic, "n");
    TableRegistry tables = keep(TableRegistry.open(new TableRegistry.Config(STORE, PARTITIONS, "n",
        SharedBroker.bootstrapServers(), topic, folder.resolve("streams"), folder.resolve("tables.json"),
        KafkaLogScan.opener(kafka), Map.of()), "rocksdb:" + folder.resolve("main")));
    KafkaLogs logs = keep(KafkaLogs.open(kafka));
    StoreNode node = keep(StoreNode.start(new StoreNode.Config(STORE, GenesisConfig.defaults(PARTITIONS),
        LeaderConfig.defaults("n", "http://127.0.0.1:7"), 2, 2), logs::log, tables, Incumbent.NONE, LeaderClock.SYSTEM, new SecureRandom(),
        WriteGate.OPEN));
    node.awaitReady(PATIENCE.toMillis());
    BlockingStore store = new BlockingStore(node.store());
    for (int i = 0; i < 40; i++) {
      store.set(Bytes.utf8("pk-" + i % 4), Bytes.utf8("k" + i), Bytes.utf8("v" + i));
    }
    TablesAdmin admin = new TablesAdmin(node, tables, InstantSource.system());
    Verifications verifications = keep(new Verifications(tables, folder));
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    LogfoldServer server = keep(LogfoldServer.builder(node.store()).port(0).drain(Duration.ZERO).meterRegistry(meters)
        .tables(new TablesService(admin, new VerificationsService(verifications), PrincipalSource.HEADER))
        .tableGauges(keep(new TableGauges(meters, admin::standings))).start());
    http = new RawHttp(server.port());
    awaitTable("main", "PROJECTING");
  }

  @AfterAll
  void close() throws Exception {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
  }

  private <T extends AutoCloseable> T keep(T part) {
    parts.push(part);
    return part;
  }

  // ---- what it does

  @Test
  void theListHasEveryTableWithItsPartitions() throws Exception {
    JsonNode main = json(http.get("/v1/tables"), 200).path("tables").path(0);
    assertThat(main.path("name").asText()).isEqualTo("main");
    assertThat(main.path("url").asText()).isEqualTo("rocksdb:" + folder.resolve("main"));
    assertThat(main.path("local").asBoolean()).isTrue();
    assertThat(main.path("partitions")).hasSize(PARTITIONS);
    for (String field : List.of("state", "serves", "lagEvents", "lagMs", "eventsPerSecond", "trouble")) {
      assertThat(main.has(field)).as(field).isTrue();
    }
    for (String field : List.of("partition", "state", "serving", "revision", "position", "committed", "lagEvents", "lagMs",
        "trouble")) {
      assertThat(main.path("partitions").path(0).has(field)).as(field).isTrue();
    }
    assertThat(json(http.get("/v1/tables/main"), 200).path("name").asText()).isEqualTo("main");
    assertThat(http.send("HEAD", "/v1/tables", new byte[0]).status()).isEqualTo(200);
  }

  @Test
  void aTableIsBuiltServesAndIsRemoved() throws Exception {
    String built = json(http.post("/v1/tables", "{\"url\":\"rocksdb:" + folder.resolve("b") + "\",\"name\":\"b\"}"), 202)
        .path("name").asText();
    assertThat(built).isEqualTo("b");
    awaitTable("b", "PROJECTING");
    JsonNode b = json(http.get("/v1/tables/b"), 200);
    assertThat(b.path("built").path("complete").asBoolean()).isTrue();
    assertThat(b.path("built").path("events").asInt()).isPositive();
    assertThat(b.path("serves").asInt()).isZero();

    JsonNode served = await().atMost(PATIENCE).until(() -> JSON.readTree(http.post("/v1/tables/b/serve", "",
        "Logfold-Reason: a%20test").body()), answer -> !answer.has("code"));
    assertThat(served.path("table").asText()).isEqualTo("b");
    for (JsonNode partition : served.path("partitions")) {
      assertThat(partition.path("serves").asBoolean()).isTrue();
      assertThat(partition.path("revision").asLong()).isPositive();
    }
    await().atMost(PATIENCE).untilAsserted(() ->
        assertThat(json(http.get("/v1/tables/b"), 200).path("serves").asInt()).isEqualTo(PARTITIONS));
    assertThat(json(http.get("/v1/tables/main"), 200).path("serves").asInt()).isZero();
    assertThat(json(http.get("/v1/cluster"), 200).path("table").asText()).isEqualTo("rocksdb:" + folder.resolve("b"));
    assertThat(http.get("/metrics").text())
        .contains("logfold_table_serving{partition=\"0\",table=\"b\"} 1.0")
        .contains("logfold_table_serving{partition=\"1\",table=\"main\"} 0.0")
        .contains("logfold_table_state{partition=\"0\",table=\"b\"} ")
        .contains("logfold_table_lag_events{partition=\"0\",table=\"b\"} ")
        .contains("logfold_table_lag_seconds{partition=\"0\",table=\"b\"} ");
    refusal(http.delete("/v1/tables/b"), 400, "INVALID_ARGUMENT", "answers for the store");

    await().atMost(PATIENCE).untilAsserted(() ->
        assertThat(http.post("/v1/tables/main/serve", "").status()).isEqualTo(200));
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(http.delete("/v1/tables/b").status()).isEqualTo(204));
    refusal(http.get("/v1/tables/b"), 404, "NOT_FOUND", "there are main");
    assertThat(http.get("/metrics").text()).doesNotContain("table=\"b\"");
  }

  @Test
  void aVerificationSaysEqualAndOneOfAWrongRowNamesIt() throws Exception {
    JsonNode equal = verified("{\"table\":\"main\"}");
    assertThat(equal.path("state").asText()).as(equal.toString()).isEqualTo("EQUAL");
    assertThat(equal.path("table").asText()).isEqualTo("main");
    assertThat(equal.path("result").path("digest").asText()).hasSize(64);
    assertThat(equal.path("result").path("partitions")).hasSize(PARTITIONS);

    String wrong = "rocksdb:" + folder.resolve("wrong");
    json(http.post("/v1/tables", "{\"url\":\"" + wrong + "\",\"name\":\"wrong\",\"until\":\"10\"}"), 202);
    awaitTable("wrong", "STANDING");
    json(http.post("/v1/tables/wrong/stop", "{}"), 200);
    assertThat(http.delete("/v1/tables/wrong").status()).isEqualTo(204);
    try (Table table = Tables.open(wrong, STORE, PARTITIONS)) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        if (!table.partitionKeys(partition, Optional.empty(), 1).isEmpty()) {
          Checkpoint at = table.checkpoint(partition);
          Table.RowOf row = table.rows(partition, Optional.empty(), 1).rows().getFirst();
          table.apply(partition, List.of(new Table.RowChange(row.partitionKey(), row.row().key(),
              Optional.of(Bytes.utf8("not this")), row.row().revision())), at, at);
        }
      }
    }
    JsonNode different = verified("{\"table\":\"" + wrong + "\",\"differences\":\"1\"}");
    assertThat(different.path("state").asText()).isEqualTo("DIFFERENT");
    assertThat(different.path("table").asText()).isEqualTo(wrong);
    JsonNode difference = different.path("result").path("firstDifferences").path(0);
    assertThat(different.path("result").path("firstDifferences")).hasSize(1);
    assertThat(difference.path("kind").asText()).isEqualTo("WRONG_VALUE");
    assertThat(difference.path("partitionKeyText").asText()).startsWith("pk-");
    assertThat(difference.path("keyText").asText()).startsWith("k");
    assertThat(difference.path("found").path("value").asText()).isEqualTo("bm90IHRoaXM=");
    assertThat(difference.path("message").asText()).contains("another value").contains("not this");

    JsonNode against = verified("{\"table\":\"main\",\"against\":\"" + wrong + "\"}");
    assertThat(against.path("state").asText()).isEqualTo("DIFFERENT");
    assertThat(against.path("against").asText()).isEqualTo(wrong);
    assertThat(against.path("result").path("partitions").path(0).path("problem").asText()).contains("different positions");
  }

  // ---- what it refuses

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "GET    | /v1/tables/nosuch        | 404 | NOT_FOUND",
    "DELETE | /v1/tables/nosuch        | 404 | NOT_FOUND",
    "POST   | /v1/tables/nosuch/serve  | 404 | NOT_FOUND",
    "POST   | /v1/tables/nosuch/stop   | 404 | NOT_FOUND",
    "GET    | /v1/tables/              | 404 | NOT_FOUND",
    "GET    | /v1/tables/%FF           | 400 | INVALID_ARGUMENT",
    "GET    | /v1/tables/main%2Fserve  | 404 | NOT_FOUND",
    "POST   | /v1/tables/main/dance    | 404 | NO_SUCH_ROUTE",
    "POST   | /v1/tables/main/serve/x  | 404 | NO_SUCH_ROUTE",
    "PUT    | /v1/tables               | 405 | METHOD_NOT_ALLOWED",
    "DELETE | /v1/tables               | 405 | METHOD_NOT_ALLOWED",
    "POST   | /v1/tables/main          | 405 | METHOD_NOT_ALLOWED",
    "GET    | /v1/tables/main/serve    | 405 | METHOD_NOT_ALLOWED",
    "DELETE | /v1/tables/main          | 400 | INVALID_ARGUMENT",
    "GET    | /v1/tables?state=AWAY    | 400 | INVALID_ARGUMENT",
    "GET    | /v1/verifications        | 405 | METHOD_NOT_ALLOWED",
    "GET    | /v1/verifications/none   | 404 | NOT_FOUND",
    "DELETE | /v1/verifications/none   | 404 | NOT_FOUND",
    "POST   | /v1/verifications/none   | 404 | NOT_FOUND",
    "GET    | /v1/verifications/a/b    | 404 | NO_SUCH_ROUTE",
    "GET    | /v1/verifications?x      | 400 | INVALID_ARGUMENT",
    "POST   | /v1/tables               | 400 | INVALID_ARGUMENT",
    "POST   | /v1/verifications        | 400 | INVALID_ARGUMENT",
  })
  void whatIsNotThereOrNotAllowedIsSaidInJson(String method, String target, int status, String code) throws Exception {
    Answer answer = http.send(method, target, new byte[0]);
    refusal(answer, status, code, "");
    assertThat(answer.header("allow").isPresent()).isEqualTo(status == 405);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "/v1/tables             | {                                             | must be a JSON object",
    "/v1/tables             | []                                            | must be a JSON object",
    "/v1/tables             | null                                          | must be a JSON object",
    "/v1/tables             | {\"url\":\"a:\",\"url\":\"postgres://u:hunter2@h\"} | must be a JSON object",
    "/v1/tables             | {} {}                                         | must be a JSON object",
    "/v1/tables             | {}                                            | \"url\" is missing",
    "/v1/tables             | {\"url\":\" \"}                               | \"url\" is missing",
    "/v1/tables             | {\"url\":5}                                   | \"url\" must be a text",
    "/v1/tables             | {\"url\":null}                                | \"url\" must be a text",
    "/v1/tables             | {\"url\":\"memory:/\",\"untill\":\"5\"}       | \"untill\" is not known here",
    "/v1/tables             | {\"url\":\"memory:/\",\"until\":\"soon\"}     | until must be a time",
    "/v1/tables             | {\"url\":\"memory:/\",\"name\":\"A B\"}       | a table's name",
    "/v1/tables             | {\"url\":\"memory:/\",\"seedFrom\":\"x\"}     | no table",
    "/v1/tables             | {\"url\":\"nosuch:x\"}                        | begins with one of",
    "/v1/tables             | {\"url\":\"rocksdb:\"}                        | the folder is missing",
    "/v1/tables/main/serve  | {\"x\":\"y\"}                                 | expected none",
    "/v1/verifications      | {}                                            | \"table\" is missing",
    "/v1/verifications      | {\"table\":\"x\"}                             | there is no table",
    "/v1/verifications      | {\"table\":\"nosuch:x\"}                      | begins with one of",
    "/v1/verifications      | {\"table\":\"memory:\"}                       | holds nothing",
    "/v1/verifications      | {\"table\":\"main\",\"against\":\"x\"}        | there is no table",
    "/v1/verifications      | {\"table\":\"main\",\"differences\":\"-1\"}   | differences must be",
    "/v1/verifications      | {\"table\":\"main\",\"differences\":\"many\"} | differences must be",
    "/v1/verifications      | {\"table\":\"main\",\"differences\":\"1001\"} | differences must be",
    "/v1/verifications      | {\"table\":\"main\",\"differences\":5}        | must be a text",
  })
  void aBodyThatIsWrongIsRefusedWithWhatIsExpected(String target, String body, String words) throws Exception {
    refusal(http.post(target, body), 400, "INVALID_ARGUMENT", words);
    assertThat(json(http.get("/v1/tables"), 200).path("tables").findValuesAsText("name")).doesNotContain("memory");
  }

  @Test
  void aBodyThatIsNotCalledJsonOrTooLargeIsRefused() throws Exception {
    byte[] body = "{\"url\":\"memory:/\"}".getBytes(StandardCharsets.UTF_8);
    refusal(http.send("POST", "/v1/tables", body, "Content-Type: text/plain"), 415, "INVALID_ARGUMENT", "application/json");
    refusal(http.send("POST", "/v1/tables", body), 415, "INVALID_ARGUMENT", "application/json");
    refusal(http.post("/v1/tables", "{\"url\":\"" + "x".repeat(70_000) + "\"}"), 413, "TOO_LARGE", "at most 65536");
    refusal(http.post("/v1/tables/main/serve", "", "Logfold-Timeout: soon"), 400, "INVALID_ARGUMENT", "Logfold-Timeout");
  }

  // ---- how

  private JsonNode verified(String body) throws Exception {
    String id = await().atMost(PATIENCE).until(() -> JSON.readTree(http.post("/v1/verifications", body).body()),
        answer -> answer.has("id")).path("id").asText();
    return await().atMost(PATIENCE).until(() -> json(http.get("/v1/verifications/" + id), 200),
        view -> !view.path("state").asText().equals("RUNNING"));
  }

  private void awaitTable(String name, String state) {
    await().atMost(PATIENCE).untilAsserted(() ->
        assertThat(json(http.get("/v1/tables/" + name), 200).path("state").asText()).isEqualTo(state));
  }

  private static JsonNode json(Answer answer, int status) throws Exception {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    return JSON.readTree(answer.body());
  }

  private static void refusal(Answer answer, int status, String code, String words) throws Exception {
    JsonNode body = json(answer, status);
    assertThat(body.path("code").asText()).as(body.toString()).isEqualTo(code);
    assertThat(body.path("message").asText()).contains(words).isNotEmpty().doesNotContain("hunter2");
    assertThat(body.has("retry")).isTrue();
    assertThat(body.path("mayHaveHappened").asBoolean()).isFalse();
  }
}
