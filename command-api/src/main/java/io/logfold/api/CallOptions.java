package io.logfold.api;

import java.time.Duration;

/**
 * How long a call may take, from the moment it is made. Past it a read fails with DEADLINE_EXCEEDED; a write fails
 * with NOT_APPLIED or DEADLINE_EXCEEDED where it was surely not handed to the log, and with UNKNOWN where it was.
 */
public record CallOptions(Duration timeout) {
  public static final CallOptions DEFAULT = new CallOptions(Duration.ofSeconds(10));

  public CallOptions {
    if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(Duration.ofHours(1)) > 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "timeout must be above 0 and at most an hour, got " + timeout);
    }
  }

  public static CallOptions timeoutMs(long ms) {
    return new CallOptions(Duration.ofMillis(ms));
  }
}
