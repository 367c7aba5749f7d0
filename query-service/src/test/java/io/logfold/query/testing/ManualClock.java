package io.logfold.query.testing;

import io.logfold.query.LeaderClock;

/** A node's two clocks, turned by the test. The monotonic one may run a little fast or slow, and the wall clock jump. */
public final class ManualClock implements LeaderClock {
  private final int ratePermille;
  private long monotonicNanos;
  private long wallNanos;
  private boolean suspended;
  private int jumps;

  /**
   * @param startNanos where the monotonic clock begins: any number, also a negative one
   * @param ratePermille how much faster than true time it runs, in thousandths; negative: slower
   */
  public ManualClock(long startNanos, long wallMs, int ratePermille) {
    this.monotonicNanos = startNanos;
    this.wallNanos = wallMs * 1_000_000;
    this.ratePermille = ratePermille;
  }

  @Override
  public long monotonicNanos() {
    return monotonicNanos;
  }

  @Override
  public long wallMs() {
    return Math.floorDiv(wallNanos, 1_000_000L);
  }

  /** True time passes: both clocks go on, the monotonic one at its own rate. */
  void passNanos(long nanos) {
    if (!suspended) {
      monotonicNanos += nanos + nanos * ratePermille / 1_000;
    }
    wallNanos += nanos;
  }

  /** A machine that sleeps: the monotonic clock stands still, the wall clock does not. */
  void suspend(boolean asleep) {
    suspended = asleep;
  }

  /** How often the wall clock was set. */
  public int jumps() {
    return jumps;
  }

  /** How much faster than true time the monotonic clock runs, in thousandths. */
  public int ratePermille() {
    return ratePermille;
  }

  /** The wall clock alone is set forward, or back: what a suspended machine, or a person, does to it. */
  public void jumpWallMs(long ms) {
    jumps++;
    wallNanos += ms * 1_000_000;
  }
}
