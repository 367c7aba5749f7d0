package io.logfold.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.log.PartitionHash;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** How far the table of a node is, as the node tells it by REST: in each partition the revision of its checkpoint. One thread. */
final class TableProgress implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long LOOK_NANOS = 5_000_000;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
  private final HttpRequest question;

  TableProgress(String nodeUrl) {
    question = HttpRequest.newBuilder(URI.create(nodeUrl + "/v1/tables/main")).timeout(Duration.ofSeconds(60)).build();
  }

  /** Looks every 5 ms until the table has all that was written; returns how long that took, or fails after {@code most}. */
  Duration awaitAllOf(KeySpace keys, int partitions, Duration most) throws IOException, InterruptedException {
    long start = System.nanoTime();
    long[] wanted = new long[partitions];
    for (int key = 0; key < keys.size(); key++) {
      int partition = PartitionHash.partition(keys.partitionKey(key), partitions);
      wanted[partition] = Math.max(wanted[partition], keys.revision(key));
    }
    while (!hasAll(wanted)) {
      if (System.nanoTime() - start > most.toNanos()) {
        throw new IllegalStateException("the table does not hold after " + most.toSeconds() + " s what was acknowledged; the"
            + " node says " + ask());
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private boolean hasAll(long[] wanted) throws IOException, InterruptedException {
    int there = 0;
    for (JsonNode partition : ask().path("partitions")) {
      there += partition.path("revision").asLong(-1) >= wanted[partition.path("partition").asInt(-1)] ? 1 : 0;
    }
    return there == wanted.length;
  }

  /** Age of the oldest event that the table does not hold; -1: not known. */
  long lagMs() throws IOException, InterruptedException {
    return ask().path("lagMs").asLong(-1);
  }

  private JsonNode ask() throws IOException, InterruptedException {
    HttpResponse<byte[]> response = client.send(question, HttpResponse.BodyHandlers.ofByteArray());
    JsonNode body = JSON.readTree(response.body());
    if (response.statusCode() != 200 || body.path("partitions").isEmpty()) {
      throw new IOException(question.uri() + " was answered " + response.statusCode() + ": " + body);
    }
    return body;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
