package io.logfold.api;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Waits for a store's answer on the calling thread. The store keeps the deadline; should it not, the caller is let go
 * shortly afterwards. What was given up is cancelled, so that a store may drop what it has not handed over; an answer
 * that arrived in that very moment is taken.
 */
final class Await {
  /** How much longer than the call's timeout a caller waits for the store to report its own timeout. */
  static final Duration GRACE = Duration.ofMillis(250);

  private Await() {}

  static <T> T read(String what, CallOptions options, Supplier<CompletableFuture<T>> call) {
    refuseInterrupted(what);
    return await(call.get(), options, ending -> switch (ending) {
      case INTERRUPTED -> new StoreException(ErrorCode.CANCELLED,
          what + ": the thread was interrupted while it waited for the answer; nothing was changed");
      case CANCELLED -> new StoreException(ErrorCode.CANCELLED, what + ": the call was cancelled; nothing was changed");
      case LATE -> new StoreException(ErrorCode.DEADLINE_EXCEEDED,
          what + ": no answer within " + options.timeout() + "; nothing was changed");
    });
  }

  static <T> T write(String what, RequestId id, CallOptions options, Supplier<CompletableFuture<T>> call) {
    refuseInterrupted(what);
    return await(call.get(), options, ending -> StoreException.unknown(id, -1, what + switch (ending) {
      case INTERRUPTED -> ": the thread was interrupted while it waited for the answer";
      case CANCELLED -> ": the call was cancelled while it was under way";
      case LATE -> ": no answer within " + options.timeout();
    }));
  }

  private enum Ending { INTERRUPTED, CANCELLED, LATE }

  private static void refuseInterrupted(String what) {
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException(ErrorCode.CANCELLED,
          what + ": the thread was interrupted before the call, so it was not made; clear the interrupt to call again");
    }
  }

  private static <T> T await(CompletableFuture<T> answer, CallOptions options,
      Function<Ending, StoreException> failure) {
    try {
      return answer.get(options.timeout().plus(GRACE).toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return giveUp(answer, failure, Ending.INTERRUPTED);
    } catch (TimeoutException e) {
      return giveUp(answer, failure, Ending.LATE);
    } catch (CancellationException e) {
      throw failure.apply(Ending.CANCELLED);
    } catch (ExecutionException e) {
      throw settled(e, failure);
    }
  }

  private static <T> T giveUp(CompletableFuture<T> answer, Function<Ending, StoreException> failure, Ending ending) {
    if (answer.cancel(true) || answer.isCancelled()) {
      throw failure.apply(ending);
    }
    return switch (answer.state()) {
      case SUCCESS -> answer.resultNow();
      case FAILED -> throw settled(answer.exceptionNow(), failure);
      case CANCELLED, RUNNING -> throw failure.apply(ending);
    };
  }

  private static StoreException settled(Throwable cause, Function<Ending, StoreException> failure) {
    Throwable inner = cause instanceof ExecutionException && cause.getCause() != null ? cause.getCause() : cause;
    return inner instanceof CancellationException ? failure.apply(Ending.CANCELLED) : StoreException.from(inner);
  }
}
