package io.logfold.api;

/**
 * The identity of a write request: what makes a retry the same request.
 *
 * @param id the same on every attempt
 * @param attempt 1 for the first, counted up by whoever retries; 0 where it is not known
 * @param timeMs when the request was first made, milliseconds since the epoch by the caller's clock; the same on every
 *     attempt
 */
public record RequestInfo(RequestId id, int attempt, long timeMs) {
  public RequestInfo {
    if (attempt < 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "attempt must be 1 or more, or 0 where it is not known; got " + attempt);
    }
    if (timeMs < 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "requestTime must be milliseconds since the epoch, got " + timeMs);
    }
  }

  public RequestInfo nextAttempt() {
    return new RequestInfo(id, attempt + 1, timeMs);
  }
}
