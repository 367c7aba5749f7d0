package io.logfold.benchmarks;

import io.logfold.api.CallOptions;
import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Sets every key once by commits of many, some of them at a time; a store that asks for time is given a minute. */
final class BulkFill {
  private static final int KEYS_AT_ONCE = 50;
  private static final int IN_FLIGHT = 64;
  private static final long PAUSE_MS = 20;
  private static final int MOST_ATTEMPTS = 3_000;
  private static final CallOptions OPTIONS = CallOptions.timeoutMs(60_000);

  private final Store store;
  private final KeySpace keys;
  private final Semaphore room = new Semaphore(IN_FLIGHT);
  private final AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();

  private BulkFill(Store store, KeySpace keys) {
    this.store = store;
    this.keys = keys;
  }

  /** Returns when all are acknowledged; says how many a second. */
  static double run(Store store, KeySpace keys) throws InterruptedException {
    long start = System.nanoTime();
    new BulkFill(store, keys).fill();
    return keys.size() / ((System.nanoTime() - start) / 1e9);
  }

  private void fill() throws InterruptedException {
    int step = keys.partitionKeyCount();
    for (int block = 0; block < keys.size(); block += KEYS_AT_ONCE * step) {
      for (int first = block; first < Math.min(keys.size(), block + step); first++) {
        room.acquire();
        int firstKey = first;
        int count = Math.min(KEYS_AT_ONCE, (keys.size() - first + step - 1) / step);
        commit(firstKey, count, MOST_ATTEMPTS).whenComplete((done, failure) -> {
          if (failure != null) {
            failed.compareAndSet(null, failure);
          }
          room.release();
        });
        check();
      }
    }
    room.acquire(IN_FLIGHT);
    check();
  }

  private void check() {
    Throwable why = failed.get();
    if (why != null) {
      throw new IllegalStateException("the store could not be filled", why);
    }
  }

  /** Again where the store is not ready for it: it is one of many, and nobody else writes. */
  private CompletableFuture<Boolean> commit(int firstKey, int count, int attempts) {
    return StoreWork.commit(store, keys, 0, firstKey, count, OPTIONS).thenApply(done -> true)
        .exceptionallyCompose(failure -> attempts > 1
            && StoreException.from(failure).code().retry() == ErrorCode.Retry.LATER
            ? CompletableFuture.supplyAsync(() -> true, CompletableFuture.delayedExecutor(PAUSE_MS, TimeUnit.MILLISECONDS))
                .thenCompose(again -> commit(firstKey, count, attempts - 1))
            : CompletableFuture.failedFuture(failure));
  }
}
