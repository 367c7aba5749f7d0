package io.logfold.query.simulation;

import io.logfold.query.testing.SimulatedLink.Delays;
import java.util.Random;

/** How long things take on the ways of one run: mostly a millisecond, and now and then far too long. */
final class Weather implements Delays {
  private static final long US = 1_000;

  private final Random random;
  private final long longestNanos;

  /** Of a thousand things so many take far too long. */
  private final int slowPermille;
  private final int slowTablePermille;

  Weather(Random random, long ttlMs) {
    this.random = random;
    this.longestNanos = ttlMs * 1_300_000;
    this.slowPermille = new int[] {0, 4, 15, 50}[random.nextInt(4)];
    this.slowTablePermille = new int[] {0, 20, 200}[random.nextInt(3)];
  }

  @Override
  public long appendNanos() {
    return delay(slowPermille, longestNanos);
  }

  @Override
  public long acknowledgementNanos() {
    return delay(slowPermille, longestNanos);
  }

  @Override
  public long readNanos() {
    return delay(slowPermille / 4, longestNanos / 3);
  }

  @Override
  public long tableNanos() {
    return delay(slowTablePermille, longestNanos / 4);
  }

  /** From one node to another, one way. */
  long peerNanos() {
    return delay(slowPermille, longestNanos / 3);
  }

  private long delay(int permille, long longest) {
    return random.nextInt(1_000) < permille ? (long) (longest * random.nextDouble()) : 50 * US + random.nextInt(1_000) * US;
  }
}
