package io.logfold.query.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.Limits;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.ReadPosition;
import io.logfold.api.ScanPage;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.log.PartitionHash;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.rest.RawHttp.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Status, header fields and bodies of reads, writes, scans and commits, byte for byte. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestServiceTest {
  private final ScriptedStore store = new ScriptedStore(new ReferenceStore());
  private final LogfoldServer server = LogfoldServer.builder(store).port(0).drain(Duration.ZERO)
      .principalSource(PrincipalSource.HEADER)
      .partitionOf(partitionKey -> OptionalInt.of(PartitionHash.partition(partitionKey, 4)))
      .start();
  private final RawHttp http = new RawHttp(server.port());
  private String pk = "";

  @BeforeEach
  void freshPartitionKey() {
    pk = "/v1/kv/" + UUID.randomUUID();
  }

  @AfterEach
  void noScript() {
    store.answer(null);
  }

  @AfterAll
  void close() {
    server.close();
    store.close();
  }

  @Test
  void aCreateAnswers201AndTheSecondTime412WithTheCurrentEtag() {
    Answer first = http.put(pk + "/k", "v", "If-None-Match: *");
    assertThat(first.status()).isEqualTo(201);
    String etag = first.header("ETag").orElseThrow();
    assertThat(etag).matches("\"\\d+\"");
    assertThat(first.header("Logfold-Revision").map(revision -> '"' + revision + '"')).hasValue(etag);
    assertThat(first.header("Logfold-Served-By")).hasValue("leader");
    assertThat(first.header("Logfold-Partition")).isPresent();
    assertThat(first.header("Logfold-Request-Id").map(UUID::fromString)).isPresent();

    Answer second = http.put(pk + "/k", "w", "If-None-Match: *");
    assertThat(second.status()).isEqualTo(412);
    assertThat(second.header("ETag")).hasValue(etag);
    assertThat(second.text()).contains("\"code\":\"PREDICATE_FAILED\"", "\"mayHaveHappened\":false",
        "\"currentRevision\":" + etag.replace("\"", ""));
    assertThat(http.get(pk + "/k").text()).isEqualTo("v");
  }

  @Test
  void aFailedConditionOnAnAbsentKeyTellsNoEtag() {
    for (String condition : List.of("If-Match: *", "If-Match: \"7\"")) {
      Answer answer = http.put(pk + "/k", "v", condition);
      assertThat(answer.status()).isEqualTo(412);
      assertThat(answer.header("ETag")).isEmpty();
      assertThat(answer.text()).contains("is absent").doesNotContain("currentRevision");
    }
  }

  @Test
  void anUnconditionalPutAnswers204AndAnEtagThatTheNextConditionTakes() {
    Answer first = http.put(pk + "/k", "one");
    assertThat(first.status()).isEqualTo(204);
    String etag = first.header("ETag").orElseThrow();
    Answer second = http.put(pk + "/k", "two", "If-Match: " + etag);
    assertThat(second.status()).isEqualTo(204);
    assertThat(second.header("ETag")).isPresent().isNotEqualTo(first.header("ETag"));
    Answer stale = http.put(pk + "/k", "three", "If-Match: " + etag);
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.header("ETag")).isEqualTo(second.header("ETag"));
    assertThat(http.put(pk + "/k", "four", "If-Match: *").status()).isEqualTo(204);
  }

  @Test
  void aGetGivesTheBytesTheEtagAndHowItWasServed() {
    http.put(pk + "/k", "value");
    Answer answer = http.get(pk + "/k");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo("value");
    assertThat(answer.header("Content-Type")).hasValue("application/octet-stream");
    assertThat(answer.header("ETag")).isPresent();
    assertThat(answer.header("Logfold-Served-By")).hasValue("lease");
    assertThat(answer.header("Logfold-Revision")).isPresent();
    assertThat(answer.header("Logfold-Partition")).isPresent();
    assertThat(http.get(pk + "/k", "Logfold-Consistency: barrier").header("Logfold-Served-By")).hasValue("barrier");
  }

  @Test
  void aHeadGivesWhatAGetGivesWithoutTheBody() {
    http.put(pk + "/k", "value");
    Answer head = http.send("HEAD", pk + "/k", new byte[0]);
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Content-Length")).hasValue("5");
    assertThat(head.header("ETag")).isEqualTo(http.get(pk + "/k").header("ETag"));
    assertThat(head.body()).isEmpty();
    Answer absent = http.send("HEAD", pk + "/none", new byte[0]);
    assertThat(absent.status()).isEqualTo(404);
    assertThat(absent.body()).isEmpty();
  }

  @Test
  void anEmptyValueIsAValue() {
    assertThat(http.put(pk + "/k", "").status()).isEqualTo(204);
    Answer answer = http.get(pk + "/k");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Length")).hasValue("0");
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void aReadWithTheRevisionItHasAnswers304() {
    String etag = http.put(pk + "/k", "value").header("ETag").orElseThrow();
    Answer same = http.get(pk + "/k", "If-None-Match: " + etag);
    assertThat(same.status()).isEqualTo(304);
    assertThat(same.header("ETag")).hasValue(etag);
    assertThat(same.body()).isEmpty();
    assertThat(http.get(pk + "/k", "If-None-Match: \"999999999\"").status()).isEqualTo(200);
    assertThat(http.get(pk + "/k", "If-Match: " + etag).status()).isEqualTo(200);
    Answer other = http.get(pk + "/k", "If-Match: \"999999999\"");
    assertThat(other.status()).isEqualTo(412);
    assertThat(other.header("ETag")).hasValue(etag);
  }

  @Test
  void anAbsentKeyAnswers404InJsonWithItsPosition() {
    Answer answer = http.get(pk + "/none");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.header("Content-Type")).hasValue("application/json; charset=utf-8");
    assertThat(answer.text()).startsWith("{\"code\":\"NOT_FOUND\",\"message\":\"there is no key \\\"none\\\"")
        .contains("\"retry\":\"NEVER\"", "\"mayHaveHappened\":false");
    assertThat(answer.header("ETag")).isEmpty();
    assertThat(answer.header("Logfold-Served-By")).hasValue("lease");
  }

  @Test
  void aDeleteAnswers204AndKeepsItsConditions() {
    String etag = http.put(pk + "/k", "v").header("ETag").orElseThrow();
    Answer refused = http.delete(pk + "/k", "If-Match: \"999999999\"");
    assertThat(refused.status()).isEqualTo(412);
    assertThat(refused.header("ETag")).hasValue(etag);
    Answer deleted = http.delete(pk + "/k", "If-Match: " + etag);
    assertThat(deleted.status()).isEqualTo(204);
    assertThat(deleted.header("Logfold-Changed")).hasValue("true");
    assertThat(http.get(pk + "/k").status()).isEqualTo(404);
    Answer again = http.delete(pk + "/k");
    assertThat(again.status()).isEqualTo(204);
    assertThat(again.header("Logfold-Changed")).hasValue("false");
    assertThat(http.delete(pk + "/k", "If-Match: *").status()).isEqualTo(412);
  }

  @Test
  void aRepeatedRequestIsAnsweredAsTheFirst() {
    String id = UUID.randomUUID().toString();
    String time = "Logfold-Request-Time: " + System.currentTimeMillis();
    Answer first = http.put(pk + "/k", "v", "If-None-Match: *", "Idempotency-Key: " + id, time, "Logfold-Attempt: 1");
    Answer second = http.put(pk + "/k", "v", "If-None-Match: *", "Idempotency-Key: " + id, time, "Logfold-Attempt: 2");
    assertThat(second.status()).isEqualTo(201);
    assertThat(second.header("ETag")).isEqualTo(first.header("ETag"));
    assertThat(second.header("Logfold-Request-Id")).hasValue(id);
    assertThat(Objects.requireNonNull(store.lastCommit).request().attempt()).isEqualTo(2);
  }

  @Test
  void headerFieldsReachTheStore() {
    http.put(pk + "/k", "v", "Logfold-Reason: gr%C3%B6%C3%9Fer%20als 10%25", "Logfold-Principal: j%C3%BCrgen",
        "Logfold-Timeout: 1234", "Idempotency-Key: \"00000000-0000-0001-0000-000000000002\"",
        "Logfold-Request-Time: 5000000000000");
    var commit = Objects.requireNonNull(store.lastCommit);
    assertThat(commit.provenance().reason()).isEqualTo("größer als 10%");
    assertThat(commit.provenance().principal()).isEqualTo("jürgen");
    assertThat(commit.provenance().source()).isEqualTo("127.0.0.1");
    assertThat(commit.request().attempt()).isZero();
    assertThat(commit.request().timeMs()).isEqualTo(5000000000000L);
    assertThat(commit.request().id().high()).isEqualTo(1);
    assertThat(Objects.requireNonNull(store.lastOptions).timeout()).isEqualTo(Duration.ofMillis(1234));
    String rawBytes = new String("größer".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    http.put(pk + "/k", "v", "Logfold-Reason: " + rawBytes);
    assertThat(Objects.requireNonNull(store.lastCommit).provenance().reason()).isEqualTo("größer");
  }

  @ParameterizedTest
  @CsvSource({"stale=500ms,PT0.5S", "stale=2s,PT2S", "stale=PT1M30S,PT1M30S", "stale=3m,PT3M"})
  void aStaleReadSaysItsAgeInEitherForm(String field, Duration age) {
    http.get(pk + "/k", "Logfold-Consistency: " + field);
    assertThat(Objects.requireNonNull(store.lastGet).consistency()).isEqualTo(new Consistency.Stale(age));
  }

  @Test
  void aScanGivesBinarySafeKeysAndPagesByCursorInBothDirections() {
    for (String key : List.of("a", "b%2Fc", "%FF", "d")) {
      http.put(pk + "/" + key, key);
    }
    Answer first = http.get(pk + "?limit=3");
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.text()).contains("\"partitionKeyText\":", "{\"key\":\"YQ\",\"keyText\":\"a\",\"value\":\"YQ==\",",
        "{\"key\":\"Yi9j\",\"keyText\":\"b/c\",", "\"keyText\":\"d\"", "\"servedBy\":\"lease\"");
    Answer rest = http.get(pk + "?limit=3&cursor=" + next(first));
    assertThat(rest.text()).contains("{\"key\":\"_w\",\"value\":").doesNotContain("\"next\"");
    Answer back = http.get(pk + "?limit=2&reverse=true&keysOnly");
    assertThat(back.text()).contains("[{\"key\":\"_w\",\"revision\":").contains("\"keyText\":\"d\"")
        .doesNotContain("\"value\"");
    Answer backRest = http.get(pk + "?limit=2&reverse=true&keysOnly&cursor=" + next(back));
    assertThat(backRest.text()).containsSubsequence("\"keyText\":\"b/c\"", "\"keyText\":\"a\"");
    assertThat(http.get(pk + "?cursor=" + next(back)).text()).contains("INVALID_ARGUMENT", "with the same reverse");
  }

  @Test
  void scanBoundsAreBytesAndAPlusIsAPlus() {
    for (String key : List.of("m", "m+1", "m%201", "ma", "%FE%81", "%FE%82")) {
      http.put(pk + "/" + key, "v");
    }
    assertThat(http.get(pk + "?prefix=m+").text()).contains("\"m+1\"").doesNotContain("\"m 1\"");
    assertThat(http.get(pk + "?prefix=m%20").text()).contains("\"m 1\"").doesNotContain("\"m+1\"");
    assertThat(http.get(pk + "?start=m%2B1&end=ma").text()).contains("\"m+1\"").doesNotContain("\"ma\"");
    assertThat(http.get(pk + "?after=ma").text()).contains("\"_oE\"", "\"_oI\"").doesNotContain("\"ma\"");
    String encoded = Json.base64url(Bytes.utf8(pk.substring("/v1/kv/".length())));
    assertThat(http.get("/v1/kv/" + encoded + "?encoding=base64url&prefix=_oE").text())
        .contains("\"_oE\"").doesNotContain("\"_oI\"");
    assertThat(http.get(pk + "?prefix=../").text()).contains("\"entries\":[]");
  }

  @Test
  void aSnapshotIsNamedUsedAndGivenBack() {
    http.put(pk + "/a", "v");
    http.put(pk + "/b", "v");
    Answer first = http.get(pk + "?snapshot=true&limit=1");
    String id = first.text().replaceAll("(?s).*\"snapshotId\":\"([^\"]*)\".*", "$1");
    http.put(pk + "/c", "v");
    Answer second = http.get(pk + "?snapshotId=" + id + "&cursor=" + next(first));
    assertThat(second.text()).contains("\"keyText\":\"b\"").doesNotContain("\"keyText\":\"c\"");
    assertThat(http.delete(pk.replace("/kv/", "/snapshots/") + "/" + id).status()).isEqualTo(204);
    Answer gone = http.get(pk + "?snapshotId=" + id + "&cursor=" + next(first));
    assertThat(gone.status()).isEqualTo(410);
    assertThat(gone.text()).contains("SNAPSHOT_TOO_OLD");
  }

  @Test
  void partitionKeysAreListedInPages() {
    store.answer(() -> CompletableFuture.completedFuture(
        new PartitionKeysPage(List.of(Bytes.utf8("a/b"), Bytes.hex("ff")), true)));
    Answer answer = http.get("/v1/kv?limit=2");
    assertThat(answer.text()).isEqualTo("{\"partitionKeys\":[{\"partitionKey\":\"YS9i\",\"partitionKeyText\":\"a/b\"},"
        + "{\"partitionKey\":\"_w\"}],\"next\":\"f_w\"}\n");
    store.answer(() -> CompletableFuture.completedFuture(
        new PartitionKeysPage(List.of(), true, Optional.of(Bytes.hex("ff")))));
    assertThat(http.get("/v1/kv").text()).isEqualTo("{\"partitionKeys\":[],\"next\":\"f_w\"}\n");
    store.answer(() -> CompletableFuture.completedFuture(
        new ScanPage(List.of(), true, new ReadPosition(7, 0, "as-of"), Optional.empty(), Optional.of(Bytes.hex("ff")))));
    assertThat(http.get(pk).text()).contains("\"entries\":[],\"next\":\"f_w\"");
    store.answer(null);
    http.put(pk + "/k", "v");
    assertThat(http.get("/v1/kv").text()).contains(pk.substring("/v1/kv/".length()));
    assertThat(http.get("/v1/kv?cursor=f_w").text()).isEqualTo("{\"partitionKeys\":[]}\n");
  }

  @Test
  void aCommitIsAllOrNothing() {
    String commit = pk.replace("/kv/", "/commit/");
    Answer done = http.post(commit, "{\"predicates\":[{\"absent\":{\"keyText\":\"a\"}}],\"mutations\":["
        + "{\"put\":{\"keyText\":\"a\",\"valueText\":\"ä\"}},{\"put\":{\"key\":\"_w==\",\"value\":\"_w\"}}]}");
    assertThat(done.status()).isEqualTo(400);
    assertThat(done.text()).contains("mutations[1].put.value must be base64");
    done = http.post(commit, "{\"predicates\":[{\"absent\":{\"keyText\":\"a\"}}],\"mutations\":["
        + "{\"put\":{\"keyText\":\"a\",\"valueText\":\"ä\"}},{\"put\":{\"key\":\"_w==\",\"value\":\"/w==\"}}]}");
    assertThat(done.status()).isEqualTo(200);
    assertThat(done.text()).contains("\"changed\":true", "\"revision\":");
    assertThat(http.get(pk + "/a").text()).isEqualTo("ä");
    assertThat(http.get(pk + "/%FF").body()).containsExactly(0xFF);
    Answer failed = http.post(commit, "{\"predicates\":[{\"exists\":{\"keyText\":\"a\"}},{\"valueEquals\":"
        + "{\"keyText\":\"a\",\"valueText\":\"o\"}}],\"mutations\":[{\"delete\":{\"keyText\":\"a\"}}]}");
    assertThat(failed.status()).isEqualTo(412);
    assertThat(failed.text()).contains("\"predicate\":1", "\"keyText\":\"a\"", "\"currentRevision\":");
    assertThat(http.get(pk + "/a").status()).isEqualTo(200);
  }

  @Test
  void aBatchGetAnswersInTheOrderAsked() {
    http.put(pk + "/a", "1");
    Answer answer = http.post(pk.replace("/kv/", "/get/"), "{\"keys\":[{\"keyText\":\"b\"},{\"key\":\"YQ\"}]}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).containsSubsequence("{\"key\":\"Yg\",\"keyText\":\"b\",\"found\":false}",
        "{\"key\":\"YQ\",\"keyText\":\"a\",\"found\":true,\"value\":\"MQ==\",\"revision\":");
    assertThat(answer.header("Logfold-Revision")).isPresent();
  }

  @Test
  void aRequestIsResolvedToWhatBecameOfIt() {
    String id = "00000000-0000-0001-0000-00000000000" + 7;
    String time = "Logfold-Request-Time: " + System.currentTimeMillis();
    Answer written = http.put(pk + "/k", "v", "Idempotency-Key: " + id, time, "Logfold-Attempt: 1");
    assertThat(written.status()).isEqualTo(204);
    String target = "/v1/resolve/" + id + "?partition-key=" + pk.replace("/v1/kv/", "");
    Answer known = http.send("POST", target, new byte[0], time);
    assertThat(known.status()).isEqualTo(200);
    assertThat(known.header("Logfold-Request-Id")).hasValue(id);
    assertThat(known.header("Logfold-Partition")).isPresent();
    assertThat(known.text()).isEqualTo("{\"requestId\":\"" + id + "\",\"outcome\":\"APPLIED\",\"revision\":"
        + written.header("Logfold-Revision").orElseThrow() + ",\"changed\":true}\n");
    String never = "00000000-0000-0002-0000-000000000001";
    Answer withdrawn = http.send("POST", target.replace(id, never), new byte[0], time);
    assertThat(withdrawn.text()).startsWith("{\"requestId\":\"" + never + "\",\"outcome\":\"CANCELLED\",\"revision\":");
    assertThat(http.put(pk + "/k", "late", "Idempotency-Key: " + never, time, "Logfold-Attempt: 1").text())
        .contains("\"code\":\"CANCELLED\"", "\"mayHaveHappened\":false");
  }

  @Test
  void theClusterIsShown() {
    assertThat(http.get("/v1/cluster").text()).startsWith("{\"store\":\"").contains("\"partitionViews\":[{\"partition\":0,",
        "\"keyHash\":", "\"leaseLeftMs\":", "\"reachable\":true", "\"leaderAddress\":", "\"lag\":", "\"leaseAgeMs\":");
  }

  @Test
  void theLargestValueIsTakenAndOneByteMoreAnswers413InFull() {
    byte[] largest = new byte[Limits.MAX_VALUE_BYTES];
    assertThat(http.send("PUT", pk + "/k", largest).status()).isEqualTo(204);
    assertThat(http.get(pk + "/k").body()).isEqualTo(largest);
    for (int size : List.of(Limits.MAX_VALUE_BYTES + 1, 20 * 1024 * 1024)) {
      Answer refused = http.send("PUT", pk + "/k", new byte[size]);
      assertThat(refused.status()).isEqualTo(413);
      assertThat(refused.text()).contains("\"code\":\"TOO_LARGE\"", "value has at most 399360 bytes, got " + size);
    }
    Answer json = http.send("POST", pk.replace("/kv/", "/commit/"), new byte[RestService.MAX_JSON_BYTES + 1],
        "Content-Type: application/json");
    assertThat(json.status()).isEqualTo(413);
    assertThat(json.text()).contains("at most 8388608 bytes, got 8388609");
    Answer huge = http.send("PUT", pk + "/k", "x".getBytes(StandardCharsets.US_ASCII), "Content-Length: 99999999999");
    assertThat(huge.status()).isEqualTo(400);
  }

  private static String next(Answer answer) {
    assertThat(answer.text()).contains("\"next\":\"");
    return answer.text().replaceAll("(?s).*\"next\":\"([^\"]*)\".*", "$1");
  }
}
