package io.logfold.api;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One write, asked again until its outcome is known: see {@link BlockingStore#commitSurely}.
 *
 * <p>Attempts follow each other, never side by side, so that an answer to an earlier attempt is never taken once a later
 * one was sent. From the second attempt on the leader logs also what changes nothing, so whatever it answers is final.
 * While an attempt's fate is open, nothing but the log's word ends this: the outcome of a later attempt, or what resolve
 * says. Confined to the calling thread.
 */
final class SureCommit {
  private static final long FIRST_PAUSE_NANOS = 20_000_000;
  private static final long LAST_PAUSE_NANOS = 1_000_000_000;
  private static final long MS = 1_000_000;

  private final BlockingStore store;
  private final CallOptions options;
  private final RandomGenerator random;
  private final LongSupplier nanoClock;
  private final LongConsumer sleep;

  /** @param sleep waits for so many nanoseconds, or less where the thread is interrupted */
  SureCommit(BlockingStore store, CallOptions options, RandomGenerator random, LongSupplier nanoClock, LongConsumer sleep) {
    this.store = store;
    this.options = options;
    this.random = random;
    this.nanoClock = nanoClock;
    this.sleep = sleep;
  }

  static SureCommit of(BlockingStore store, CallOptions options, RandomGenerator random) {
    return new SureCommit(store, options, random, System::nanoTime, LockSupport::parkNanos);
  }

  CommitOutcome commit(CommitRequest request, Duration within) {
    long deadline = nanoClock.getAsLong() + within.toNanos();
    long resolveFrom = deadline - within.toNanos() / 4;
    CommitRequest attempt = request;
    // Whoever hands in a later attempt, or does not count them, may have sent an earlier one whose answer it never saw.
    StoreException open = request.request().attempt() == 1 ? null
        : StoreException.unknown(request.request().id(), -1, "an earlier attempt may have been applied");
    for (int tries = 0; ; tries++) {
      StoreException failure;
      try {
        return store.withOptions(timeout((deadline - nanoClock.getAsLong()) / 2)).commit(attempt);
      } catch (StoreException e) {
        failure = e;
      }
      if (failure.code() == ErrorCode.UNKNOWN || failure.code() == ErrorCode.INTERNAL) {
        open = failure;
      } else if (failure.code().retry() == ErrorCode.Retry.NEVER) {
        throw ended(request, open, failure);
      }
      pause(request, open, failure, tries, deadline);
      long now = nanoClock.getAsLong();
      if (now >= resolveFrom) {
        if (open == null) {
          throw failure;
        }
        return resolve(request, open, deadline);
      }
      attempt = next(attempt);
    }
  }

  private CommitOutcome resolve(CommitRequest request, StoreException open, long deadline) {
    for (int tries = 0; ; tries++) {
      StoreException failure;
      try {
        return outcome(request, store.withOptions(timeout(deadline - nanoClock.getAsLong()))
            .resolve(ResolveRequest.of(request)));
      } catch (StoreException e) {
        failure = e;
      }
      boolean again = failure.code().retry() != ErrorCode.Retry.NEVER || failure.code() == ErrorCode.INTERNAL;
      if (!again || nanoClock.getAsLong() >= deadline) {
        throw ended(request, open, failure);
      }
      pause(request, open, failure, tries, deadline);
    }
  }

  private static CommitOutcome outcome(CommitRequest request, Resolution resolution) {
    return switch (resolution) {
      case Resolution.Applied applied -> new CommitOutcome.Applied(applied.revision(), applied.changed());
      case Resolution.PredicateFailed failed -> new CommitOutcome.PredicateFailed(failed.index(),
          failed.index() < request.predicates().size() ? request.predicates().get(failed.index()).key() : Bytes.EMPTY,
          failed.revision());
      case Resolution.Cancelled cancelled -> throw new StoreException(ErrorCode.CANCELLED, "request "
          + request.request().id() + " was not applied in time and is withdrawn: it never will be; make a new request");
    };
  }

  private static StoreException ended(CommitRequest request, @Nullable StoreException open, StoreException failure) {
    // The store's CANCELLED and REQUEST_EXPIRED are about the request, and so about its earlier attempts too; that of an
    // interrupted thread is about the call.
    boolean ofRequest = failure.code() == ErrorCode.REQUEST_EXPIRED
        || failure.code() == ErrorCode.CANCELLED && !Thread.currentThread().isInterrupted();
    return open == null || failure == open || ofRequest ? failure
        : StoreException.told(ErrorCode.UNKNOWN, open.getMessage() + "; a later try failed: " + failure.getMessage(),
            Optional.of(request.request().id()), open.token());
  }

  private void pause(
      CommitRequest request, @Nullable StoreException open, StoreException failure, int tries, long deadline) {
    long pause = Math.min(LAST_PAUSE_NANOS, FIRST_PAUSE_NANOS << Math.min(tries, 10));
    long left = deadline - nanoClock.getAsLong();
    if (left > 0 && !Thread.currentThread().isInterrupted()) {
      sleep.accept(Math.min(left, pause / 2 + random.nextLong(pause / 2)));
    }
    if (Thread.currentThread().isInterrupted()) {
      throw ended(request, open, failure);
    }
  }

  private CallOptions timeout(long nanos) {
    Duration left = Duration.ofNanos(Math.max(MS, nanos));
    return left.compareTo(options.timeout()) < 0 ? new CallOptions(left) : options;
  }

  private static CommitRequest next(CommitRequest request) {
    RequestInfo info = request.request();
    return info.attempt() == 0 ? request : new CommitRequest(
        request.partitionKey(), request.predicates(), request.mutations(), info.nextAttempt(), request.provenance());
  }
}
