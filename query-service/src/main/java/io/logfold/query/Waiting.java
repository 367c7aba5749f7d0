package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The operations under way inside a leader, and what they wait for. Each of them ends by its answer or at its deadline;
 * no list is longer than {@link LeaderConfig#maxWaiting}. Owned by the leader's thread.
 */
final class Waiting {
  private static final long PURGE_NANOS = 1_000_000_000;

  /** What an operation may wait for, beside the commit of an LSN. */
  enum For { LEADER, DATA, LEASE, BARRIER, ROOM, TABLE, LOG }

  private final int most;
  private final Map<For, ArrayDeque<CommitWaiters.Droppable>> queues = new EnumMap<>(For.class);
  private final CommitWaiters commits = new CommitWaiters();
  private final ArrayList<Operation<?>> watched = new ArrayList<>();
  private long lastPurgeNanos;

  Waiting(int most, long nowNanos) {
    this.most = most;
    this.lastPurgeNanos = nowNanos;
    for (For what : For.values()) {
      queues.put(what, new ArrayDeque<>());
    }
  }

  // ---- operations come

  /** Whether one more may come; if not, it was told. */
  boolean admits(Operation<?> operation, int partition) {
    if (watched.size() < most) {
      return true;
    }
    watched.removeIf(Operation::ended);
    if (watched.size() < most) {
      return true;
    }
    operation.fail(ErrorCode.SLOW_DOWN, "partition " + partition + " has " + watched.size() + " operations under way");
    return false;
  }

  /** Its deadline is looked at from now on. */
  void watch(Operation<?> operation) {
    if (!operation.watched) {
      operation.watched = true;
      watched.add(operation);
    }
  }

  /** @param inWords what it waits for, for the message when its time is over */
  void park(For what, Operation<?> operation, Runnable then, String inWords, ErrorCode timeoutCode) {
    ArrayDeque<CommitWaiters.Droppable> queue = queue(what);
    if (queue.size() >= most) {
      operation.fail(ErrorCode.SLOW_DOWN, queue.size() + " operations of this partition already wait for " + inWords);
      return;
    }
    operation.waitingFor = inWords;
    operation.timeoutCode = timeoutCode;
    watch(operation);
    queue.add(new CommitWaiters.Droppable(operation, then));
  }

  void whenCommitted(long lsn, Operation<?> operation, Runnable then) {
    operation.waitingFor = "writes in flight to be committed";
    watch(operation);
    commits.when(lsn, then);
  }

  // ---- what they wait for happens

  boolean any(For what) {
    return !queue(what).isEmpty();
  }

  boolean anyWatched() {
    return !watched.isEmpty();
  }

  /** Runs those that wait for it now; what they do may make them wait again. */
  void run(For what) {
    ArrayDeque<CommitWaiters.Droppable> queue = queue(what);
    for (int left = queue.size(); left > 0 && !queue.isEmpty(); left--) {
      queue.remove().run();
    }
  }

  void committed(long lsn) {
    commits.committed(lsn);
  }

  /** Whoever waits for a Barrier waits for this one to be committed. */
  void barrierAppended(long lsn) {
    ArrayDeque<CommitWaiters.Droppable> queue = queue(For.BARRIER);
    while (!queue.isEmpty()) {
      commits.when(lsn, queue.remove());
    }
  }

  void runCommitWaiters() {
    commits.runAll();
  }

  /** Reads and writes are no longer answered here: all that a leader does for them is not to be waited for. */
  void noLongerLeading() {
    run(For.LEASE);
    run(For.BARRIER);
    run(For.DATA);
    run(For.ROOM);
    run(For.TABLE);
    run(For.LOG);
  }

  // ---- and time passes

  /** Ends those whose deadline is over. */
  void sweep(long nowNanos) {
    for (Operation<?> operation : watched) {
      if (!operation.ended() && nowNanos - operation.deadlineNanos > 0) {
        timeOut(operation);
      }
    }
    watched.removeIf(Operation::ended);
    if (nowNanos - lastPurgeNanos > PURGE_NANOS) {
      lastPurgeNanos = nowNanos;
      commits.purge();
      queues.values().forEach(queue -> queue.removeIf(waiter -> waiter.operation().ended()));
    }
  }

  /** Ends all that are under way. */
  void failAll(Consumer<Operation<?>> fail) {
    for (Operation<?> operation : List.copyOf(watched)) {
      if (!operation.ended()) {
        fail.accept(operation);
      }
    }
    watched.clear();
  }

  private static void timeOut(Operation<?> operation) {
    if (operation.handedOver) {
      operation.fail(operation.undecided("the log did not acknowledge it in time"));
    } else {
      operation.fail(operation.timeoutCode, "the time of the call is over; it was waiting for " + operation.waitingFor);
    }
  }

  private ArrayDeque<CommitWaiters.Droppable> queue(For what) {
    return Objects.requireNonNull(queues.get(what));
  }
}
