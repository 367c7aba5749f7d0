package io.logfold.standalone.dev;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.query.LeaderClock;
import io.logfold.query.WriteGate;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Refuses writes while the disk of the log has too little room, long before the broker would die of it; lets them pass
 * again when there is room. Looks once in {@link #LOOK_MS} at most. Safe for all threads.
 */
final class DiskWatermark implements WriteGate {
  static final long LOOK_MS = 500;

  private final LongSupplier usableBytes;
  private final long leastBytes;
  private final LeaderClock clock;
  private final AtomicLong lookAgainNanos;
  private volatile Optional<StoreException> refusal = Optional.empty();

  /**
   * @param usableBytes what the disk has left, in bytes
   * @param leastBytes with less than that writes are refused
   */
  DiskWatermark(LongSupplier usableBytes, long leastBytes, LeaderClock clock) {
    this.usableBytes = usableBytes;
    this.leastBytes = leastBytes;
    this.clock = clock;
    this.lookAgainNanos = new AtomicLong(clock.monotonicNanos());
  }

  @Override
  public Optional<StoreException> refusal() {
    long now = clock.monotonicNanos();
    long due = lookAgainNanos.get();
    if (now - due >= 0 && lookAgainNanos.compareAndSet(due, now + LOOK_MS * 1_000_000)) {
      long usable = usableBytes.getAsLong();
      refusal = usable >= leastBytes ? Optional.empty() : Optional.of(new StoreException(ErrorCode.DISK_FULL,
          "the disk of the log has " + usable + " bytes left, writes need " + leastBytes
              + "; make room, and writes are taken again by themselves"));
    }
    return refusal;
  }
}
