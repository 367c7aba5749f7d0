package io.logfold.query;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What shall go on when an LSN is committed. Owned by the leader's thread. */
final class CommitWaiters {
  private final TreeMap<Long, List<Runnable>> waiting = new TreeMap<>();

  void when(long lsn, Runnable then) {
    waiting.computeIfAbsent(lsn, key -> new ArrayList<>(2)).add(then);
  }

  /** Runs what waited for LSNs up to this one, in the order of the LSNs. */
  void committed(long lsn) {
    while (!waiting.isEmpty() && waiting.firstKey() <= lsn) {
      for (Runnable then : waiting.pollFirstEntry().getValue()) {
        then.run();
      }
    }
  }

  /** Forgets what waits for operations that ended meanwhile. */
  void purge() {
    waiting.values().removeIf(waiters -> {
      waiters.removeIf(waiter -> waiter instanceof Droppable droppable && droppable.operation().ended());
      return waiters.isEmpty();
    });
  }

  /** A waiter that has nothing to do once its operation has ended. */
  record Droppable(Operation<?> operation, Runnable then) implements Runnable {
    @Override
    public void run() {
      then.run();
    }
  }

  /** The leadership ended: whoever waits is run now and will find that out. */
  void runAll() {
    List<Runnable> all = new ArrayList<>();
    waiting.values().forEach(all::addAll);
    waiting.clear();
    all.forEach(Runnable::run);
  }
}
