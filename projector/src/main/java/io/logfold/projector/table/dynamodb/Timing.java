package io.logfold.projector.table.dynamodb;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Time and chance, as far as this package needs them.
 *
 * @param clockMs a clock that never goes back, in milliseconds
 * @param random may be used by any thread
 * @param applyBudgetMs within which an apply begins no other attempt
 * @param readBudgetMs the same for a read
 */
record Timing(LongSupplier clockMs, RandomGenerator random, Pause pause, long applyBudgetMs, long readBudgetMs) {
  static final Timing SYSTEM =
      new Timing(() -> System.nanoTime() / 1_000_000, new SharedRandom(), Thread::sleep, 20_000, 8_000);

  Timing withBudgets(long newApplyBudgetMs, long newReadBudgetMs) {
    return new Timing(clockMs, random, pause, newApplyBudgetMs, newReadBudgetMs);
  }

  interface Pause {
    void sleep(long ms) throws InterruptedException;
  }

  /** ThreadLocalRandom belongs to the thread that asks. */
  private static final class SharedRandom implements RandomGenerator {
    @Override
    public long nextLong() {
      return ThreadLocalRandom.current().nextLong();
    }
  }
}
