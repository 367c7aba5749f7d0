package io.logfold.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;

/**
 * What operators ask of a server, by REST. A refusal is the {@link StoreException} that the server named; one thread.
 */
final class AdminClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
      .connectTimeout(Duration.ofSeconds(5)).build();
  private final String server;
  private final Duration timeout;

  AdminClient(String server, Duration timeout) {
    this.server = server.endsWith("/") ? server.substring(0, server.length() - 1) : server;
    this.timeout = timeout;
  }

  /** Answers whatever the server said, also where it is a refusal: for those who look at it themselves. */
  record Answer(int status, JsonNode body) {}

  JsonNode get(String path) {
    return checked(send("GET", path, Map.of(), Map.of()));
  }

  JsonNode post(String path, Map<String, String> fields) {
    return checked(send("POST", path, fields, Map.of()));
  }

  Answer postRaw(String path, Map<String, String> fields, Map<String, String> headers) {
    return send("POST", path, fields, headers);
  }

  /** Without a body; answers whatever the server said. */
  Answer request(String method, String path, Map<String, String> headers) {
    return send(method, path, Map.of(), headers);
  }

  void delete(String path) {
    checked(send("DELETE", path, Map.of(), Map.of()));
  }

  /** The answer's body, or the refusal that it is. */
  JsonNode checked(Answer answer) {
    if (answer.status() / 100 == 2) {
      return answer.body();
    }
    String code = answer.body().path("code").asText("");
    String message = answer.body().path("message").asText("the server answered with status " + answer.status());
    if (code.equals("NOT_FOUND")) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, message);
    }
    for (ErrorCode known : ErrorCode.values()) {
      if (known.name().equals(code)) {
        throw new StoreException(known, message);
      }
    }
    throw new StoreException(answer.status() == 404 ? ErrorCode.UNSUPPORTED : ErrorCode.INTERNAL,
        answer.status() == 404 ? "the server at " + server + " does not know what was asked for: " + message : message);
  }

  private Answer send(String method, String path, Map<String, String> fields, Map<String, String> headers) {
    try {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + path)).timeout(timeout);
      headers.forEach(request::header);
      if (fields.isEmpty()) {
        request.method(method, BodyPublishers.noBody());
      } else {
        ObjectNode body = JSON.createObjectNode();
        fields.forEach(body::put);
        request.header("Content-Type", "application/json").method(method, BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
      }
      HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), body(response.body()));
    } catch (IllegalArgumentException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "'" + server + "' is not a server's URL: " + e.getMessage()
          + "; expected for example http://127.0.0.1:7171", e);
    } catch (HttpTimeoutException e) {
      throw new StoreException(ErrorCode.DEADLINE_EXCEEDED, "the server at " + server + " did not answer within "
          + timeout.toMillis() + " ms; it may go on with what was asked, see 'logfold tables'", e);
    } catch (ConnectException e) {
      throw new StoreException(ErrorCode.UNAVAILABLE,
          "the server at " + server + " cannot be reached: does it run, and does it listen there?", e);
    } catch (IOException e) {
      throw new StoreException(ErrorCode.UNAVAILABLE, "the server at " + server + " cannot be reached, or broke off: "
          + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(ErrorCode.CANCELLED, "interrupted", e);
    }
  }

  private JsonNode body(byte[] bytes) {
    try {
      return bytes.length == 0 ? JSON.createObjectNode() : JSON.readTree(bytes);
    } catch (IOException e) {
      throw new StoreException(ErrorCode.UNSUPPORTED, "what answers at " + server + " is no Logfold server", e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
