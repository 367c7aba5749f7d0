package io.logfold.log.kafka;

import io.logfold.log.PartitionLog.LogBatch;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** One call of read that is not answered yet. The reader thread's own, but for the constructor. Times are nanoTime. */
final class PendingRead {
  final long from;
  final int maxBytes;
  /** When an empty answer may be given, if a fresh end of the partition agrees. */
  final long deadlineNs;
  /** When the read fails as unavailable. */
  final long failAtNs;
  /** Whether even an answer with records needs an end learned after the call. */
  final boolean needsEnd;
  final CompletableFuture<LogBatch> future = new CompletableFuture<>();

  /** The partition's end, asked for after the deadline (or after the call, where needsEnd); -1: not known. */
  long freshEnd = -1;
  boolean askingEnd;
  long askAgainNs;
  Throwable lastProblem = new TimeoutException("no broker answered in time");

  PendingRead(long from, int maxBytes, long maxWaitMs, long boundMs, long nowNs) {
    this.from = from;
    this.maxBytes = maxBytes;
    this.deadlineNs = nowNs + maxWaitMs * 1_000_000;
    this.failAtNs = deadlineNs + boundMs * 1_000_000;
    this.needsEnd = maxWaitMs == 0;
    this.askAgainNs = deadlineNs;
  }

  boolean wantsEnd(long nowNs) {
    return !askingEnd && nowNs - askAgainNs >= 0 && (freshEnd < 0 || freshEnd < from);
  }

  /** When something is next to be done for this read, if no record comes. */
  long nextEventNs(long nowNs) {
    boolean askLater = !askingEnd && (freshEnd < 0 || freshEnd < from);
    return askLater && nowNs - askAgainNs < 0 ? Math.min(askAgainNs - nowNs, failAtNs - nowNs) : failAtNs - nowNs;
  }
}
