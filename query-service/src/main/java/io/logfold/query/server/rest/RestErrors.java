package io.logfold.query.server.rest;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.ErrorCode;
import io.logfold.api.RequestId;
import io.logfold.api.StoreException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every answer that is not what was asked for: JSON {@code {code, message, retry, mayHaveHappened}}. The code is a name
 * of {@link ErrorCode}, or one of the four that exist over HTTP only.
 */
public final class RestErrors {
  /** The key is absent, or the table, or the verification. */
  public static final String NOT_FOUND = "NOT_FOUND";
  /** A condition did not hold. */
  public static final String PREDICATE_FAILED = "PREDICATE_FAILED";
  public static final String NO_SUCH_ROUTE = "NO_SUCH_ROUTE";
  public static final String METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED";

  private static final Logger log = LoggerFactory.getLogger(RestErrors.class);

  private RestErrors() {}

  /** What the table of errors says of it. */
  public static HttpResponse failure(StoreException failure) {
    return failure(failure, failure.requestId());
  }

  static HttpResponse failure(Throwable failure, Optional<RequestId> writeRequest) {
    StoreException known = StoreException.from(failure);
    if (known.code() == ErrorCode.INTERNAL) {
      return internal(known, writeRequest);
    }
    ResponseHeadersBuilder headers = headers(HttpStatus.valueOf(known.code().httpStatus()));
    Optional<RequestId> requestId = known.requestId().or(() -> writeRequest);
    requestId.ifPresent(id -> headers.set(Answers.REQUEST_ID, id.toString()));
    if (known.code() == ErrorCode.SLOW_DOWN) {
      headers.set(HttpHeaderNames.RETRY_AFTER, "1");
    }
    String message = known.getMessage();
    return HttpResponse.of(headers.build(), body(known.code().name(), message == null ? "" : message,
        known.code().retry(), known.code().fate(), requestId, known.token(), known.leaderAddress()));
  }

  /** Logs what happened under a reference and says no more than that. */
  public static HttpResponse internal(Throwable failure) {
    return internal(failure, Optional.empty());
  }

  private static HttpResponse internal(Throwable failure, Optional<RequestId> requestId) {
    String reference = UUID.randomUUID().toString();
    log.error("internal fault {}", reference, failure);
    ResponseHeadersBuilder headers = headers(HttpStatus.INTERNAL_SERVER_ERROR);
    requestId.ifPresent(id -> headers.set(Answers.REQUEST_ID, id.toString()));
    return HttpResponse.of(headers.build(), body(ErrorCode.INTERNAL.name(),
        "a fault in the store itself; the server's log tells it under the reference " + reference,
        ErrorCode.INTERNAL.retry(), ErrorCode.INTERNAL.fate(), requestId, -1));
  }

  static HttpResponse notFound(Bytes partitionKey, Bytes key, ResponseHeadersBuilder headers) {
    return HttpResponse.of(headers.contentType(MediaType.JSON_UTF_8).build(), body(NOT_FOUND,
        "there is no key " + key + " under partition key " + partitionKey,
        ErrorCode.Retry.NEVER, ErrorCode.Fate.NOT_APPLIED, Optional.empty(), -1));
  }

  static HttpResponse redacted(Bytes partitionKey, Bytes key, ResponseHeadersBuilder headers) {
    return HttpResponse.of(headers.contentType(MediaType.JSON_UTF_8).build(), body(ErrorCode.REDACTED,
        "the value of " + key + " under partition key " + partitionKey + " was redacted: it is there, and nobody can read it"));
  }

  /** What an operator named is not there. */
  static HttpResponse notFound(String message) {
    return HttpResponse.of(headers(HttpStatus.NOT_FOUND).build(), body(NOT_FOUND, message));
  }

  static HttpResponse noSuchRoute(String target) {
    return HttpResponse.of(headers(HttpStatus.NOT_FOUND).build(), body(NO_SUCH_ROUTE,
        "nothing is served at " + RequestTarget.shortened(target) + "; GET / lists what is. A slash inside a key is"
            + " written %2F",
        ErrorCode.Retry.NEVER, ErrorCode.Fate.NOT_APPLIED, Optional.empty(), -1));
  }

  static HttpResponse methodNotAllowed(String method, String allowed) {
    return HttpResponse.of(headers(HttpStatus.METHOD_NOT_ALLOWED).set(HttpHeaderNames.ALLOW, allowed).build(),
        body(METHOD_NOT_ALLOWED, "the method must be one of " + allowed + ", got " + method,
            ErrorCode.Retry.NEVER, ErrorCode.Fate.NOT_APPLIED, Optional.empty(), -1));
  }

  static HttpResponse unsupportedMediaType(String given) {
    return HttpResponse.of(headers(HttpStatus.UNSUPPORTED_MEDIA_TYPE).build(), body(ErrorCode.INVALID_ARGUMENT,
        "Content-Type must be application/json, got " + given));
  }

  static HttpResponse readPreconditionFailed(ResponseHeadersBuilder headers) {
    return HttpResponse.of(headers.status(HttpStatus.PRECONDITION_FAILED).contentType(MediaType.JSON_UTF_8).build(),
        body(PREDICATE_FAILED, "the key's revision is not the one that If-Match names", ErrorCode.Retry.NEVER,
            ErrorCode.Fate.NOT_APPLIED, Optional.empty(), -1));
  }

  static HttpResponse predicateFailed(CommitOutcome.PredicateFailed failed, ResponseHeadersBuilder headers,
      RequestId requestId) {
    return HttpResponse.of(headers.status(HttpStatus.PRECONDITION_FAILED).contentType(MediaType.JSON_UTF_8).build(),
        Json.object(json -> {
          json.writeStringField("code", PREDICATE_FAILED);
          json.writeStringField("message", "nothing was changed: predicate " + failed.index() + " did not hold, key "
              + failed.key() + (failed.currentRevision().isPresent()
                  ? " is at revision " + failed.currentRevision().getAsLong() : " is absent"));
          json.writeStringField("retry", ErrorCode.Retry.NEVER.name());
          json.writeBooleanField("mayHaveHappened", false);
          json.writeStringField("requestId", requestId.toString());
          json.writeNumberField("predicate", failed.index());
          Json.writeKey(json, "key", failed.key());
          if (failed.currentRevision().isPresent()) {
            json.writeNumberField("currentRevision", failed.currentRevision().getAsLong());
          }
        }));
  }

  /** For failures that happen outside the service, at the protocol's level. */
  public static HttpData body(ErrorCode code, String message) {
    return body(code.name(), message, code.retry(), code.fate(), Optional.empty(), -1);
  }

  /** For refusals that exist over HTTP only. */
  public static HttpData body(String code, String message) {
    return body(code, message, ErrorCode.Retry.NEVER, ErrorCode.Fate.NOT_APPLIED, Optional.empty(), -1);
  }

  private static HttpData body(String code, String message, ErrorCode.Retry retry, ErrorCode.Fate fate,
      Optional<RequestId> requestId, long token) {
    return body(code, message, retry, fate, requestId, token, Optional.empty());
  }

  private static HttpData body(String code, String message, ErrorCode.Retry retry, ErrorCode.Fate fate,
      Optional<RequestId> requestId, long token, Optional<String> leaderAddress) {
    return Json.object(json -> {
      json.writeStringField("code", code);
      json.writeStringField("message", message);
      json.writeStringField("retry", retry.name());
      json.writeBooleanField("mayHaveHappened", fate == ErrorCode.Fate.MAY_HAVE);
      if (requestId.isPresent()) {
        json.writeStringField("requestId", requestId.get().toString());
      }
      if (token >= 0) {
        json.writeNumberField("token", token);
      }
      if (leaderAddress.isPresent()) {
        json.writeStringField("leaderAddress", leaderAddress.get());
      }
    });
  }

  private static ResponseHeadersBuilder headers(HttpStatus status) {
    return ResponseHeaders.builder(status).contentType(MediaType.JSON_UTF_8);
  }
}
