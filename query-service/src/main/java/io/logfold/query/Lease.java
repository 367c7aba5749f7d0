package io.logfold.query;

/**
 * How long a leader may answer reads without asking the log: from when it <em>sent</em> its last committed record, for
 * TTL(1-e) of its own monotonic clock (L5). Void as soon as wall time has outrun the monotonic clock by more than the
 * drift, which is what a suspended machine looks like (L10). Owned by the leader's thread.
 */
final class Lease {
  private final long spanNanos;
  private final long ttlNanos;
  private final long driftNanos;
  private final LeaderClock clock;

  private boolean held;
  private long sentNanos;
  private long sentWallMs;

  Lease(long ttlMs, int driftPermille, LeaderClock clock) {
    this.ttlNanos = ttlMs * 1_000_000;
    this.driftNanos = ttlNanos / 1000 * driftPermille;
    this.spanNanos = ttlNanos - driftNanos;
    this.clock = clock;
  }

  /** A record of the own token that was sent then is known to be committed. */
  void renewedBy(long recordSentNanos, long recordSentWallMs) {
    if (!held || recordSentNanos - sentNanos > 0) {
      held = true;
      sentNanos = recordSentNanos;
      sentWallMs = recordSentWallMs;
    }
  }

  void drop() {
    held = false;
  }

  boolean valid() {
    return leftNanos() > 0;
  }

  /** 0 where there is none. */
  long leftNanos() {
    if (!held) {
      return 0;
    }
    long elapsed = clock.monotonicNanos() - sentNanos;
    long wallElapsedNanos = (clock.wallMs() - sentWallMs) * 1_000_000;
    if (wallElapsedNanos - elapsed > driftNanos) {
      held = false;
      return 0;
    }
    return Math.max(0, spanNanos - elapsed);
  }

  /** Whether it is time for the next record that keeps it: a third of TTL is over. */
  boolean wantsRenewal() {
    return !held || clock.monotonicNanos() - sentNanos > ttlNanos / 3;
  }
}
