package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A linearizable get by REST, with the JDK's HTTP client: HTTP/1.1, connections kept. */
final class RestWork implements AutoCloseable {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
  private final String url;

  RestWork(String url) {
    this.url = url;
  }

  Work get(KeySpace keys) {
    return lane -> {
      int key = keys.any(lane);
      URI uri = URI.create(url + "/v1/kv/" + encoded(keys.partitionKey(key)) + "/" + encoded(keys.key(key)));
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
      return client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()).thenAccept(response -> {
        if (response.statusCode() != 200) {
          throw new IllegalStateException("GET " + uri + " was answered " + response.statusCode() + ": "
              + new String(response.body(), StandardCharsets.UTF_8));
        }
      });
    };
  }

  private static String encoded(Bytes text) {
    return URLEncoder.encode(text.utf8(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
