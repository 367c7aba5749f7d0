package io.logfold.query.cluster;

import io.logfold.query.StoreNode;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The routing of a node. */
record NodeRouting(StoreNode node, Peers peers, ScheduledExecutorService timer, LongSupplier nanoClock) implements Routing {
  @Override
  public String ownAddress() {
    return node.address();
  }

  @Override
  public long nanos() {
    return nanoClock.getAsLong();
  }

  @Override
  public Runnable after(Duration wait, Runnable then) {
    try {
      ScheduledFuture<?> planned = timer.schedule(then, wait.toNanos(), TimeUnit.NANOSECONDS);
      return () -> planned.cancel(false);
    } catch (RejectedExecutionException e) {
      then.run();
      return () -> {};
    }
  }

  @Override
  public void wantLeader(int partition, Duration timeout) {
    var unused = node.awaitLeader(partition, timeout);
  }
}
