package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.zip.CRC32;

/** An endpoint of DynamoDB's API without an SDK in between, so that requests can be as wrong as they like. */
final class RawDynamo implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final String AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request,"
      + " SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0".repeat(64);

  private final URI endpoint;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(20)).build();

  RawDynamo(String endpoint) {
    this.endpoint = URI.create(endpoint + "/");
  }

  /** What came back; the JSON is missing where the body is none. */
  record Answer(int status, JsonNode json, String text, HttpResponse<byte[]> http) {
    /** Of the error, behind its namespace; empty for an answer that is none. */
    String error() {
      String type = json.path("__type").asText();
      return status == 200 ? "" : type.substring(type.indexOf('#') + 1);
    }

    boolean checksumHolds() {
      CRC32 crc = new CRC32();
      crc.update(http.body());
      return http.headers().firstValue("x-amz-crc32").map(said -> said.equals(Long.toString(crc.getValue()))).orElse(false);
    }

    @Override
    public String toString() {
      return status + " " + text;
    }
  }

  Answer call(String operation, JsonNode body) {
    return send("DynamoDB_20120810." + operation, "application/x-amz-json-1.0", body.toString().getBytes(StandardCharsets.UTF_8));
  }

  Answer send(String target, String contentType, byte[] body) {
    HttpRequest.Builder request = HttpRequest.newBuilder(endpoint).timeout(Duration.ofSeconds(60))
        .header("Authorization", AUTHORIZATION).header("X-Amz-Date", "20260101T000000Z")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (!target.isEmpty()) {
      request.header("X-Amz-Target", target);
    }
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    try {
      HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      String text = new String(response.body(), StandardCharsets.UTF_8);
      return new Answer(response.statusCode(), json(text), text, response);
    } catch (IOException e) {
      throw new AssertionError("no answer from " + endpoint + " to " + target + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
