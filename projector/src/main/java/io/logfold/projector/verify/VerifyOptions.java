package io.logfold.projector.verify;

import java.nio.file.Path;

/**
 * @param store name of the store
 * @param partitions how many it has
 * @param scratchIn folder in which a temporary one is made for the expected table, as large as the table; it is removed
 * @param maxDifferences so many are shown; all are counted
 * @param threads partitions worked at at the same time
 */
public record VerifyOptions(String store, int partitions, Path scratchIn, int maxDifferences, int threads) {
  public VerifyOptions {
    if (partitions < 1 || maxDifferences < 0 || threads < 1) {
      throw new IllegalArgumentException("partitions and threads are 1 or more, maxDifferences 0 or more, got "
          + partitions + ", " + threads + ", " + maxDifferences);
    }
  }

  /** Shows 10 differences; a thread for each partition up to the processors. */
  public static VerifyOptions of(String store, int partitions, Path scratchIn) {
    return new VerifyOptions(
        store, partitions, scratchIn, 10, Math.min(Runtime.getRuntime().availableProcessors(), partitions));
  }

  public VerifyOptions maxDifferences(int newMax) {
    return new VerifyOptions(store, partitions, scratchIn, newMax, threads);
  }

  public VerifyOptions threads(int newThreads) {
    return new VerifyOptions(store, partitions, scratchIn, maxDifferences, newThreads);
  }
}
