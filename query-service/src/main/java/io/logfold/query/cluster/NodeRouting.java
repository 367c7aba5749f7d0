package io.logfold.query.cluster;

import io.logfold.query.StoreNode;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
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
  public void after(Duration wait, Runnable then) {
    try {
      var unused = timer.schedule(then, wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      then.run();
    }
  }

  @Override
  public void wantLeader(int partition, Duration timeout) {
    var unused = node.awaitLeader(partition, timeout);
  }
}
