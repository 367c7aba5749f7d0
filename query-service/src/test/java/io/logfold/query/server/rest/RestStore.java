package io.logfold.query.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Predicate;
import io.logfold.api.ReadPosition;
import io.logfold.api.RequestId;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A store over REST, by nothing but docs/REST.md and the JDK's HTTP client, so that the contract kit can ask the whole
 * contract of the interface. Commits that HTTP has words for go as PUT and DELETE, the others as POST.
 */
public final class RestStore implements Store {
  private final HttpClient http;
  private final String base;
  private final Runnable onClose;
  private volatile boolean closed;

  /** @param onClose run once the store is closed, for what belongs to it */
  public RestStore(int port, HttpClient.Version version, Runnable onClose) {
    this.http = HttpClient.newBuilder().version(version).build();
    this.base = "http://127.0.0.1:" + port;
    this.onClose = onClose;
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    if (request.keys().size() == 1) {
      HttpRequest.Builder get = builder(keyPath(request.partitionKey(), request.keys().get(0)), options).GET();
      return call(consistency(get, request.consistency()), Optional.empty(), answer -> new GetResult(
          List.of(answer.statusCode() == 404
              ? Optional.empty()
              : Optional.of(new Versioned(Bytes.wrap(answer.body()), etag(answer)))),
          position(answer)));
    }
    HttpRequest.Builder post = post("/v1/get/" + b64(request.partitionKey()), options, json -> {
      json.writeArrayFieldStart("keys");
      for (Bytes key : request.keys()) {
        json.writeStartObject();
        json.writeStringField("key", b64(key));
        json.writeEndObject();
      }
      json.writeEndArray();
    });
    return call(consistency(post, request.consistency()), Optional.empty(), answer -> {
      List<Optional<Versioned>> entries = new ArrayList<>();
      for (JsonNode entry : json(answer).get("entries")) {
        entries.add(entry.get("found").booleanValue()
            ? Optional.of(new Versioned(value(entry), entry.get("revision").longValue()))
            : Optional.empty());
      }
      return new GetResult(entries, position(answer));
    });
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    Optional<HttpRequest.Builder> single = single(request, options);
    HttpRequest.Builder builder = single.orElseGet(
        () -> post("/v1/commit/" + b64(request.partitionKey()), options, json -> writeCommit(json, request)));
    builder.setHeader("Idempotency-Key", request.request().id().toString());
    builder.setHeader("Logfold-Request-Time", Long.toString(request.request().timeMs()));
    if (request.request().attempt() > 0) {
      builder.setHeader("Logfold-Attempt", Integer.toString(request.request().attempt()));
    }
    builder.setHeader("Logfold-Reason", percent(request.provenance().reason()));
    builder.setHeader("Logfold-Principal", percent(request.provenance().principal()));
    return call(builder, Optional.of(request.request().id()), answer -> {
      if (answer.statusCode() == 412) {
        JsonNode failed = json(answer);
        return new CommitOutcome.PredicateFailed(failed.get("predicate").intValue(),
            RequestTarget.base64url("key", failed.get("key").textValue()), failed.has("currentRevision")
                ? OptionalLong.of(failed.get("currentRevision").longValue()) : OptionalLong.empty());
      }
      if (single.isPresent()) {
        return new CommitOutcome.Applied(Long.parseLong(header(answer, "Logfold-Revision")),
            Boolean.parseBoolean(header(answer, "Logfold-Changed")));
      }
      JsonNode applied = json(answer);
      return new CommitOutcome.Applied(applied.get("revision").longValue(), applied.get("changed").booleanValue());
    });
  }

  private Optional<HttpRequest.Builder> single(CommitRequest request, CallOptions options) {
    if (request.mutations().size() != 1 || request.predicates().size() > 1) {
      return Optional.empty();
    }
    Mutation mutation = request.mutations().get(0);
    HttpRequest.Builder builder = builder(keyPath(request.partitionKey(), mutation.key()), options);
    if (mutation instanceof Mutation.Put put) {
      builder.PUT(BodyPublishers.ofByteArray(put.value().unsafeArray()));
    } else {
      builder.DELETE();
    }
    if (request.predicates().isEmpty()) {
      return Optional.of(builder);
    }
    Predicate predicate = request.predicates().get(0);
    if (!predicate.key().equals(mutation.key())) {
      return Optional.empty();
    }
    return switch (predicate) {
      case Predicate.Absent absent -> Optional.of(builder.setHeader("If-None-Match", "*"));
      case Predicate.Exists exists -> Optional.of(builder.setHeader("If-Match", "*"));
      case Predicate.RevisionIs is -> Optional.of(builder.setHeader("If-Match", "\"" + is.revision() + "\""));
      case Predicate.ValueEquals equals -> Optional.empty();
    };
  }

  private static void writeCommit(JsonGenerator json, CommitRequest request) throws IOException {
    json.writeArrayFieldStart("predicates");
    for (Predicate predicate : request.predicates()) {
      json.writeStartObject();
      json.writeObjectFieldStart(switch (predicate) {
        case Predicate.Absent absent -> "absent";
        case Predicate.Exists exists -> "exists";
        case Predicate.RevisionIs is -> "revisionIs";
        case Predicate.ValueEquals equals -> "valueEquals";
      });
      json.writeStringField("key", b64(predicate.key()));
      if (predicate instanceof Predicate.RevisionIs is) {
        json.writeNumberField("revision", is.revision());
      } else if (predicate instanceof Predicate.ValueEquals equals) {
        Json.writeValue(json, equals.value());
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("mutations");
    for (Mutation mutation : request.mutations()) {
      json.writeStartObject();
      json.writeObjectFieldStart(mutation instanceof Mutation.Put ? "put" : "delete");
      json.writeStringField("key", b64(mutation.key()));
      if (mutation instanceof Mutation.Put put) {
        Json.writeValue(json, put.value());
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    HttpRequest.Builder builder = builder("/v1/resolve/" + request.requestId() + "?encoding=base64url&partition-key="
        + b64(request.partitionKey()), options).POST(BodyPublishers.noBody());
    builder.setHeader("Logfold-Request-Time", Long.toString(request.requestTimeMs()));
    builder.setHeader("Logfold-Reason", percent(request.provenance().reason()));
    builder.setHeader("Logfold-Principal", percent(request.provenance().principal()));
    return call(builder, Optional.of(request.requestId()), answer -> {
      JsonNode resolution = json(answer);
      return switch (resolution.get("outcome").textValue()) {
        case "APPLIED" -> new Resolution.Applied(
            resolution.get("revision").longValue(), resolution.get("changed").booleanValue());
        case "PREDICATE_FAILED" -> new Resolution.PredicateFailed(resolution.get("predicate").intValue(),
            resolution.has("currentRevision") ? OptionalLong.of(resolution.get("currentRevision").longValue())
                : OptionalLong.empty());
        case "CANCELLED" -> new Resolution.Cancelled(resolution.get("revision").longValue());
        default -> throw new AssertionError("no outcome: " + resolution);
      };
    });
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    StringBuilder query = new StringBuilder("/v1/kv/" + b64(request.partitionKey()) + "?encoding=base64url");
    Bytes start = request.range().startInclusive();
    if (!start.isEmpty()) {
      query.append("&start=").append(b64(start));
    }
    // Bounds that cross each other are refused, an empty range is not.
    Optional<Bytes> end = request.range().isEmpty() ? Optional.of(start) : request.range().endExclusive();
    end.ifPresent(bound -> query.append("&end=").append(b64(bound)));
    query.append("&limit=").append(request.pageSize());
    query.append("&reverse=").append(request.reverse()).append("&keysOnly=").append(request.keysOnly());
    query.append("&snapshot=").append(request.snapshot());
    request.snapshotId().ifPresent(id -> query.append("&snapshotId=").append(percent(id)));
    HttpRequest.Builder get = consistency(builder(query.toString(), options).GET(), request.consistency());
    return call(get, Optional.empty(), answer -> {
      JsonNode page = json(answer);
      List<Entry> entries = new ArrayList<>();
      for (JsonNode entry : page.get("entries")) {
        entries.add(new Entry(request.partitionKey(), RequestTarget.base64url("key", entry.get("key").textValue()),
            entry.has("value") ? value(entry) : Bytes.EMPTY, entry.get("revision").longValue()));
      }
      return new ScanPage(entries, page.has("next"), position(answer),
          Optional.ofNullable(page.path("snapshotId").textValue()));
    });
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    return call(builder("/v1/snapshots/" + b64(partitionKey) + "/" + percent(snapshotId) + "?encoding=base64url",
        options).DELETE(), Optional.empty(), answer -> answer).thenAccept(answer -> { });
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    String after = request.after().map(key -> "&after=" + b64(key)).orElse("");
    return call(builder("/v1/kv?encoding=base64url&limit=" + request.pageSize() + after, options).GET(),
        Optional.empty(), answer -> {
          JsonNode page = json(answer);
          List<Bytes> keys = new ArrayList<>();
          page.get("partitionKeys").forEach(
              key -> keys.add(RequestTarget.base64url("key", key.get("partitionKey").textValue())));
          return new PartitionKeysPage(keys, page.has("next"));
        });
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return call(builder("/v1/cluster", options).GET(), Optional.empty(), answer -> {
      JsonNode view = json(answer);
      List<ClusterView.Node> nodes = new ArrayList<>();
      view.get("nodes").forEach(node ->
          nodes.add(new ClusterView.Node(node.get("node").textValue(), node.get("address").textValue(),
              node.get("reachable").booleanValue())));
      List<ClusterView.Partition> partitions = new ArrayList<>();
      view.get("partitionViews").forEach(p -> partitions.add(new ClusterView.Partition(p.get("partition").intValue(),
          p.get("node").textValue(), p.get("leader").textValue(), p.get("leaderAddress").textValue(),
          p.get("state").textValue(), p.get("token").longValue(), p.get("committed").longValue(),
          p.get("projected").longValue(), p.get("lag").longValue(), p.get("leaseLeftMs").longValue(),
          p.get("leaseAgeMs").longValue(), p.get("memtableBytes").longValue(), p.get("skippedRecords").longValue())));
      return new ClusterView(view.get("store").textValue(), view.get("partitions").intValue(),
          view.get("keyHash").textValue(), view.get("table").textValue(), nodes, partitions);
    });
  }

  @Override
  public void close() {
    closed = true;
    http.shutdownNow();
    onClose.run();
  }

  private <T> CompletableFuture<T> call(HttpRequest.Builder builder, Optional<RequestId> write,
      Function<HttpResponse<byte[]>, T> read) {
    if (closed) {
      return CompletableFuture.failedFuture(new StoreException(ErrorCode.CLOSED, "the store is closed"));
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    CompletableFuture<HttpResponse<byte[]>> sent =
        http.sendAsync(builder.build(), HttpResponse.BodyHandlers.ofByteArray());
    result.whenComplete((value, failure) -> {
      if (result.isCancelled()) {
        sent.cancel(true);
      }
    });
    sent.whenComplete((answer, failure) -> {
      if (failure != null) {
        result.completeExceptionally(broken(failure, write));
        return;
      }
      try {
        Optional<StoreException> error = error(answer);
        if (error.isPresent()) {
          result.completeExceptionally(error.get());
        } else {
          result.complete(read.apply(answer));
        }
      } catch (RuntimeException e) {
        result.completeExceptionally(StoreException.from(e));
      }
    });
    return result;
  }

  private StoreException broken(Throwable failure, Optional<RequestId> write) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause() : failure;
    if (write.isPresent() && !(cause instanceof ConnectException)) {
      return StoreException.unknown(write.get(), -1, "the connection broke: " + cause);
    }
    ErrorCode code = closed ? ErrorCode.CLOSED
        : cause instanceof HttpTimeoutException ? ErrorCode.DEADLINE_EXCEEDED : ErrorCode.UNAVAILABLE;
    return new StoreException(code, "no answer: " + cause, cause);
  }

  private static Optional<StoreException> error(HttpResponse<byte[]> answer) {
    if (answer.statusCode() < 400) {
      return Optional.empty();
    }
    JsonNode error = json(answer);
    String code = error.get("code").textValue();
    if (code.equals(RestErrors.PREDICATE_FAILED) || code.equals(RestErrors.NOT_FOUND)) {
      return Optional.empty();
    }
    String message = error.get("message").textValue();
    if (code.equals(ErrorCode.UNKNOWN.name())) {
      return Optional.of(StoreException.unknown(RequestId.parse(error.get("requestId").textValue()),
          error.path("token").asLong(-1), message));
    }
    return Optional.of(new StoreException(ErrorCode.valueOf(code), message));
  }

  private HttpRequest.Builder builder(String target, CallOptions options) {
    return HttpRequest.newBuilder(URI.create(base + target))
        .timeout(options.timeout().plusSeconds(5))
        .header("Logfold-Timeout", Long.toString(Math.max(1, options.timeout().toMillis())));
  }

  private HttpRequest.Builder post(String path, CallOptions options, Json.Body body) {
    return builder(path + "?encoding=base64url", options)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofByteArray(Json.object(body).array()));
  }

  private static HttpRequest.Builder consistency(HttpRequest.Builder builder, Consistency consistency) {
    return builder.header("Logfold-Consistency", switch (consistency) {
      case Consistency.Linearizable linearizable -> "linearizable";
      case Consistency.Barrier barrier -> "barrier";
      case Consistency.ReadIndex readIndex -> "read-index";
      case Consistency.AtLeast atLeast -> "at-least=" + atLeast.revision();
      case Consistency.Stale stale -> "stale=" + stale.maxAge();
      case Consistency.AsOf asOf -> throw new UnsupportedOperationException("the past is read with ?as-of");
    });
  }

  private static String keyPath(Bytes partitionKey, Bytes key) {
    return "/v1/kv/" + b64(partitionKey) + "/" + b64(key) + "?encoding=base64url";
  }

  private static ReadPosition position(HttpResponse<byte[]> answer) {
    return new ReadPosition(Long.parseLong(header(answer, "Logfold-Revision")),
        Integer.parseInt(header(answer, "Logfold-Partition")), header(answer, "Logfold-Served-By"));
  }

  private static long etag(HttpResponse<byte[]> answer) {
    return Long.parseLong(header(answer, "ETag").replace("\"", ""));
  }

  private static String header(HttpResponse<byte[]> answer, String name) {
    @Nullable String value = answer.headers().firstValue(name).orElse(null);
    if (value == null) {
      throw new AssertionError("no " + name + " in " + answer.statusCode() + " " + answer.headers().map());
    }
    return value;
  }

  private static JsonNode json(HttpResponse<byte[]> answer) {
    try {
      return Json.MAPPER.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException("answer is not JSON: " + new String(answer.body(), StandardCharsets.UTF_8), e);
    }
  }

  private static Bytes value(JsonNode entry) {
    return Bytes.wrap(Base64.getDecoder().decode(entry.get("value").textValue()));
  }

  private static String percent(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String b64(Bytes bytes) {
    return Json.base64url(bytes);
  }
}
