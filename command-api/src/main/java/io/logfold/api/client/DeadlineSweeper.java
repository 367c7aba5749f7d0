package io.logfold.api.client;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Ends calls whose time is over, up to 10 ms late.
 *
 * <p>One daemon thread looks through the undecided calls, but only when the earliest deadline it knows of has come: with
 * a deadline of seconds and answers in milliseconds it wakes every few seconds, and a call costs one comparison. (A
 * scheduled task per call would cost more than the call.) A call must be among the undecided before it is watched.
 */
final class DeadlineSweeper implements AutoCloseable {
  private static final long GRAIN_NANOS = 10_000_000;

  private final Collection<PendingCall<?>> undecided;
  private final LongSupplier nanoClock;
  private final long origin;
  /** The earliest deadline that may be left, after origin; at most MAX_VALUE, which is none. */
  private final AtomicLong earliest = new AtomicLong(Long.MAX_VALUE);
  private final Thread thread;
  private volatile boolean closed;

  /** @param undecided a live view that may be read while others change it */
  DeadlineSweeper(Collection<PendingCall<?>> undecided, LongSupplier nanoClock) {
    this.undecided = undecided;
    this.nanoClock = nanoClock;
    this.origin = nanoClock.getAsLong();
    this.thread = Thread.ofPlatform().name("logfold-client-deadlines").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void watch(PendingCall<?> call) {
    if (lower(call.deadlineNanos() - origin)) {
      LockSupport.unpark(thread);
    }
  }

  private boolean lower(long deadline) {
    long known = earliest.get();
    while (deadline < known) {
      if (earliest.compareAndSet(known, deadline)) {
        return true;
      }
      known = earliest.get();
    }
    return false;
  }

  private void run() {
    while (!closed) {
      long next = earliest.get();
      long left = next == Long.MAX_VALUE ? Long.MAX_VALUE : next - (nanoClock.getAsLong() - origin);
      if (left == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else if (left > 0) {
        LockSupport.parkNanos(this, Math.max(left, GRAIN_NANOS / 10));
      } else {
        sweep();
        LockSupport.parkNanos(this, GRAIN_NANOS);
      }
    }
  }

  private void sweep() {
    earliest.set(Long.MAX_VALUE);
    long now = nanoClock.getAsLong();
    long next = Long.MAX_VALUE;
    for (PendingCall<?> call : undecided) {
      if (call.deadlineNanos() - now <= 0) {
        call.expire();
      } else {
        next = Math.min(next, call.deadlineNanos() - origin);
      }
    }
    lower(next);
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
