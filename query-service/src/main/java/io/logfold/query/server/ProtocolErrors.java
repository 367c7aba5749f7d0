package io.logfold.query.server;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.HttpResponseException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestCancellationException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.logfold.api.ErrorCode;
import io.logfold.api.RequestId;
import io.logfold.api.StoreException;
import io.logfold.query.server.rest.RestErrors;
import io.logfold.query.server.rest.RestService;
import org.jspecify.annotations.Nullable;

/**
 * Failures outside the services, in the same JSON as theirs: request lines that cannot be read, routes that are not
 * there, answers that do not come. gRPC's own failures are left to gRPC.
 */
final class ProtocolErrors implements ServerErrorHandler {
  static final int MAX_REQUEST_LINE_BYTES = 16 * 1024;
  static final int MAX_HEADER_BYTES = 32 * 1024;
  /** Bodies above their limit are read and thrown away up to here, so that the refusal can be read. */
  static final int MAX_REQUEST_BYTES = 64 * 1024 * 1024;

  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext ctx, Throwable failure) {
    Throwable cause = Exceptions.peel(failure);
    if (ctx.config().service().as(GrpcService.class) != null || cause instanceof HttpStatusException
        || cause instanceof HttpResponseException || cause instanceof RequestCancellationException
            && !(cause instanceof RequestTimeoutException)) {
      return null;
    }
    if (cause instanceof RequestTimeoutException) {
      return timedOut(ctx);
    }
    if (Exceptions.isExpected(cause) || Exceptions.isStreamCancelling(cause)) {
      return null;
    }
    return RestErrors.internal(cause);
  }

  private static HttpResponse timedOut(ServiceRequestContext ctx) {
    RequestId write = ctx.attr(RestService.WRITE);
    return RestErrors.failure(write == null
        ? new StoreException(ErrorCode.DEADLINE_EXCEEDED, "no answer within the deadline; nothing was changed")
        : StoreException.unknown(write, -1, "the store did not answer in time"));
  }

  @Override
  public @Nullable AggregatedHttpResponse renderStatus(@Nullable ServiceRequestContext ctx, ServiceConfig config,
      @Nullable RequestHeaders headers, HttpStatus status, @Nullable String description, @Nullable Throwable cause) {
    if (config.service().as(GrpcService.class) != null || status.isContentAlwaysEmpty() || status.isRedirection()) {
      return null;
    }
    String path = headers == null ? "" : headers.path();
    return switch (status.code()) {
      case 400 -> json(status, RestErrors.body(ErrorCode.INVALID_ARGUMENT,
          "the request line cannot be read" + (description == null ? "" : " (" + description + ")")
              + ": a path has no .. segment, no control character and only whole %XX; write such keys with"
              + " ?encoding=base64url"));
      case 404 -> json(status, RestErrors.body(RestErrors.NO_SUCH_ROUTE,
          "nothing is served at " + path + "; GET / lists what is"));
      case 405 -> json(status, RestErrors.body(RestErrors.METHOD_NOT_ALLOWED, "the method is not one that "
          + (path.isEmpty() ? "this server" : path) + " has"));
      case 413 -> json(status, RestErrors.body(ErrorCode.TOO_LARGE, "a request body has at most " + MAX_REQUEST_BYTES
          + " bytes" + (headers != null && headers.contentLength() >= 0 ? ", got " + headers.contentLength() : "")));
      case 414 -> json(status, RestErrors.body(ErrorCode.TOO_LARGE,
          "a request line has at most " + MAX_REQUEST_LINE_BYTES + " bytes, got more"));
      case 431 -> json(status, RestErrors.body(ErrorCode.TOO_LARGE,
          "the header fields have at most " + MAX_HEADER_BYTES + " bytes together, got more"));
      case 503 -> unserved(ctx, status);
      default -> status.code() < 500
          ? json(status, RestErrors.body(ErrorCode.INVALID_ARGUMENT, status.reasonPhrase()))
          : json(status, RestErrors.body(ErrorCode.INTERNAL, status.reasonPhrase()));
    };
  }

  /** The server closes. A write that was under way may have happened. */
  private static AggregatedHttpResponse unserved(@Nullable ServiceRequestContext ctx, HttpStatus status) {
    RequestId write = ctx == null ? null : ctx.attr(RestService.WRITE);
    return write == null
        ? json(status, RestErrors.body(ErrorCode.CLOSED, "the server is closing; ask another node"))
        : json(status, RestErrors.body(ErrorCode.UNKNOWN, "the fate of request " + write
            + " is not known: the server closed before it was answered; ask again with the same request id"));
  }

  private static AggregatedHttpResponse json(HttpStatus status, HttpData body) {
    return AggregatedHttpResponse.of(
        ResponseHeaders.of(status, HttpHeaderNames.CONTENT_TYPE, MediaType.JSON_UTF_8), body);
  }
}
