package io.logfold.query.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.testing.PastStore;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.rest.RawHttp.Answer;
import io.logfold.query.watch.WatchSettings;
import io.logfold.query.watch.Watches;
import io.logfold.query.watch.WatchingStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Histories, differences, reads of the past and watches over REST. */
@Timeout(60)
class PastRestTest {
  private final PastStore past = new PastStore();
  private final Watches watches = Watches.polling(past, WatchSettings.DEFAULT);
  private final LogfoldServer server =
      LogfoldServer.builder(new WatchingStore(past, watches)).port(0).drain(Duration.ofSeconds(20)).start();
  private final RawHttp http = new RawHttp(server.port());

  @AfterEach
  void close() {
    server.close();
    watches.close();
  }

  private void threeChanges() {
    past.event("pk", 1_000, new Provenance("ann", "first", "10.0.0.1"), put("k", "one"), put("other", "x"));
    past.event("pk", 2_000, Provenance.of("bob", ""), put("k", "two"));
    past.event("pk", 3_000, Provenance.of("ann", "no more"), new Mutation.Delete(Bytes.utf8("k")));
  }

  private static Mutation put(String key, String value) {
    return new Mutation.Put(Bytes.utf8(key), Bytes.utf8(value));
  }

  @Test
  void theHistoryOfAKeyTellsWhoWhenWhyAndFromWhichRevision() {
    threeChanges();
    Answer answer = http.get("/v1/history/pk/k");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo("""
        {"partitionKey":"cGs","partitionKeyText":"pk","key":"aw","keyText":"k","changes":[\
        {"key":"aw","keyText":"k","revision":3,"previousRevision":2,"kind":"DELETE","time":"1970-01-01T00:00:03Z",\
        "timeMs":3000,"principal":"ann","reason":"no more","source":"","requestId":"00000000-0000-0000-0000-000000000003"},\
        {"key":"aw","keyText":"k","revision":2,"previousRevision":1,"kind":"PUT","value":"dHdv","time":"1970-01-01T00:00:02Z",\
        "timeMs":2000,"principal":"bob","reason":"","source":"","requestId":"00000000-0000-0000-0000-000000000002"},\
        {"key":"aw","keyText":"k","revision":1,"previousRevision":0,"kind":"PUT","value":"b25l","time":"1970-01-01T00:00:01Z",\
        "timeMs":1000,"principal":"ann","reason":"first","source":"10.0.0.1",\
        "requestId":"00000000-0000-0000-0000-000000000001"}]}
        """);
  }

  @Test
  void historiesAreOfAPrefixAPartitionKeyOrAPrincipalWithinTimesAndInPages() {
    threeChanges();
    assertThat(revisions(http.get("/v1/history/pk").text())).containsExactly(3, 2, 1, 1);
    assertThat(revisions(http.get("/v1/history/pk?prefix=oth").text())).containsExactly(1);
    assertThat(revisions(http.get("/v1/history/cGs?encoding=base64url&prefix=aw").text())).containsExactly(3, 2, 1);
    Answer ann = http.get("/v1/history?principal=ann");
    assertThat(revisions(ann.text())).containsExactly(3, 1, 1);
    assertThat(ann.text()).contains("\"partitionKeyText\":\"pk\"");
    assertThat(revisions(http.get("/v1/history/pk?from=1970-01-01T00:00:02Z&to=3000").text())).containsExactly(2);
    assertThat(revisions(http.get("/v1/history/pk/k?order=oldest&after-revision=1").text())).containsExactly(2, 3);
    Answer first = http.get("/v1/history/pk?order=oldest&limit=3");
    assertThat(revisions(first.text())).containsExactly(1, 1, 2);
    assertThat(first.text()).contains("\"next\":\"3\"");
    Answer last = http.get("/v1/history/pk?order=oldest&limit=3&cursor=3");
    assertThat(revisions(last.text())).containsExactly(3);
    assertThat(last.text()).doesNotContain("\"next\"");
  }

  private static List<Integer> revisions(String json) {
    List<Integer> revisions = new ArrayList<>();
    java.util.regex.Matcher matcher = java.util.regex.Pattern.compile("\"revision\":(\\d+)").matcher(json);
    while (matcher.find()) {
      revisions.add(Integer.parseInt(matcher.group(1)));
    }
    return revisions;
  }

  @Test
  void readsAreOfAnyMomentAndSayWhichItWas() {
    threeChanges();
    Answer get = http.get("/v1/kv/pk/k?as-of=1");
    assertThat(get.text()).isEqualTo("one");
    assertThat(get.header("Logfold-Served-By")).hasValue("as-of");
    assertThat(get.header("Logfold-Revision")).hasValue("1");
    assertThat(get.header("ETag")).hasValue("\"1\"");
    assertThat(http.get("/v1/kv/pk/k?as-of=1970-01-01T00:00:02.500Z").text()).isEqualTo("two");
    assertThat(http.get("/v1/kv/pk/k?as-of=@2999").text()).isEqualTo("two");
    assertThat(http.get("/v1/kv/pk/k?as-of=3").status()).isEqualTo(404);
    assertThat(http.get("/v1/kv/pk?as-of=0=1").text()).contains("\"keyText\":\"k\"", "\"keyText\":\"other\"",
        "\"servedBy\":\"as-of\"");
    assertThat(http.get("/v1/kv/pk?as-of=0").text()).contains("\"entries\":[]", "\"revision\":0");
    assertThat(http.get("/v1/kv?as-of=1970-01-01").text()).contains("\"partitionKeys\":[]");
    assertThat(http.get("/v1/kv?as-of=1").text()).contains("\"partitionKeyText\":\"pk\"");
    assertThat(http.post("/v1/get/pk?as-of=1", "{\"keys\":[{\"keyText\":\"k\"}]}").text()).contains("b25l");
  }

  @Test
  void aDifferenceHasBothSides() {
    threeChanges();
    assertThat(http.get("/v1/diff/pk?from=0&to=1970-01-01T00:00:02Z&prefix=k").text()).isEqualTo("""
        {"partitionKey":"cGs","partitionKeyText":"pk","fromRevision":0,"toRevision":2,"differences":[\
        {"key":"aw","keyText":"k","after":{"value":"dHdv","revision":2}}]}
        """);
    assertThat(http.get("/v1/diff/pk?from=1&to=3&limit=1").text())
        .contains("\"before\":{\"value\":\"b25l\",\"revision\":1}").doesNotContain("\"after\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/history", "/v1/history?principal=a&prefix=b", "/v1/history/pk?order=up", "/v1/history/pk?from=soon",
      "/v1/history/pk?limit=0", "/v1/history/pk?after-revision=1", "/v1/history/pk/k?prefix=a", "/v1/diff/pk?from=1",
      "/v1/diff/pk?from=1&to=x", "/v1/kv/pk/k?as-of=2026-11-23T03:00:00", "/v1/watch/pk?key=a&prefix=b", "/v1/watch/pk?after=-1",
      "/v1/kv/pk/k?as-of=99", "/v1/watch/pk?after=99"})
  void whatCannotBeMeantIsRefused(String target) {
    Answer answer = http.get(target);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).containsAnyOf("\"code\":\"INVALID_ARGUMENT\"", "\"code\":\"NO_SUCH_MOMENT\"");
  }

  @Test
  void thePastIsNotWrittenAndHasNoConsistency() {
    assertThat(http.put("/v1/kv/pk/k?as-of=1", "v").status()).isEqualTo(400);
    assertThat(http.get("/v1/kv/pk/k?as-of=0", "Logfold-Consistency: barrier").status()).isEqualTo(400);
    assertThat(http.post("/v1/history/pk", "{}").status()).isEqualTo(405);
  }

  @Test
  void aWatchIsServerSentEventsWhoseIdIsWhereToGoOn() throws IOException {
    past.event("pk", 1_000, Provenance.of("ann", ""), put("a", "1"), put("b", "2"));
    try (Events events = new Events("/v1/watch/pk?after=0", "")) {
      assertThat(events.head).contains("200 OK").contains("text/event-stream");
      assertThat(events.next()).startsWith("id: 0\nevent: progress\ndata: {\"revision\":0,\"timeMs\":");
      assertThat(events.next()).startsWith("id: 0\nevent: change\ndata: {\"key\":\"YQ\",\"keyText\":\"a\",\"revision\":1");
      assertThat(events.next()).startsWith("id: 1\nevent: change\ndata: {\"key\":\"Yg\",\"keyText\":\"b\",\"revision\":1");
      past.put("pk", "a", "3");
      assertThat(events.next()).startsWith("id: 2\nevent: change\n").contains("\"previousRevision\":1");
    }
    past.put("pk", "c", "4");
    try (Events events = new Events("/v1/watch/pk?after=0", "Last-Event-ID: 2\r\n")) {
      assertThat(events.next()).startsWith("id: 2\nevent: progress\n");
      assertThat(events.next()).startsWith("id: 3\nevent: change\n");
    }
    await().until(() -> watches.size() == 0);
  }

  @Test
  void aServerThatClosesEndsItsWatchesWithTheirResumePoint() throws IOException {
    past.put("pk", "k", "v");
    try (Events events = new Events("/v1/watch/pk", "")) {
      assertThat(events.next()).startsWith("id: 1\nevent: progress\n");
      server.close();
      assertThat(events.next()).startsWith("event: end\ndata: {\"code\":\"CLOSED\"").contains("\"resumeAfter\":1");
    }
  }

  /** Server-sent events by hand. */
  private final class Events implements AutoCloseable {
    final String head;
    private final Socket socket;
    private final BufferedReader in;

    Events(String target, String fields) throws IOException {
      socket = new Socket("127.0.0.1", server.port());
      socket.getOutputStream().write(("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n")
          .getBytes(StandardCharsets.US_ASCII));
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      StringBuilder lines = new StringBuilder();
      String line;
      while ((line = in.readLine()) != null && !line.isEmpty()) {
        lines.append(line).append('\n');
      }
      head = lines.toString();
    }

    /** One event, without its empty line; chunk sizes stand on lines of their own and are left out. */
    String next() throws IOException {
      StringBuilder event = new StringBuilder();
      String line;
      while ((line = in.readLine()) != null) {
        if (line.isEmpty() && !event.isEmpty()) {
          return event.toString();
        }
        if (line.startsWith("id: ") || line.startsWith("event: ") || line.startsWith("data: ")) {
          event.append(line).append('\n');
        }
      }
      return event.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
