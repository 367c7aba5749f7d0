package io.logfold.query.server.rest;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.HistoryRequest;
import io.logfold.api.Limits;
import io.logfold.api.Moment;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Provenance;
import io.logfold.api.RedactRequest;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.WatchRequest;
import io.netty.util.AttributeKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Everything under {@code /v1}; docs/REST.md is its contract.
 *
 * <p>Invariants: the raw request target is read, never the normalised one, and it is never cached (Armeria caches
 * targets by their normalised path, so that two different raw ones would share an entry). A write's answer, and its
 * failure too, carries the request id. A body is read to its end before anything is answered. Requests are handled and
 * answers rendered on the request's event loop; the store's own threads do neither.
 */
public final class RestService implements HttpService, AutoCloseable {
  /** Most bytes of a JSON body: a commit's 3 MiB in base64, and as much again for predicates. */
  public static final int MAX_JSON_BYTES = 8 * 1024 * 1024;

  /** The write that a request has become: where the server gives up waiting for its answer, its fate is not known. */
  public static final AttributeKey<RequestId> WRITE = AttributeKey.valueOf(RestService.class, "write");

  /** How much longer than the caller the server waits for the store, before it answers in the store's place. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private static final Set<String> KEY_PARAMETERS = Set.of("encoding");
  private static final Set<String> READ_PARAMETERS = Set.of("encoding", "as-of");
  private static final Set<String> RESOLVE_PARAMETERS = Set.of("encoding", "partition-key");
  private static final Set<String> REDACT_PARAMETERS = Set.of("encoding", "revision");
  private static final Set<String> SCAN_PARAMETERS = Set.of("encoding", "prefix", "start", "after", "end", "limit",
      "reverse", "keysOnly", "snapshot", "snapshotId", "cursor", "as-of");
  private static final Set<String> PARTITION_KEYS_PARAMETERS = Set.of("encoding", "after", "limit", "cursor", "as-of");

  private final Store store;
  private final PrincipalSource principalSource;
  private final Function<Bytes, OptionalInt> partitionOf;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final WatchStreams watches;

  /**
   * A service over the store, which stays the caller's.
   *
   * @param partitionOf the store partition of a partition key where it is known, for the header of writes
   * @param random makes request ids; must be safe to share between threads
   */
  public RestService(Store store, PrincipalSource principalSource, Function<Bytes, OptionalInt> partitionOf,
      InstantSource clock, RandomGenerator random) {
    this.store = store;
    this.principalSource = principalSource;
    this.partitionOf = partitionOf;
    this.clock = clock;
    this.random = random;
    this.watches = new WatchStreams(store);
  }

  @Override
  public boolean shouldCachePath(String path, @Nullable String query, Route route) {
    return false;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    HttpMethod method = request.method();
    if (method == HttpMethod.GET || method == HttpMethod.HEAD) {
      return handle(ctx, request, new BodyReader.Body(new byte[0], 0));
    }
    int most = method == HttpMethod.PUT ? Limits.MAX_VALUE_BYTES : method == HttpMethod.POST ? MAX_JSON_BYTES : 0;
    return HttpResponse.of(BodyReader.read(request, most).thenApply(body -> handle(ctx, request, body)));
  }

  private HttpResponse handle(ServiceRequestContext ctx, HttpRequest request, BodyReader.Body body) {
    try {
      return route(new Call(ctx, request.headers(), RequestTarget.parse(ctx.rawPath()), body));
    } catch (StoreException refused) {
      return RestErrors.failure(refused, Optional.empty());
    } catch (RuntimeException broken) {
      return RestErrors.internal(broken);
    }
  }

  private HttpResponse route(Call call) {
    RequestTarget target = call.target;
    if (target.segment(0).equals("v1")) {
      switch (target.segment(1) + "/" + target.size()) {
        case "kv/2" -> {
          return call.allows(HttpMethod.GET) ? partitionKeys(call) : call.refused();
        }
        case "kv/3" -> {
          return call.allows(HttpMethod.GET) ? scan(call) : call.refused();
        }
        case "kv/4" -> {
          return call.allows(HttpMethod.GET, HttpMethod.PUT, HttpMethod.DELETE) ? key(call) : call.refused();
        }
        case "commit/3" -> {
          return call.allows(HttpMethod.POST) ? commit(call) : call.refused();
        }
        case "resolve/3" -> {
          return call.allows(HttpMethod.POST) ? resolve(call) : call.refused();
        }
        case "redact/4" -> {
          return call.allows(HttpMethod.POST) ? redact(call) : call.refused();
        }
        case "get/3" -> {
          return call.allows(HttpMethod.POST) ? batchGet(call) : call.refused();
        }
        case "snapshots/4" -> {
          return call.allows(HttpMethod.DELETE) ? endSnapshot(call) : call.refused();
        }
        case "history/2", "history/3", "history/4" -> {
          return call.allows(HttpMethod.GET) ? history(call) : call.refused();
        }
        case "diff/3" -> {
          return call.allows(HttpMethod.GET) ? diff(call) : call.refused();
        }
        case "watch/3" -> {
          return call.allows(HttpMethod.GET) ? watch(call) : call.refused();
        }
        case "cluster/2" -> {
          target.checkParameters(Set.of());
          return call.allows(HttpMethod.GET)
              ? answer(call, store::cluster, Answers::cluster, call.options(), Optional.empty())
              : call.refused();
        }
        default -> { }
      }
    }
    return RestErrors.noSuchRoute(call.ctx.rawPath());
  }

  private HttpResponse key(Call call) {
    boolean read = call.ctx.method() == HttpMethod.GET || call.ctx.method() == HttpMethod.HEAD;
    call.target.checkParameters(read ? READ_PARAMETERS : KEY_PARAMETERS);
    Bytes partitionKey = Limits.checkPartitionKey(call.target.keySegment(2, "partitionKey"));
    Bytes key = Limits.checkKey(call.target.keySegment(3, "key"));
    return switch (call.ctx.method()) {
      case PUT -> put(call, partitionKey, key);
      case DELETE -> write(call, partitionKey, key, new Mutation.Delete(key), HttpStatus.NO_CONTENT);
      default -> {
        Conditions.checkRead(call.headers);
        GetRequest get = new GetRequest(partitionKey, List.of(key), call.consistency());
        yield answer(call, options -> store.get(get, options),
            result -> Answers.value(call.headers, partitionKey, key, result), call.options(), Optional.empty());
      }
    };
  }

  private HttpResponse put(Call call, Bytes partitionKey, Bytes key) {
    if (!call.body.whole()) {
      throw new StoreException(ErrorCode.TOO_LARGE,
          "value has at most " + Limits.MAX_VALUE_BYTES + " bytes, got " + call.body.size());
    }
    boolean creates = call.headers.contains(HttpHeaderNames.IF_NONE_MATCH);
    return write(call, partitionKey, key, new Mutation.Put(key, Bytes.wrap(call.body.bytes())),
        creates ? HttpStatus.CREATED : HttpStatus.NO_CONTENT);
  }

  private HttpResponse write(Call call, Bytes partitionKey, Bytes key, Mutation mutation, HttpStatus success) {
    CommitRequest request = new CommitRequest(partitionKey, Conditions.ofWrite(call.headers, key), List.of(mutation),
        call.requestInfo(), call.provenance());
    boolean put = mutation instanceof Mutation.Put;
    return commit(call, request, (outcome, partition) ->
        Answers.written(success, put, outcome, request.request().id(), partition));
  }

  private HttpResponse commit(Call call) {
    call.target.checkParameters(KEY_PARAMETERS);
    Bytes partitionKey = Limits.checkPartitionKey(call.target.keySegment(2, "partitionKey"));
    Optional<HttpResponse> refused = call.refusedJson();
    if (refused.isPresent()) {
      return refused.get();
    }
    JsonBodies.Commit body = JsonBodies.commit(call.json());
    CommitRequest request = new CommitRequest(partitionKey, body.predicates(), body.mutations(), call.requestInfo(),
        call.provenance());
    return commit(call, request, (outcome, partition) ->
        Answers.committed(outcome, request.request().id(), partition));
  }

  private HttpResponse commit(Call call, CommitRequest request,
      BiFunction<CommitOutcome, OptionalInt, HttpResponse> rendered) {
    RequestId id = request.request().id();
    CallOptions options = call.options();
    call.ctx.setAttr(WRITE, id);
    return answer(call, o -> store.commit(request, o),
        outcome -> rendered.apply(outcome, partitionOf.apply(request.partitionKey())), options, Optional.of(id));
  }

  private HttpResponse resolve(Call call) {
    call.target.checkParameters(RESOLVE_PARAMETERS);
    Bytes partitionKey = Limits.checkPartitionKey(call.target.key("partition-key").orElse(null));
    RequestId id = RequestFields.requestId("requestId", PercentCoding.decodeText("requestId", call.target.segment(2)));
    ResolveRequest request = new ResolveRequest(partitionKey, id, RequestFields.resolvedTime(call.headers),
        call.provenance());
    CallOptions options = call.options();
    call.ctx.setAttr(WRITE, id);
    return answer(call, o -> store.resolve(request, o),
        resolution -> Answers.resolved(resolution, id, partitionOf.apply(partitionKey)), options, Optional.of(id));
  }

  private HttpResponse redact(Call call) {
    call.target.checkParameters(REDACT_PARAMETERS);
    long revision;
    try {
      revision = Long.parseLong(call.target.text("revision").orElse(""));
    } catch (NumberFormatException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the parameter revision must say which revision's value is to be"
          + " redacted, a whole number", e);
    }
    RedactRequest request = new RedactRequest(call.target.keySegment(2, "partitionKey"), call.target.keySegment(3, "key"),
        revision, call.requestInfo(), call.provenance());
    RequestId id = request.request().id();
    CallOptions options = call.options();
    call.ctx.setAttr(WRITE, id);
    return answer(call, o -> store.redact(request, o),
        outcome -> Answers.redacted(outcome, id, partitionOf.apply(request.partitionKey())), options, Optional.of(id));
  }

  private HttpResponse batchGet(Call call) {
    call.target.checkParameters(READ_PARAMETERS);
    Bytes partitionKey = Limits.checkPartitionKey(call.target.keySegment(2, "partitionKey"));
    Optional<HttpResponse> refused = call.refusedJson();
    if (refused.isPresent()) {
      return refused.get();
    }
    GetRequest get = new GetRequest(partitionKey, JsonBodies.keys(call.json()), call.consistency());
    return answer(call, options -> store.get(get, options), result -> Answers.values(get, result), call.options(),
        Optional.empty());
  }

  private HttpResponse scan(Call call) {
    RequestTarget target = call.target;
    target.checkParameters(SCAN_PARAMETERS);
    Bytes partitionKey = Limits.checkPartitionKey(target.keySegment(2, "partitionKey"));
    boolean reverse = target.flag("reverse");
    Optional<String> snapshotId = target.text("snapshotId");
    ScanOptions options = new ScanOptions(target.key("start"), target.key("after"), target.key("end"),
        target.key("prefix"), 0, limit(target), reverse, target.flag("keysOnly"),
        target.flag("snapshot") || snapshotId.isPresent(), call.consistency());
    ScanRequest first = ScanRequest.of(partitionKey, options);
    Optional<Cursor> cursor = target.text("cursor").map(text -> Cursor.parse(text, reverse));
    ScanRequest scan = new ScanRequest(partitionKey,
        cursor.map(at -> first.range().beyond(at.last(), reverse)).orElse(first.range()), first.pageSize(), reverse,
        first.keysOnly(), first.consistency(), first.snapshot(), snapshotId);
    return answer(call, o -> store.scan(scan, o), page -> Answers.page(scan, page), call.options(), Optional.empty());
  }

  private HttpResponse partitionKeys(Call call) {
    call.target.checkParameters(PARTITION_KEYS_PARAMETERS);
    Optional<Bytes> after = call.target.text("cursor").map(text -> Cursor.parse(text, false).last())
        .or(() -> call.target.key("after"));
    PartitionKeysRequest request = new PartitionKeysRequest(after, limit(call.target), PastRequests.asOf(call.target));
    return answer(call, o -> store.partitionKeys(request, o), Answers::partitionKeys, call.options(),
        Optional.empty());
  }

  private HttpResponse endSnapshot(Call call) {
    call.target.checkParameters(KEY_PARAMETERS);
    Bytes partitionKey = Limits.checkPartitionKey(call.target.keySegment(2, "partitionKey"));
    String snapshotId = PercentCoding.decodeText("snapshotId", call.target.segment(3));
    return answer(call, o -> store.endSnapshot(partitionKey, snapshotId, o).thenApply(nothing -> partitionKey),
        nothing -> HttpResponse.of(HttpStatus.NO_CONTENT), call.options(), Optional.empty());
  }

  private HttpResponse history(Call call) {
    HistoryRequest request = PastRequests.history(call.target);
    return answer(call, o -> store.history(request, o), page -> PastAnswers.history(request, page), call.options(),
        Optional.empty());
  }

  private HttpResponse diff(Call call) {
    DiffRequest request = PastRequests.diff(call.target);
    return answer(call, o -> store.diff(request, o), page -> PastAnswers.diff(request, page), call.options(),
        Optional.empty());
  }

  private HttpResponse watch(Call call) {
    WatchRequest request = PastRequests.watch(call.target, call.headers);
    if (call.ctx.method() == HttpMethod.HEAD) {
      return RestErrors.methodNotAllowed("HEAD", "GET");
    }
    return watches.answer(call.ctx, request);
  }

  /** Ends the watches, each with its resume point. */
  @Override
  public void close() {
    watches.close();
  }

  private static int limit(RequestTarget target) {
    return target.limit(ScanRequest.DEFAULT_PAGE_SIZE);
  }

  private static <T> HttpResponse answer(Call call, Function<CallOptions, CompletableFuture<T>> asked,
      Function<T, HttpResponse> rendered, CallOptions options, Optional<RequestId> write) {
    call.ctx.setRequestTimeout(TimeoutMode.SET_FROM_NOW, options.timeout().plus(GRACE));
    CompletableFuture<T> result;
    try {
      result = asked.apply(options);
    } catch (RuntimeException broken) {
      return RestErrors.failure(broken, write);
    }
    return HttpResponse.of(result.handleAsync((value, failure) -> {
      if (failure != null) {
        return RestErrors.failure(failure, write);
      }
      try {
        return rendered.apply(value);
      } catch (RuntimeException broken) {
        return RestErrors.internal(broken);
      }
    }, call.ctx.eventLoop()));
  }

  /** One request, its body read. */
  private final class Call {
    final ServiceRequestContext ctx;
    final RequestHeaders headers;
    final RequestTarget target;
    final BodyReader.Body body;
    private String allowed = "";

    Call(ServiceRequestContext ctx, RequestHeaders headers, RequestTarget target, BodyReader.Body body) {
      this.ctx = ctx;
      this.headers = headers;
      this.target = target;
      this.body = body;
    }

    /** HEAD is allowed where GET is. */
    boolean allows(HttpMethod... methods) {
      allowed = String.join(", ", List.of(methods).stream().map(HttpMethod::name).toList())
          .replace("GET", "GET, HEAD");
      HttpMethod method = ctx.method() == HttpMethod.HEAD ? HttpMethod.GET : ctx.method();
      return List.of(methods).contains(method);
    }

    HttpResponse refused() {
      return RestErrors.methodNotAllowed(ctx.method().name(), allowed);
    }

    /** As the header says, or the moment that the query names. */
    Consistency consistency() {
      Optional<Moment> asOf = PastRequests.asOf(target);
      if (asOf.isPresent() && headers.contains(RequestFields.CONSISTENCY)) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "as-of and Logfold-Consistency exclude each other: the past is as it is");
      }
      return asOf.<Consistency>map(Consistency.AsOf::new).orElseGet(() -> RequestFields.consistency(headers));
    }

    CallOptions options() {
      return RequestFields.callOptions(headers);
    }

    RequestInfo requestInfo() {
      return RequestFields.requestInfo(headers, clock, random);
    }

    Provenance provenance() {
      return RequestFields.provenance(headers, principalSource == PrincipalSource.HEADER,
          ctx.clientAddress().getHostAddress());
    }

    /** JSON must be called so: browsers then ask before they let a foreign page send it. */
    Optional<HttpResponse> refusedJson() {
      MediaType type = headers.contentType();
      return type != null && type.is(MediaType.JSON) || type != null && type.is(MediaType.JSON_UTF_8)
          ? Optional.empty()
          : Optional.of(RestErrors.unsupportedMediaType(type == null ? "none" : type.toString()));
    }

    byte[] json() {
      if (!body.whole()) {
        throw new StoreException(ErrorCode.TOO_LARGE,
            "a JSON body has at most " + MAX_JSON_BYTES + " bytes, got " + body.size() + "; split it");
      }
      return body.bytes();
    }
  }
}
