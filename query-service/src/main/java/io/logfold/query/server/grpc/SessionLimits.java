package io.logfold.query.server.grpc;

/**
 * What one client may occupy.
 *
 * @param maxOutstanding most operations without a delivered answer; further ones are answered SLOW_DOWN
 * @param maxUndeliveredBytes of answers that the client has not taken; above it no more is read from the client, and
 *     answers of reads become SLOW_DOWN
 */
public record SessionLimits(int maxOutstanding, long maxUndeliveredBytes) {
  public static final SessionLimits DEFAULT = new SessionLimits(8_192, 32L * 1024 * 1024);

  public SessionLimits {
    if (maxOutstanding < 1 || maxUndeliveredBytes < 1) {
      throw new IllegalArgumentException("limits of a session must be 1 or more, got " + maxOutstanding
          + " operations and " + maxUndeliveredBytes + " bytes");
    }
  }
}
