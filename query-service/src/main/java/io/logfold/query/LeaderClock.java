package io.logfold.query;

/** The two clocks a leader needs, as an argument so that a simulation can turn them. */
public interface LeaderClock {
  /** Never goes back, unrelated to any date; nanoseconds. Leases and waits are measured with it. */
  long monotonicNanos();

  /** Milliseconds since the epoch; may jump. Events are dated with it. */
  long wallMs();

  LeaderClock SYSTEM = new LeaderClock() {
    @Override
    public long monotonicNanos() {
      return System.nanoTime();
    }

    @Override
    public long wallMs() {
      return System.currentTimeMillis();
    }
  };
}
