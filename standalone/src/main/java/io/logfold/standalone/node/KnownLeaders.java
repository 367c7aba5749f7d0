package io.logfold.standalone.node;

import io.logfold.query.PartitionStatus;
import io.logfold.query.StoreNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Whether this node knows of every partition who leads it, itself or another node. Safe for all threads; never waits:
 * what it says is as it was when last asked, and asked again.
 */
final class KnownLeaders {
  private final StoreNode node;
  private volatile Optional<String> missing = Optional.empty();

  /** To be made when every partition has been ready once. */
  KnownLeaders(StoreNode node) {
    this.node = node;
  }

  /** Which partitions nobody leads, in words; empty: none. */
  Optional<String> missing() {
    node.status().thenAccept(statuses -> missing = missing(statuses));
    return missing;
  }

  private static Optional<String> missing(List<PartitionStatus> statuses) {
    String without = statuses.stream().filter(status -> status.leader().isEmpty())
        .map(status -> Integer.toString(status.partition())).collect(Collectors.joining(", "));
    return without.isEmpty() ? Optional.empty() : Optional.of("nobody leads partition " + without);
  }
}
