package io.logfold.query.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.RequestId;
import io.logfold.api.StoreException;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.rest.RawHttp.Answer;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Request lines that are odd, requests that are wrong, and stores that fail. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestRefusalsTest {
  private static final int MAX_LINE = 16 * 1024;

  private final ScriptedStore store = new ScriptedStore(new ReferenceStore());
  private final LogfoldServer server = LogfoldServer.builder(store).port(0).drain(Duration.ZERO).start();
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

  @ParameterizedTest
  @CsvSource({
    "branches%2Fmain, 6272616e636865732f6d61696e",
    "a%2fb, 612f62",
    "%FF%FE, fffe",
    "a%252Fb, 6125324662",
    "a+b, 612b62",
    "a%20b, 612062",
    "a%2Bb, 612b62",
    "%41, 41",
    "a;b=c, 613b623d63",
    ";a, 3b61",
    "a%3Bb, 613b62",
    "a%3Fb, 613f62",
    "a%23b, 612362",
    "., 2e",
    "..., 2e2e2e",
    "..a, 2e2e61",
    "a:b@c!$&'*, 613a624063212426272a",
    "%C3%A4, c3a4",
    "~%7E, 7e7e",
  })
  void aKeyInAPathIsDecodedOnceAndOnlyOnce(String path, String hex) {
    // Twice, and between others: a cache of parsed request lines must not confuse them.
    for (int round = 0; round < 2; round++) {
      assertThat(http.get(pk + "/" + path).status()).isEqualTo(404);
      assertThat(Objects.requireNonNull(store.lastGet).keys()).containsExactly(Bytes.hex(hex));
      http.get("/v1/kv/" + path + "/k");
      assertThat(Objects.requireNonNull(store.lastGet).partitionKey()).isEqualTo(Bytes.hex(hex));
    }
  }

  @Test
  void pathsThatNormaliseAlikeAreDifferentKeys() {
    assertThat(http.put(pk + "/a%2Fb", "escaped").status()).isEqualTo(204);
    assertThat(http.get(pk + "/a%2Fb").text()).isEqualTo("escaped");
    Answer slash = http.get(pk + "/a/b");
    assertThat(slash.status()).isEqualTo(404);
    assertThat(slash.text()).contains("NO_SUCH_ROUTE", "%2F");
    assertThat(http.get(pk + "//b").status()).isEqualTo(404);
    assertThat(http.get(pk + "/a;x").text()).contains("a;x");
    assertThat(http.get(pk + "/a").text()).contains("no key \\\"a\\\"");
    assertThat(http.get(pk + "/").text()).contains("MISSING_KEY");
    assertThat(http.get("/v1/kv//k").text()).contains("MISSING_PARTITION_KEY");
    assertThat(http.get("/v1/kv/").text()).contains("MISSING_PARTITION_KEY");
    assertThat(http.get("//v1/kv").status()).isEqualTo(404);
  }

  @Test
  void rawBytesInAPathArriveAsTheyAre() {
    http.get(pk + "/Ã¼\u00ff");
    assertThat(Objects.requireNonNull(store.lastGet).keys()).containsExactly(Bytes.hex("c3bcff"));
  }

  @ParameterizedTest
  @CsvSource({"..", "%2E%2E", "a%00b", "%01", "%7F", "%", "%4", "%GG"})
  void whatAPathCannotHoldIsRefusedWithTheWayOut(String path) {
    Answer answer = http.get(pk + "/" + path);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).startsWith("{\"code\":\"INVALID_ARGUMENT\"");
    assertThat(answer.text()).containsAnyOf("?encoding=base64url", "must be percent-encoded");
  }

  @ParameterizedTest
  @CsvSource({"Li4, 2e2e", "AA, 00", "AA==, 00", "_wD-, ff00fe", "Li4%3D, 2e2e"})
  void base64urlTakesEveryKey(String path, String hex) {
    String encoded = "/v1/kv/cA/" + path + "?encoding=base64url";
    assertThat(http.put(encoded, "v").status()).isEqualTo(204);
    assertThat(Objects.requireNonNull(store.lastCommit).mutations().get(0).key()).isEqualTo(Bytes.hex(hex));
    assertThat(Objects.requireNonNull(store.lastCommit).partitionKey()).isEqualTo(Bytes.utf8("p"));
    assertThat(http.get(encoded).text()).isEqualTo("v");
  }

  @Test
  void aRequestLineOf16KibIsTakenAndALongerOneIsRefused() {
    String target = pk + "?prefix=";
    String line = "GET " + target + " HTTP/1.1";
    String fits = target + "a".repeat(MAX_LINE - line.length());
    assertThat(http.get(fits).status()).isEqualTo(200);
    Answer longer = http.get(fits + "a");
    assertThat(longer.status()).isEqualTo(414);
    assertThat(longer.text()).contains("\"code\":\"TOO_LARGE\"", "at most 16384 bytes");
    Answer header = http.get(pk + "/k", "Logfold-Reason: " + "a".repeat(40_000));
    assertThat(header.status()).isEqualTo(431);
    assertThat(header.text()).contains("\"code\":\"TOO_LARGE\"");
  }

  @Test
  void largestKeysFitTheRequestLineInTheWorstEncoding() {
    String target = "/v1/kv/" + "%FF".repeat(1536) + "/" + "%FE".repeat(1024);
    assertThat(http.put(target, "v").status()).isEqualTo(204);
    assertThat(http.get(target).text()).isEqualTo("v");
    assertThat(http.get("/v1/kv/" + "%FF".repeat(1537) + "/k").text())
        .contains("TOO_LARGE", "partitionKey has at most 1536 bytes, got 1537");
    assertThat(http.put(pk + "/" + "k".repeat(1025), "v").status()).isEqualTo(413);
  }

  @Test
  void anUnknownRouteAnswers404InJson() {
    for (String path : new String[] {"/nothing", "/v1/nothing", "/v1", "/v1/kv/a/b/c", "/v1/cluster/x"}) {
      Answer answer = http.get(path);
      assertThat(answer.status()).as(path).isEqualTo(404);
      assertThat(answer.text()).startsWith("{\"code\":\"NO_SUCH_ROUTE\"");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "POST | /v1/kv/a/b | GET, HEAD, PUT, DELETE",
    "PATCH | /v1/kv/a/b | GET, HEAD, PUT, DELETE",
    "PUT | /v1/kv/a | GET, HEAD",
    "DELETE | /v1/kv | GET, HEAD",
    "GET | /v1/commit/a | POST",
    "PUT | /v1/get/a | POST",
    "GET | /v1/snapshots/a/b | DELETE",
    "POST | /v1/cluster | GET, HEAD",
  })
  void aWrongMethodAnswers405AndNamesTheRightOnes(String method, String path, String allowed) {
    Answer answer = http.send(method, path, new byte[0]);
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).hasValue(allowed);
    assertThat(answer.text()).contains("\"code\":\"METHOD_NOT_ALLOWED\"", "got " + method);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "If-Match: 12 | If-Match must be * or one revision in quotes",
    "If-Match: \"0\" | If-Match must be",
    "If-Match: W/\"1\" | got 'W/\"1\"'",
    "If-Match: \"1\", \"2\" | If-Match must be",
    "If-None-Match: \"1\" | If-None-Match of a write must be *",
    "Idempotency-Key: abc | Idempotency-Key must be a UUID, got 'abc'",
    "Logfold-Attempt: 1 | send Idempotency-Key",
    "Idempotency-Key: 00000000-0000-0001-0000-000000000002 | needs Logfold-Request-Time",
    "Logfold-Timeout: soon | Logfold-Timeout must be a whole number (milliseconds, at most an hour), got 'soon'",
    "Logfold-Timeout: 0 | got '0'",
    "Logfold-Reason: 10% | Logfold-Reason must be percent-encoded",
    "Logfold-Reason: %FF | Logfold-Reason must be UTF-8",
  })
  void aMalformedHeaderFieldIsNamedWithWhatWasExpectedAndGiven(String field, String message) {
    Answer answer = http.put(pk + "/k", "v", field);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text().replace("\\\"", "\"")).contains("\"code\":\"INVALID_ARGUMENT\"", message);
    assertThat(http.get(pk + "/k").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "Logfold-Consistency: eventually | got 'eventually'",
    "Logfold-Consistency: at-least=x | a revision), got 'x'",
    "Logfold-Consistency: stale=soon | such as 500ms, 2s or PT0.5S, got 'soon'",
    "Logfold-Consistency: stale=PT-1S | stale must be a duration",
    "If-None-Match: 5 | If-None-Match must be * or one revision in quotes",
  })
  void aMalformedHeaderFieldOfAReadIsNamedToo(String field, String message) {
    Answer answer = http.get(pk + "/k", field);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text().replace("\\\"", "\"")).contains("\"code\":\"INVALID_ARGUMENT\"", message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "?limit=0 | limit must be 1 to 10000, got 0",
    "?limit=ten | limit must be a whole number, got 'ten'",
    "?limit=1&limit=2 | limit must be given once",
    "?prefx=a | query parameter 'prefx' is not known here",
    "?start=a&after=a | start and after exclude each other",
    "?start=b&end=a | start must not be above end",
    "?reverse=yes | reverse must be true or false, got 'yes'",
    "?cursor=zz | cursor must be the next of an earlier answer",
    "?start=%C3%28&encoding=base64 | encoding must be percent (the default) or base64url, got 'base64'",
    "?start=.&encoding=base64url | must be base64url",
    "?prefix=%zz | cannot be read",
  })
  void aMalformedQueryIsNamedWithWhatWasExpectedAndGiven(String query, String message) {
    Answer answer = http.get(pk + query);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("\"code\":\"INVALID_ARGUMENT\"", message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "nonsense | the body must be JSON",
    "[] | the body must be a JSON object; got []",
    "{} | a commit needs at least one mutation",
    "{\"mutation\":[]} | got 'mutation'",
    "{\"mutations\":[{\"put\":{\"keyText\":\"a\"}}]} | mutations[0].put needs either value (base64) or valueText",
    "{\"mutations\":[{\"put\":{\"valueText\":\"a\"}}]} | mutations[0].put needs either key (base64url) or keyText",
    "{\"mutations\":[{\"set\":{}}]} | mutations[0] must be put or delete; got 'set'",
    "{\"mutations\":[{\"delete\":{\"keyText\":5}}]} | mutations[0].delete.keyText must be a string; got 5",
    "{\"mutations\":[{\"delete\":{\"key\":\"=\"}}]} | mutations[0].delete.key must be base64url",
    "{\"mutations\":[],\"mutations\":[]} | Duplicate field",
    "{\"mutations\":[]} {} | the body must be JSON",
    "{\"predicates\":[{\"revisionIs\":{\"keyText\":\"a\"}}]} | predicates[0].revisionIs.revision must be a revision",
  })
  void aMalformedBodyIsNamedByItsPlace(String body, String message) {
    Answer answer = http.post(pk.replace("/kv/", "/commit/"), body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text().replace("\\\"", "\"")).contains(message);
  }

  @Test
  void jsonMustBeCalledJson() {
    Answer answer = http.send("POST", pk.replace("/kv/", "/get/"), new byte[] {'{', '}'}, "Content-Type: text/plain");
    assertThat(answer.status()).isEqualTo(415);
    assertThat(answer.text()).contains("Content-Type must be application/json, got text/plain");
  }

  @Test
  void thePrincipalOfAHeaderIsIgnoredUnlessTheConfigurationTakesIt() {
    http.put(pk + "/k", "v", "Logfold-Principal: somebody");
    assertThat(Objects.requireNonNull(store.lastCommit).provenance().principal()).isEmpty();
  }

  @Test
  void slowDownSaysWhenToComeBack() {
    fail(new StoreException(ErrorCode.SLOW_DOWN, "too much is under way"));
    Answer answer = http.put(pk + "/k", "v");
    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.header("Retry-After")).hasValue("1");
    assertThat(answer.text()).contains("\"code\":\"SLOW_DOWN\"", "\"retry\":\"LATER\"", "\"mayHaveHappened\":false");
  }

  @Test
  void anUnknownFateSaysSoAndNamesTheRequest() {
    RequestId id = new RequestId(1, 2);
    fail(StoreException.unknown(id, 7, "the broker is gone"));
    Answer answer = http.put(pk + "/k", "v", "Idempotency-Key: " + id, "Logfold-Attempt: 1");
    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.header("Logfold-Request-Id")).hasValue(id.toString());
    assertThat(answer.text()).contains("\"code\":\"UNKNOWN\"", "\"retry\":\"SAME_REQUEST_ID\"",
        "\"mayHaveHappened\":true", "\"requestId\":\"" + id + "\"", "\"token\":7");
  }

  @Test
  void aRefusedResolveSaysWhatItNeedsAndWhy() {
    String target = "/v1/resolve/00000000-0000-0001-0000-000000000002";
    assertThat(http.send("POST", target + "?partition-key=pk", new byte[0]).text()).contains(
        "\"code\":\"INVALID_ARGUMENT\"", "resolve needs Logfold-Request-Time", "one that it has forgotten");
    assertThat(http.send("POST", target, new byte[0], "Logfold-Request-Time: 1").text())
        .contains("\"code\":\"MISSING_PARTITION_KEY\"");
    assertThat(http.send("POST", "/v1/resolve/mine?partition-key=pk", new byte[0], "Logfold-Request-Time: 1").text())
        .contains("requestId must be a UUID, got 'mine'");
    assertThat(http.send("POST", target + "?partition-key=pk&key=k", new byte[0], "Logfold-Request-Time: 1").text())
        .contains("query parameter 'key' is not known here; expected one of encoding, partition-key");
  }

  @Test
  void aNodeThatDoesNotLeadSaysWhoDoes() {
    fail(StoreException.notLeader(3, "n2", "http://h2:7171"));
    Answer answer = http.get(pk + "/k");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.text()).contains("\"code\":\"NOT_LEADER\"", "\"retry\":\"ELSEWHERE\"",
        "\"leaderAddress\":\"http://h2:7171\"", "node n2 does");
    fail(StoreException.notLeader(3, "", ""));
    assertThat(http.get(pk + "/k").text()).contains("\"code\":\"NOT_LEADER\"").doesNotContain("leaderAddress");
  }

  @Test
  void everyErrorAnswersWithItsStatus() {
    for (ErrorCode code : ErrorCode.values()) {
      fail(new StoreException(code, "because"));
      Answer answer = http.get(pk + "/k");
      assertThat(answer.status()).isEqualTo(code.httpStatus());
      assertThat(answer.text()).contains("\"code\":\"" + code + "\"", "\"retry\":\"" + code.retry() + "\"");
    }
  }

  @Test
  void aFaultIsNotShownButReferredTo() {
    fail(new IllegalStateException("secret"));
    Answer answer = http.put(pk + "/k", "v");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.text()).contains("\"code\":\"INTERNAL\"", "under the reference ", "\"mayHaveHappened\":true")
        .doesNotContain("secret").doesNotContain("Exception");
    store.answer(() -> {
      throw new IllegalStateException("secret");
    });
    assertThat(http.get(pk).text()).contains("\"code\":\"INTERNAL\"").doesNotContain("secret");
  }

  @Test
  @Tag("slow")
  void aStoreThatDoesNotAnswerLeavesAWriteUnknownAndAReadTimedOut() {
    store.answer(CompletableFuture::new);
    Answer write = http.put(pk + "/k", "v", "Logfold-Timeout: 1");
    assertThat(write.status()).isEqualTo(504);
    assertThat(write.text()).contains("\"code\":\"UNKNOWN\"", "\"requestId\":\"");
    assertThat(http.get(pk + "/k", "Logfold-Timeout: 1").text()).contains("DEADLINE_EXCEEDED");
  }

  private void fail(RuntimeException failure) {
    store.answer(() -> CompletableFuture.failedFuture(failure));
  }
}
