package io.logfold.benchmarks;

import java.util.concurrent.CompletableFuture;

/**
 * One kind of operation, ready to be repeated. A lane has one operation at a time, so what a lane owns needs no lock;
 * any thread may start the next one.
 */
@FunctionalInterface
interface Work {
  /** Starts one. The future fails where the answer was not the one that a correct, healthy store gives. */
  CompletableFuture<?> start(int lane);

  /** Answers are there when {@link #start} returns: each lane needs a thread of its own. */
  default boolean blocks() {
    return false;
  }

  static Work blocking(Work work) {
    return new Work() {
      @Override
      public CompletableFuture<?> start(int lane) {
        return work.start(lane);
      }

      @Override
      public boolean blocks() {
        return true;
      }
    };
  }
}
