package io.logfold.query.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the {@link Route} of a call needs of the node that it starts from. Any thread. */
interface Routing {
  /** How long the incumbent is waited for before this node stands by in earnest; well below the time of a lease. */
  Duration PATIENCE = Duration.ofMillis(500);

  /** Before somebody is asked who was asked just now. */
  Duration PAUSE = Duration.ofMillis(20);

  Peers peers();

  String ownAddress();

  /** Monotonic, nanoseconds. */
  long nanos();

  /**
   * Runs a short task later; at once where the node is closing, when whatever is asked is refused. What it returns, run
   * before that, takes it back.
   */
  Runnable after(Duration wait, Runnable then);

  /** A command waits for a leader of this partition that answers. */
  void wantLeader(int partition, Duration timeout);

  /** The address of some node that is not this one; not always the same, since it may be gone. */
  default Optional<String> anotherMember() {
    List<String> others = peers().members().values().stream().filter(address -> !address.equals(ownAddress())).toList();
    return others.isEmpty() ? Optional.empty() : Optional.of(others.get((int) Math.floorMod(nanos() >>> 10, (long) others.size())));
  }
}
