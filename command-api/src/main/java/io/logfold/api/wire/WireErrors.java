package io.logfold.api.wire;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.logfold.api.ErrorCode;
import io.logfold.api.RequestId;
import io.logfold.api.StoreException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Failures to and from the wire. In a session and in Execute the store's failures travel as {@link Error}; a call whose
 * answer has no room for one (Cluster) fails with the gRPC status that {@link ErrorCode} names, and the code's name in
 * the trailer {@code logfold-error}. Pure; any thread.
 */
public final class WireErrors {
  private static final Metadata.Key<String> CODE =
      Metadata.Key.of("logfold-error", Metadata.ASCII_STRING_MARSHALLER);

  private WireErrors() {}

  public static Error encode(StoreException failure) {
    Error.Builder error = Error.newBuilder()
        .setCode(failure.code().name())
        .setMessage(String.valueOf(failure.getMessage()))
        .setToken(WireResults.encodeToken(failure.token()));
    failure.requestId().ifPresent(id -> error.setRequestId(WireBytes.encode(id.bytes())));
    failure.leaderAddress().ifPresent(error::setLeaderAddress);
    return error.build();
  }

  /** A code that this version does not know becomes INTERNAL, its name kept in the message. */
  public static StoreException decode(Error error) {
    ErrorCode code = codeNamed(error.getCode());
    if (code == null) {
      return new StoreException(ErrorCode.INTERNAL, "the server answered with the error '" + error.getCode()
          + "', which this client does not know: " + error.getMessage() + "; a newer client may");
    }
    Optional<RequestId> requestId = error.getRequestId().size() == 16
        ? Optional.of(RequestId.of(WireBytes.decode(error.getRequestId())))
        : Optional.empty();
    return StoreException.told(code, error.getMessage(), requestId, WireResults.decodeToken(error.getToken()),
        error.getLeaderAddress().isEmpty() ? Optional.empty() : Optional.of(error.getLeaderAddress()));
  }

  public static StatusRuntimeException status(StoreException failure) {
    Metadata trailers = new Metadata();
    trailers.put(CODE, failure.code().name());
    return Status.fromCode(Status.Code.valueOf(failure.code().grpcStatus()))
        .withDescription(failure.getMessage())
        .asRuntimeException(trailers);
  }

  /** The failure of a read that was a call of its own; the transport's own faults get the nearest code. */
  public static StoreException fromStatus(Throwable failure) {
    Status status = Status.fromThrowable(failure);
    Metadata trailers = Status.trailersFromThrowable(failure);
    String name = trailers == null ? null : trailers.get(CODE);
    ErrorCode code = name == null ? null : codeNamed(name);
    if (code == null) {
      code = switch (status.getCode()) {
        case UNAVAILABLE -> ErrorCode.UNAVAILABLE;
        case DEADLINE_EXCEEDED -> ErrorCode.DEADLINE_EXCEEDED;
        case CANCELLED -> ErrorCode.CANCELLED;
        case RESOURCE_EXHAUSTED -> ErrorCode.SLOW_DOWN;
        case UNAUTHENTICATED, PERMISSION_DENIED -> ErrorCode.UNAUTHENTICATED;
        case UNIMPLEMENTED -> ErrorCode.UNSUPPORTED;
        default -> ErrorCode.INTERNAL;
      };
    }
    return new StoreException(code, describe(status));
  }

  /** A gRPC status for people, with the fault below it where there is one. */
  public static String describe(Status status) {
    StringBuilder text = new StringBuilder(status.getCode().name());
    if (status.getDescription() != null) {
      text.append(": ").append(status.getDescription());
    }
    if (status.getCause() != null) {
      text.append(" (").append(status.getCause().getMessage()).append(')');
    }
    return text.toString();
  }

  private static @Nullable ErrorCode codeNamed(String name) {
    try {
      return ErrorCode.valueOf(name);
    } catch (IllegalArgumentException unknownName) {
      return null;
    }
  }
}
