package io.logfold.standalone.importgit;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** How often and how long to wait before asking the store again: 100 ms, doubled up to 5 s, ten times in a row. */
public final class Patience {
  static final int MOST_FAILURES_IN_A_ROW = 10;
  private final Consumer<Duration> sleep;

  public Patience(Consumer<Duration> sleep) {
    this.sleep = sleep;
  }

  /**
   * Waits before another try.
   *
   * @param failures in a row so far, 1 or more
   * @throws StoreException the failure itself, where another try makes no sense or patience is over
   */
  public void waitAfter(StoreException failure, int failures) {
    if (failures >= MOST_FAILURES_IN_A_ROW || !worthAnotherTry(failure.code())) {
      throw failure;
    }
    sleep.accept(Duration.ofMillis(Math.min(5_000, 100L << Math.min(failures - 1, 10))));
  }

  /** A read, or a write that is safe to repeat as it is. */
  public <T> T ask(Supplier<CompletableFuture<T>> call) {
    for (int failures = 1; ; failures++) {
      try {
        return call.get().join();
      } catch (RuntimeException e) {
        waitAfter(StoreException.from(e), failures);
      }
    }
  }

  private static boolean worthAnotherTry(ErrorCode code) {
    // REQUEST_EXPIRED: a step's values tell whether it was applied, so it may go again as a new request.
    return code.retry() != ErrorCode.Retry.NEVER || code == ErrorCode.REQUEST_EXPIRED;
  }
}
