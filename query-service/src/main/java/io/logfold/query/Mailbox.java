package io.logfold.query;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread of control without a thread: messages run one after the other, in the order they came, on whatever thread of
 * the pool is free. What one message wrote the next one sees. When none is left for now the owner's turn ends, and a
 * timer wakes it no later than it asked for. When the pool is shut down messages run on the thread that brings them, so
 * that nobody waits for an answer for ever.
 */
final class Mailbox implements Executor {
  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);
  private static final int MESSAGES_PER_TURN = 2_000;

  private final ConcurrentLinkedQueue<Runnable> messages = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Executor pool;
  private final ScheduledExecutorService timer;

  /** Whose messages these are; called on the thread of the turn. */
  interface Owner {
    /** No message is left for now. */
    void endOfTurn();

    /** How long it can do without a turn; Long.MAX_VALUE: for ever. */
    long nextWakeupNanos();

    /** A message failed in a way that must not happen. */
    void fault(Throwable failure);
  }

  private volatile @Nullable Owner owner;

  /** Null once its message has run. Not "is done": the timer says so only after its message may have had its turn. */
  private @Nullable ScheduledFuture<?> wakeup;
  private long wakeupNanos;

  Mailbox(Executor pool, ScheduledExecutorService timer) {
    this.pool = pool;
    this.timer = timer;
  }

  /** Whose turns these are; said once, before the first message. */
  void owner(Owner newOwner) {
    owner = newOwner;
  }

  @Override
  public void execute(Runnable message) {
    messages.add(message);
    schedule();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      try {
        pool.execute(this::turn);
      } catch (RejectedExecutionException e) {
        turn(); // the node is closed, and so is the leader: what still comes is told so here
      }
    }
  }

  private void turn() {
    for (int i = 0; i < MESSAGES_PER_TURN; i++) {
      Runnable message = messages.poll();
      if (message == null) {
        break;
      }
      run(message);
    }
    Owner leader = owner;
    if (leader != null) {
      run(leader::endOfTurn);
      run(() -> wakeAfter(leader.nextWakeupNanos()));
    }
    scheduled.set(false);
    if (!messages.isEmpty()) {
      schedule();
    }
  }

  private void run(Runnable message) {
    try {
      message.run();
    } catch (RuntimeException | Error e) {
      log.error("a message of a partition leader failed; this is a fault in the store", e);
      Owner leader = owner;
      if (leader != null) {
        try {
          leader.fault(e);
        } catch (RuntimeException | Error second) {
          log.error("and the owner could not be stopped", second);
        }
      }
    }
  }

  private void wakeAfter(long nanos) {
    long now = System.nanoTime();
    ScheduledFuture<?> planned = wakeup;
    if (nanos == Long.MAX_VALUE || (planned != null && wakeupNanos - now <= nanos)) {
      return;
    }
    if (planned != null) {
      planned.cancel(false);
    }
    long at = now + nanos;
    wakeupNanos = at;
    try {
      wakeup = timer.schedule(() -> execute(() -> woken(at)), nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      wakeup = null; // the node is closed
    }
  }

  private void woken(long at) {
    if (wakeupNanos == at) {
      wakeup = null;
    }
  }
}
