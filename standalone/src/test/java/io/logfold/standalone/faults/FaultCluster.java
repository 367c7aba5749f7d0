package io.logfold.standalone.faults;

import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.Store;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.log.testing.BrokerCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** A store of three nodes on a cluster of three brokers, all of them processes. One thread at a time. */
final class FaultCluster implements AutoCloseable {
  static final List<String> NODES = List.of("n1", "n2", "n3");
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private final BrokerCluster brokers;
  private final String store;
  private final int partitions;
  private final Duration ttl;
  private final Path folder;
  private final List<ClusterNode> nodes = new ArrayList<>();
  private final Thread killer = new Thread(this::killAll, "fault-cluster-kill");

  private FaultCluster(BrokerCluster brokers, Path folder, String store, int partitions, Duration ttl) {
    this.brokers = brokers;
    this.folder = folder;
    this.store = store;
    this.partitions = partitions;
    this.ttl = ttl;
  }

  /** Makes the store's topic and starts its nodes; returns when they serve. */
  static FaultCluster start(BrokerCluster brokers, Path folder, String store, int partitions, Duration ttl)
      throws IOException, InterruptedException {
    TopicSetup.createIfAbsent(brokers.bootstrapServers(BrokerCluster.WITNESS),
        TopicSpec.replicated(topic(store), partitions), Map.of(), WITHIN);
    FaultCluster cluster = new FaultCluster(brokers, folder, store, partitions, ttl);
    Runtime.getRuntime().addShutdownHook(cluster.killer);
    try {
      for (String name : NODES) {
        ClusterNode node = cluster.node(name, folder.resolve(name));
        cluster.nodes.add(node);
        node.begin();
      }
      for (ClusterNode node : cluster.nodes) {
        node.awaitReady();
      }
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private static String topic(String store) {
    return "logfold." + store;
  }

  /** One that is not started, with this name, which may be that of another. */
  ClusterNode node(String name, Path data) {
    return new ClusterNode(name, data, "store=" + store + "\npartitions=" + partitions + "\ntopic=" + topic(store)
        + "\nkafka.bootstrap.servers=" + brokers.bootstrapServers(name) + "\nlease.ttl.ms=" + ttl.toMillis() + "\n");
  }

  BrokerCluster brokers() {
    return brokers;
  }

  List<ClusterNode> nodes() {
    return nodes;
  }

  List<String> urls() {
    return nodes.stream().map(ClusterNode::url).toList();
  }

  int partitions() {
    return partitions;
  }

  Duration ttl() {
    return ttl;
  }

  Path folder() {
    return folder;
  }

  /** Whom the store believes to lead this partition. */
  Optional<ClusterNode> leader(Store client, int partition) throws InterruptedException {
    try {
      ClusterView view = client.cluster(CallOptions.timeoutMs(3_000)).get(5, TimeUnit.SECONDS);
      Optional<String> name = view.partitionViews().stream()
          .filter(each -> each.partition() == partition && !each.leader().isEmpty())
          .max(Comparator.comparingLong(ClusterView.Partition::token)).map(ClusterView.Partition::leader);
      return nodes.stream().filter(node -> name.isPresent() && node.name().equals(name.get())).findAny();
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    }
  }

  /** Number of the broker that leads the topic's partition; empty while nobody says so. */
  Optional<Integer> brokerOf(int partition) throws InterruptedException {
    try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
        brokers.bootstrapServers(BrokerCluster.WITNESS), AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000,
        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000))) {
      var leader = Objects.requireNonNull(admin.describeTopics(List.of(topic(store))).allTopicNames().get().get(topic(store)))
          .partitions().get(partition).leader();
      return leader == null || leader.isEmpty() ? Optional.empty() : Optional.of(leader.id());
    } catch (ExecutionException e) {
      return Optional.empty();
    }
  }

  /** Whether every broker has every record of the topic. */
  boolean isWhole() throws InterruptedException {
    try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
        brokers.bootstrapServers(BrokerCluster.WITNESS)))) {
      return Objects.requireNonNull(admin.describeTopics(List.of(topic(store))).allTopicNames().get().get(topic(store)))
          .partitions().stream().allMatch(each -> each.isr().size() == BrokerCluster.BROKERS);
    } catch (ExecutionException e) {
      return false;
    }
  }

  /** The logs as they are now. */
  LogWitness witness() {
    try (KafkaLogScan scan = KafkaLogScan.open(KafkaLogsConfig.defaults(
        brokers.bootstrapServers(BrokerCluster.WITNESS), topic(store), "witness").withReadBoundMs(30_000))) {
      return new LogWitness(scan, store, partitions);
    }
  }

  private void killAll() {
    for (ClusterNode node : nodes) {
      try {
        node.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    killAll();
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook runs.
    }
  }
}
