package io.logfold.query.cluster;

import io.logfold.query.StoreNode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What every call's {@link Route} needs. Any thread. */
final class Routing {
  /** How long the incumbent is waited for before this node stands by in earnest; well below the time of a lease. */
  static final Duration PATIENCE = Duration.ofMillis(500);

  /** Before somebody is asked who was asked just now. */
  static final Duration PAUSE = Duration.ofMillis(20);

  private final StoreNode node;
  private final Peers peers;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanoClock;

  Routing(StoreNode node, Peers peers, ScheduledExecutorService timer, LongSupplier nanoClock) {
    this.node = node;
    this.peers = peers;
    this.timer = timer;
    this.nanoClock = nanoClock;
  }

  StoreNode node() {
    return node;
  }

  Peers peers() {
    return peers;
  }

  String ownAddress() {
    return node.address();
  }

  long nanos() {
    return nanoClock.getAsLong();
  }

  void after(Duration wait, Runnable then) {
    try {
      var unused = timer.schedule(then, wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      then.run(); // the node is closing: what is asked now is refused, and so the call ends
    }
  }

  /** The address of some node that is not this one. */
  Optional<String> anotherMember() {
    return peers.members().values().stream().filter(address -> !address.equals(ownAddress())).findAny();
  }

  /** A command waits for a leader of this partition that answers. */
  void wantLeader(int partition, Duration timeout) {
    var unused = node.awaitLeader(partition, timeout);
  }
}
