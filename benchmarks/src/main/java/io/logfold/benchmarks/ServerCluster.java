package io.logfold.benchmarks;

import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.client.LogfoldClientBuilder;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.log.testing.BrokerCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** A store of three nodes on three brokers, with the lease that a store has by default. One thread at a time. */
final class ServerCluster implements AutoCloseable {
  private static final List<String> NODES = List.of("n1", "n2", "n3");
  private static final Duration TOPIC_WITHIN = Duration.ofSeconds(60);
  private static final long LOOK_MS = 200;
  private static final long SETTLED_NANOS = 3_000_000_000L;
  private static final long CLOSE_EVENTS = 1_000;

  private final BrokerCluster brokers;
  private final String store;
  private final String topic;
  private final int partitions;
  private final List<ServerProcess> nodes = new ArrayList<>();
  private final LogfoldClient eyes;

  /**
   * Makes the store's topic, and starts nothing yet.
   *
   * @param settings further lines for every node's configuration file
   */
  ServerCluster(BrokerCluster brokers, Path root, Path folder, String store, int partitions, String settings)
      throws IOException {
    this.brokers = brokers;
    this.store = store;
    this.topic = "logfold." + store;
    this.partitions = partitions;
    TopicSetup.createIfAbsent(bootstrapServers(), TopicSpec.replicated(topic, partitions), Map.of(), TOPIC_WITHIN);
    for (String name : NODES) {
      nodes.add(new ServerProcess(name, root, folder, "store=" + store + "\npartitions=" + partitions + "\ntopic=" + topic
          + "\nkafka.bootstrap.servers=" + bootstrapServers() + "\n" + settings));
    }
    eyes = client();
  }

  private String bootstrapServers() {
    return brokers.bootstrapServers(BrokerCluster.WITNESS);
  }

  /** Starts all of them at once; returns when they are ready. */
  void startAll() throws IOException, InterruptedException {
    for (ServerProcess node : nodes) {
      node.begin();
    }
    for (ServerProcess node : nodes) {
      node.awaitReady();
    }
  }

  List<ServerProcess> nodes() {
    return nodes;
  }

  int partitions() {
    return partitions;
  }

  /** A new client that knows all nodes; the caller closes it. */
  LogfoldClient client() {
    LogfoldClientBuilder builder = LogfoldClient.builder();
    nodes.forEach(node -> builder.server(node.url()));
    return builder.build();
  }

  /** Who leads each partition, as far as that is known. */
  Map<Integer, String> leaders() throws InterruptedException {
    Map<Integer, String> leaders = new HashMap<>();
    views().stream().filter(each -> each.state().equals("leading")).forEach(each -> leaders.put(each.partition(), each.node()));
    return leaders;
  }

  private List<ClusterView.Partition> views() throws InterruptedException {
    try {
      return eyes.cluster(CallOptions.timeoutMs(3_000)).get(5, TimeUnit.SECONDS).partitionViews();
    } catch (ExecutionException | TimeoutException e) {
      return List.of();
    }
  }

  /** Who leads each partition; empty while somebody is behind, starting, or not to be reached. */
  private Map<Integer, String> warmLeaders() throws InterruptedException {
    Map<Integer, String> leaders = new HashMap<>();
    int warm = 0;
    for (ClusterView.Partition each : views()) {
      if (each.state().equals("leading")) {
        leaders.put(each.partition(), each.node());
      } else if (each.state().equals("following") && each.lag() <= CLOSE_EVENTS) {
        warm++;
      }
    }
    return leaders.size() == partitions && warm == partitions * (NODES.size() - 1) ? leaders : Map.of();
  }

  /**
   * Waits until every partition has a leader and two warm standbys, and leaderships have not moved for three seconds.
   *
   * @param allLead whether every node must lead something, as placement brings about after a while
   * @throws IOException where that is not so within this time
   */
  Map<Integer, String> awaitSettled(Duration within, boolean allLead) throws IOException, InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    Map<Integer, String> last = Map.of();
    long since = System.nanoTime();
    while (System.nanoTime() - end < 0) {
      Map<Integer, String> now = warmLeaders();
      if (!now.equals(last)) {
        last = now;
        since = System.nanoTime();
      }
      boolean spread = !allLead || last.values().stream().distinct().count() == NODES.size();
      if (!last.isEmpty() && spread && System.nanoTime() - since >= SETTLED_NANOS) {
        return last;
      }
      Thread.sleep(LOOK_MS);
    }
    throw new IOException("the cluster did not settle within " + within + "; leaders as last seen: " + last);
  }

  /** The moves that the log tells of so far. */
  List<PlannedMove> plannedMoves() {
    return MovesInLog.read(bootstrapServers(), topic, store, partitions);
  }

  /** The sum of the ends of the log's partitions. */
  long endOfLog() throws IOException, InterruptedException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers()))) {
      return admin.listOffsets(ends).all().get().values().stream().mapToLong(each -> each.offset()).sum();
    } catch (ExecutionException e) {
      throw new IOException("the ends of the log are not known", e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    eyes.close();
    for (ServerProcess node : nodes) {
      node.close();
    }
  }
}
