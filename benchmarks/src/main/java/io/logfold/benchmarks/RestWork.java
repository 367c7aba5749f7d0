package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What is done to a store by REST, with the JDK's HTTP client: HTTP/1.1, connections kept. */
final class RestWork implements AutoCloseable {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
  private final String url;

  RestWork(String url) {
    this.url = url;
  }

  /** A linearizable get of one key. */
  Work get(KeySpace keys) {
    return lane -> get(keys, keys.any(lane));
  }

  CompletableFuture<?> get(KeySpace keys, int key) {
    return ask(request(keys, key).GET(), 200);
  }

  /** Puts one of the lane's keys if it is at the revision that it was last given. */
  Work setIf(KeySpace keys) {
    return lane -> {
      int key = keys.own(lane);
      return setIf(keys, lane, key).thenAccept(won -> {
        if (!won) {
          throw new IllegalStateException("nobody else writes " + keys.key(key) + ", and still its revision is another one");
        }
      });
    };
  }

  /** False where another write was there first. */
  CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key) {
    HttpRequest.Builder request = request(keys, key).header("If-Match", "\"" + keys.revision(key) + "\"")
        .PUT(BodyPublishers.ofByteArray(keys.anyValue(lane).toArray()));
    return send(request).thenApply(response -> {
      if (response.statusCode() == 412) {
        return false;
      }
      noteRevision(keys, key, check(response, 204));
      return true;
    });
  }

  CompletableFuture<?> set(KeySpace keys, int lane, int key) {
    return ask(request(keys, key).PUT(BodyPublishers.ofByteArray(keys.anyValue(lane).toArray())), 204)
        .thenAccept(response -> noteRevision(keys, key, response));
  }

  /** Of a key that is there; it is at revision 0 then. */
  CompletableFuture<?> delete(KeySpace keys, int key) {
    return ask(request(keys, key).DELETE(), 204).thenAccept(response -> {
      if (!response.headers().firstValue("logfold-changed").equals(Optional.of("true"))) {
        throw new IllegalStateException(keys.key(key) + " was there, and its delete changed nothing");
      }
      keys.written(key, 0);
    });
  }

  /** @param rows as many as the partition key has */
  CompletableFuture<?> scan(Bytes partitionKey, int rows) {
    URI uri = URI.create(url + "/v1/kv/" + encoded(partitionKey) + "?limit=" + rows);
    return ask(HttpRequest.newBuilder(uri), 200).thenAccept(response -> {
      String page = new String(response.body(), StandardCharsets.US_ASCII);
      int found = count(page, "\"value\":");
      if (found != rows || page.contains("\"next\":")) {
        throw new IllegalStateException(partitionKey + " has " + rows + " keys, the scan gave " + found + " or more");
      }
    });
  }

  /** At most so many rows from this key on. */
  CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows) {
    URI uri = URI.create(url + "/v1/kv/" + encoded(keys.partitionKey(firstKey)) + "?start=" + encoded(keys.key(firstKey))
        + "&limit=" + rows);
    return ask(HttpRequest.newBuilder(uri), 200).thenAccept(response -> keys.checkScan(firstKey, rows,
        count(new String(response.body(), StandardCharsets.US_ASCII), "\"value\":")));
  }

  /** So many puts of one partition key at once, from this key on. */
  CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int puts) {
    StringBuilder body = new StringBuilder("{\"mutations\":[");
    for (int i = 0; i < puts; i++) {
      body.append(i == 0 ? "" : ",").append("{\"put\":{\"keyText\":\"")
          .append(keys.key(firstKey + i * keys.partitionKeyCount()).utf8()).append("\",\"value\":\"")
          .append(Base64.getEncoder().encodeToString(keys.anyValue(lane).toArray())).append("\"}}");
    }
    URI uri = URI.create(url + "/v1/commit/" + encoded(keys.partitionKey(firstKey)));
    return ask(HttpRequest.newBuilder(uri).header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body.append("]}").toString())), 200);
  }

  private HttpRequest.Builder request(KeySpace keys, int key) {
    return HttpRequest.newBuilder(
        URI.create(url + "/v1/kv/" + encoded(keys.partitionKey(key)) + "/" + encoded(keys.key(key))));
  }

  private CompletableFuture<HttpResponse<byte[]>> ask(HttpRequest.Builder request, int expected) {
    return send(request).thenApply(response -> check(response, expected));
  }

  private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest.Builder request) {
    return client.sendAsync(request.timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static HttpResponse<byte[]> check(HttpResponse<byte[]> response, int expected) {
    if (response.statusCode() != expected) {
      throw new IllegalStateException(response.request().method() + " " + response.uri() + " was answered "
          + response.statusCode() + ": " + new String(response.body(), StandardCharsets.UTF_8));
    }
    return response;
  }

  private static void noteRevision(KeySpace keys, int key, HttpResponse<byte[]> response) {
    keys.written(key, Long.parseLong(response.headers().firstValue("etag").orElseThrow().replace("\"", "")));
  }

  private static int count(String text, String part) {
    int count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }

  private static String encoded(Bytes text) {
    return URLEncoder.encode(text.utf8(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
