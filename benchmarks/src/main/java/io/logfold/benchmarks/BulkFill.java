package io.logfold.benchmarks;

import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Sets every key once by commits of many, some of them at a time; a store that asks for time is given it, for a minute. */
final class BulkFill {
  private static final int KEYS_AT_ONCE = 50;
  private static final int IN_FLIGHT = 64;
  private static final long PAUSE_MS = 20;
  private static final long PATIENCE_NANOS = 60_000_000_000L;
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
        CommitRequest request = StoreWork.commitOf(keys, 0, firstKey, count);
        commit(firstKey, request, System.nanoTime() + PATIENCE_NANOS).whenComplete((done, failure) -> {
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

  /** The same one again where the store is not ready for it. */
  private CompletableFuture<Boolean> commit(int firstKey, CommitRequest request, long untilNanos) {
    return StoreWork.commit(store, keys, firstKey, request, OPTIONS).thenApply(done -> true)
        .exceptionallyCompose(failure -> System.nanoTime() - untilNanos < 0
            && StoreException.from(failure).code().retry() == ErrorCode.Retry.LATER
            ? CompletableFuture.supplyAsync(() -> true, CompletableFuture.delayedExecutor(PAUSE_MS, TimeUnit.MILLISECONDS))
                .thenCompose(again -> commit(firstKey, request, untilNanos))
            : CompletableFuture.failedFuture(failure));
  }
}
