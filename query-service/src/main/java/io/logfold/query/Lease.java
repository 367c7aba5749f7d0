package io.logfold.query;

import org.jspecify.annotations.Nullable;

/**
 * How long a leader may answer reads without asking the log: from when it <em>sent</em> its last committed record, for
 * TTL(1-e) of its own monotonic clock (L5). Void as soon as wall time has outrun the monotonic clock by more than the
 * drift, which is what a suspended machine looks like (L10). Owned by the leader's thread; others may ask whether it is
 * {@link #young}.
 */
final class Lease {
  private final long spanNanos;
  private final long ttlNanos;
  private final long driftNanos;
  private final LeaderClock clock;

  private volatile @Nullable Term term;

  /** Of one record that was sent then. */
  private record Term(long sentNanos, long sentWallMs) {}

  Lease(long ttlMs, int driftPermille, LeaderClock clock) {
    this.ttlNanos = ttlMs * 1_000_000;
    this.driftNanos = ttlNanos / 1000 * driftPermille;
    this.spanNanos = ttlNanos - driftNanos;
    this.clock = clock;
  }

  /** A record of the own token that was sent then is known to be committed. */
  void renewedBy(long recordSentNanos, long recordSentWallMs) {
    Term now = term;
    if (now == null || recordSentNanos - now.sentNanos > 0) {
      term = new Term(recordSentNanos, recordSentWallMs);
    }
  }

  void drop() {
    term = null;
  }

  boolean valid() {
    return leftNanos() > 0;
  }

  /** 0 where there is none. */
  long leftNanos() {
    Term now = term;
    if (now == null) {
      return 0;
    }
    long elapsed = clock.monotonicNanos() - now.sentNanos;
    if (outrun(now, elapsed)) {
      term = null;
      return 0;
    }
    return Math.max(0, spanNanos - elapsed);
  }

  /** Whether it is valid, and not yet time for the next record that keeps it. From any thread. */
  boolean young() {
    Term now = term;
    if (now == null) {
      return false;
    }
    long elapsed = clock.monotonicNanos() - now.sentNanos;
    return elapsed <= Math.min(renewalNanos(), spanNanos) && !outrun(now, elapsed);
  }

  private boolean outrun(Term now, long elapsed) {
    return (clock.wallMs() - now.sentWallMs) * 1_000_000 - elapsed > driftNanos;
  }

  /** Whether it is time for the next record that keeps it: a third of TTL is over. */
  boolean wantsRenewal() {
    Term now = term;
    return now == null || clock.monotonicNanos() - now.sentNanos > renewalNanos();
  }

  private long renewalNanos() {
    return ttlNanos / 3;
  }
}
