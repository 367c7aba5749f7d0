package io.logfold.query.cluster;

import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.StoreException;
import io.logfold.query.LocalStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * The view of the whole cluster: every node's own view beside the others', each partition's lag measured against the
 * furthest. A node that does not answer in time is said to be unreachable.
 */
final class ClusterMerge {
  private static final Duration MOST = Duration.ofSeconds(1);

  private ClusterMerge() {}

  static CompletableFuture<ClusterView> cluster(LocalStore local, Routing routing, CallOptions options) {
    return local.cluster(options).thenCompose(own -> {
      Map<String, String> addresses = new TreeMap<>(routing.peers().members());
      own.nodes().forEach(node -> addresses.put(node.node(), node.address()));
      own.partitionViews().stream().filter(view -> !view.leader().isEmpty())
          .forEach(view -> addresses.putIfAbsent(view.leader(), view.leaderAddress()));
      String self = own.nodes().get(0).node();
      CallOptions each = options.timeout().compareTo(MOST) < 0 ? options : new CallOptions(MOST);
      Map<String, CompletableFuture<Optional<ClusterView>>> asked = new TreeMap<>();
      addresses.forEach((node, address) -> asked.put(node, node.equals(self)
          ? CompletableFuture.completedFuture(Optional.of(own))
          : view(routing, address, each)));
      return CompletableFuture.allOf(asked.values().toArray(CompletableFuture<?>[]::new))
          .thenApply(all -> merged(own, addresses, asked));
    });
  }

  private static CompletableFuture<Optional<ClusterView>> view(Routing routing, String address, CallOptions options) {
    try {
      return routing.peers().at(address).view(options).thenApply(Optional::of).exceptionally(gone -> Optional.empty());
    } catch (StoreException e) {
      return CompletableFuture.completedFuture(Optional.empty()); // an address that is none
    }
  }

  private static ClusterView merged(ClusterView own, Map<String, String> addresses,
      Map<String, CompletableFuture<Optional<ClusterView>>> asked) {
    List<ClusterView.Node> nodes = new ArrayList<>();
    List<ClusterView.Partition> views = new ArrayList<>();
    asked.forEach((node, answer) -> {
      Optional<ClusterView> view = answer.join();
      nodes.add(new ClusterView.Node(node, addresses.getOrDefault(node, ""), view.isPresent()));
      view.ifPresent(seen -> views.addAll(seen.partitionViews()));
    });
    Map<Integer, Long> furthest = new HashMap<>();
    views.forEach(view -> furthest.merge(view.partition(), view.committed(), Math::max));
    List<ClusterView.Partition> measured = views.stream()
        .map(view -> view.withLag(furthest.getOrDefault(view.partition(), view.committed()) - view.committed()))
        .sorted(Comparator.comparingInt(ClusterView.Partition::partition)
            .thenComparing(view -> !view.node().equals(view.leader()))
            .thenComparing(ClusterView.Partition::node))
        .toList();
    return new ClusterView(own.store(), own.partitions(), own.keyHash(), own.table(), nodes, measured);
  }
}
