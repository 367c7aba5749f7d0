package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.logfold.api.Provenance;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import io.logfold.query.server.dynamodb.auth.SignedRequest;
import io.logfold.query.server.dynamodb.auth.Signatures;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.operation.Caller;
import io.logfold.query.server.dynamodb.operation.Operations;
import io.logfold.query.server.dynamodb.operation.Params;
import io.logfold.query.server.dynamodb.operation.Reply;
import io.logfold.query.server.rest.BodyReader;
import io.logfold.query.server.rest.RequestReason;
import io.netty.util.AsciiString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /} as DynamoDB's clients send it: who calls and what, and the answer with its checksum. Requests are dealt
 * with on the connection's event loop, which nothing here blocks.
 */
public final class DynamoService implements HttpService {
  private static final Logger log = LoggerFactory.getLogger(DynamoService.class);

  /** As the service has it: a BatchWriteItem of 16 MB. */
  private static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

  /** An attribute's name may have 65,535 bytes. */
  private static final int MAX_NAME_CHARS = 65_536;

  /** A call is answered within this, or told that it was not. Below the 30 s that SDKs wait for an answer. */
  private static final Duration CALL = Duration.ofSeconds(10);

  private static final MediaType JSON_1_0 = MediaType.create("application", "x-amz-json-1.0");
  private static final AsciiString TARGET = HttpHeaderNames.of("x-amz-target");
  private static final AsciiString CRC32_HEADER = HttpHeaderNames.of("x-amz-crc32");
  private static final AsciiString REQUEST_ID = HttpHeaderNames.of("x-amzn-requestid");
  private static final AsciiString INVOCATION = HttpHeaderNames.of("amz-sdk-invocation-id");
  private static final AsciiString SDK_REQUEST = HttpHeaderNames.of("amz-sdk-request");
  /** Of older SDKs: retries, and what they know of delays. */
  private static final AsciiString SDK_RETRY = HttpHeaderNames.of("amz-sdk-retry");

  private static final Pattern RETRY = Pattern.compile("(\\d{1,4})/");
  private static final Pattern VERSIONED = Pattern.compile("DynamoDB_20120810\\.(\\w+)");
  private static final Pattern ATTEMPT = Pattern.compile("(?:^|;)\\s*attempt=(\\d{1,4})\\s*(?:;|$)");

  /** As tolerant as the service: a member that is there twice counts once. */
  private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(200).maxStringLength(MAX_BODY_BYTES)
              .maxNameLength(MAX_NAME_CHARS).build())
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private final Operations operations;
  private final Signatures signatures;
  private final InstantSource clock;
  private final RandomGenerator random;

  /** @param random makes ids of requests and tables; must be safe to share between threads */
  public DynamoService(Store store, AccessKeys keys, InstantSource clock, RandomGenerator random) {
    this(store, keys, clock, random, CALL);
  }

  /** @param straggles how long a call may yet write that found its table: for tests, in which none does */
  DynamoService(Store store, AccessKeys keys, InstantSource clock, RandomGenerator random, Duration straggles) {
    this.operations = new Operations(store, clock, random, straggles.toMillis());
    this.signatures = new Signatures(keys, clock);
    this.clock = clock;
    this.random = random;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    return HttpResponse.of(BodyReader.read(request, MAX_BODY_BYTES).thenCompose(body -> {
      CompletableFuture<Reply> reply;
      try {
        if (!body.whole()) {
          throw DynamoFailure.serialization("a request has at most " + MAX_BODY_BYTES + " bytes, got " + body.size());
        }
        reply = answer(ctx, request.headers(), body.bytes());
      } catch (RuntimeException refused) {
        reply = CompletableFuture.failedFuture(refused);
      }
      return reply.handleAsync(this::response, ctx.eventLoop());
    }));
  }

  private CompletableFuture<Reply> answer(ServiceRequestContext ctx, RequestHeaders headers, byte[] body) {
    Matcher target = VERSIONED.matcher(headers.get(TARGET, ""));
    if (!target.matches()) {
      throw DynamoFailure.unknownOperation();
    }
    String operation = target.group(1);
    Signatures.Signer signer = signatures.signer(new SignedRequest("POST", "/", "", name -> headers(headers, name), body));
    Operations.Operation known = operations.find(operation).orElseThrow(DynamoFailure::unknownOperation);
    Provenance provenance = new Provenance(signer.principal(), RequestReason.of(headers),
        ctx.clientAddress().getHostAddress() + " DynamoDB." + operation);
    // One that somebody else may have put there names nothing.
    Optional<String> invocation = Optional.ofNullable(headers.get(INVOCATION)).filter(id -> !id.isBlank())
        .filter(id -> signer.covers().test(INVOCATION.toString()))
        .map(id -> Caller.invocation(signer.principal(), id, operation, body));
    Caller caller = new Caller(provenance, invocation, attempt(headers), clock.millis(),
        System.nanoTime() + CALL.toNanos(), ctx.eventLoop());
    return known.call(new Params(read(body)), caller);
  }

  private static List<String> headers(RequestHeaders headers, String name) {
    // HTTP/2 calls it otherwise.
    if (name.equals("host")) {
      return Optional.ofNullable(headers.authority()).map(List::of).orElse(List.of());
    }
    return headers.getAll(name);
  }

  private static int attempt(RequestHeaders headers) {
    Matcher attempt = ATTEMPT.matcher(headers.get(SDK_REQUEST, ""));
    if (attempt.find()) {
      return Math.max(1, Integer.parseInt(attempt.group(1)));
    }
    Matcher retry = RETRY.matcher(headers.get(SDK_RETRY, ""));
    return retry.lookingAt() ? 1 + Integer.parseInt(retry.group(1)) : 1;
  }

  private static JsonNode read(byte[] body) {
    try {
      JsonNode node = JSON.readTree(body);
      if (node == null || !node.isObject()) {
        throw DynamoFailure.serialization("Start of structure or map expected");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw DynamoFailure.serialization("the body is not JSON"
          + (e.getLocation() == null ? "" : ": see line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr()));
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }

  private HttpResponse response(@Nullable Reply reply, @Nullable Throwable failure) {
    if (reply == null) {
      return refusal(DynamoFailure.of(failure == null ? new IllegalStateException("an answer that is none") : failure));
    }
    try {
      return respond(HttpStatus.OK, reply);
    } catch (RuntimeException e) {
      return refusal(DynamoFailure.of(e));
    }
  }

  private HttpResponse refusal(DynamoFailure failure) {
    if (failure.getCause() != null && !(failure.getCause() instanceof StoreException)) {
      log.error("a request of DynamoDB's API failed", failure.getCause());
    }
    return respond(HttpStatus.valueOf(failure.status()), json -> {
      json.writeStringField("__type", failure.type());
      // Most errors of the service spell it so, and SDKs read both.
      json.writeStringField("message", String.valueOf(failure.getMessage()));
      failure.details().write(json);
    });
  }

  private HttpResponse respond(HttpStatus status, Reply reply) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      reply.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    byte[] body = out.toByteArray();
    CRC32 checksum = new CRC32();
    checksum.update(body);
    return HttpResponse.of(ResponseHeaders.builder(status).contentType(JSON_1_0)
        .set(CRC32_HEADER, Long.toString(checksum.getValue()))
        .set(REQUEST_ID, new UUID(random.nextLong(), random.nextLong()).toString()).build(), HttpData.wrap(body));
  }
}
