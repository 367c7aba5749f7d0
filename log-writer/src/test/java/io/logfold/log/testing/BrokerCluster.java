package io.logfold.log.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;

/**
 * Three Kafka brokers, each with a controller and each a process of its own, with the settings that the proof of the
 * protocol rests on (replication 3, min.insync.replicas 2, ELR) and quick to notice each other's death.
 *
 * <p>Every way to a broker is a {@link FaultyLink}, and so its address never changes. Each client that is named at the
 * start has a listener of its own at each broker, so that it can be cut off alone:
 *
 * <pre>
 *   client "n1" --link("n1", 2)--> broker 2 (listener N1)
 *   broker 3 --controllerLink(3, 2)--> controller of broker 2 (listener CTL3)
 *   broker 3 --replicationLink(2)--> broker 2 (listener REPL)
 * </pre>
 *
 * <p>A broker that is {@link #cutFromControllers} goes on serving its clients with the leaderships and the high watermarks
 * that it knew. One thread at a time; links may be used by any.
 */
public final class BrokerCluster implements AutoCloseable {
  /** The client that every cluster has: the test's own, whom nobody cuts off. */
  public static final String WITNESS = "witness";

  public static final int BROKERS = 3;
  private static final String REPLICATION = "REPL";
  private static final String HOST = "127.0.0.1";

  private final String clusterId = Uuid.randomUuid().toString();
  private final List<String> clients;
  private final List<ClusterBroker> brokers = new ArrayList<>();
  /** By the listener's name and the broker's number. */
  private final Map<String, FaultyLink> links = new LinkedHashMap<>();
  private final Thread killer = new Thread(this::killAll, "broker-cluster-kill");

  private BrokerCluster(Path folder, List<String> clients) {
    this.clients = Stream.concat(Stream.of(WITNESS), clients.stream()).toList();
    for (int id = 1; id <= BROKERS; id++) {
      brokers.add(new ClusterBroker(id, folder.resolve("broker-" + id), this));
      for (String listener : listeners()) {
        links.put(listener + id, new FaultyLink(0));
      }
    }
  }

  /**
   * Starts all brokers and returns when they serve, after some seconds.
   *
   * @param folder for their data and logs
   * @param clients names of letters and digits, each with links of its own
   */
  public static BrokerCluster start(Path folder, String... clients) throws IOException, InterruptedException {
    BrokerCluster cluster = new BrokerCluster(folder, List.of(clients));
    // Processes that stand still would outlive this one.
    Runtime.getRuntime().addShutdownHook(cluster.killer);
    try {
      for (ClusterBroker broker : cluster.brokers) {
        broker.begin();
      }
      for (ClusterBroker broker : cluster.brokers) {
        broker.awaitReady();
      }
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** @param id 1 to {@link #BROKERS} */
  public ClusterBroker broker(int id) {
    return brokers.get(id - 1);
  }

  public List<ClusterBroker> brokers() {
    return List.copyOf(brokers);
  }

  /** Where this client finds the cluster. */
  public String bootstrapServers(String client) {
    return IntStream.rangeClosed(1, BROKERS).mapToObj(id -> HOST + ":" + link(client, id).port())
        .collect(Collectors.joining(","));
  }

  /** The client's only way to this broker. */
  public FaultyLink link(String client, int broker) {
    return existing(listener(client), broker);
  }

  /** The client's ways to all brokers. */
  public List<FaultyLink> links(String client) {
    return IntStream.rangeClosed(1, BROKERS).mapToObj(id -> link(client, id)).toList();
  }

  /** The way of one broker, and of its controller, to the controller of another, or to its own. */
  public FaultyLink controllerLink(int from, int to) {
    return existing(controllerListener(from), to);
  }

  /** The other brokers' way to the records of this one. */
  public FaultyLink replicationLink(int to) {
    return existing(REPLICATION, to);
  }

  /** This broker and its controller no longer reach the other controllers, nor they it; clients reach it as before. */
  public void cutFromControllers(int broker) {
    controllerLinksOf(broker).forEach(FaultyLink::hold);
  }

  /** What was held arrives late, or never. */
  public void healControllers(int broker, boolean late) {
    for (FaultyLink link : controllerLinksOf(broker)) {
      if (!late) {
        link.cut();
      }
      link.heal();
    }
  }

  private List<FaultyLink> controllerLinksOf(int broker) {
    return IntStream.rangeClosed(1, BROKERS).filter(other -> other != broker).boxed()
        .flatMap(other -> Stream.of(controllerLink(broker, other), controllerLink(other, broker))).toList();
  }

  @Override
  public void close() {
    killAll();
    links.values().forEach(FaultyLink::close);
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook runs.
    }
  }

  private void killAll() {
    for (ClusterBroker broker : brokers) {
      try {
        broker.kill();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // ---- settings

  String clusterId() {
    return clusterId;
  }

  /** The settings of a broker that is about to start, on ports that the supplier gives; its links lead there from now on. */
  Properties settings(int id, Path data, IntSupplier freePort) {
    Map<String, Integer> ports = new LinkedHashMap<>();
    for (String listener : listeners()) {
      int port = freePort.getAsInt();
      ports.put(listener, port);
      existing(listener, id).leadTo(port);
    }
    Properties p = new Properties();
    p.setProperty("process.roles", "broker,controller");
    p.setProperty("node.id", Integer.toString(id));
    p.setProperty("log.dirs", data.toString());
    p.setProperty("listeners", ports.entrySet().stream()
        .map(each -> each.getKey() + "://" + HOST + ":" + each.getValue()).collect(Collectors.joining(",")));
    p.setProperty("advertised.listeners", ports.keySet().stream()
        .map(each -> each + "://" + HOST + ":" + existing(each, id).port()).collect(Collectors.joining(",")));
    p.setProperty("listener.security.protocol.map",
        ports.keySet().stream().map(each -> each + ":PLAINTEXT").collect(Collectors.joining(",")));
    p.setProperty("inter.broker.listener.name", REPLICATION);
    // The first is the one that this broker asks other controllers by: so each pair has a link of its own.
    p.setProperty("controller.listener.names", Stream.concat(Stream.of(id), others(id))
        .map(BrokerCluster::controllerListener).collect(Collectors.joining(",")));
    p.setProperty("controller.quorum.voters", IntStream.rangeClosed(1, BROKERS)
        .mapToObj(to -> to + "@" + HOST + ":" + controllerLink(id, to).port()).collect(Collectors.joining(",")));
    replicate(p);
    notice(p);
    beSmall(p);
    return p;
  }

  private static void replicate(Properties p) {
    p.setProperty("auto.create.topics.enable", "false");
    p.setProperty("default.replication.factor", "3");
    p.setProperty("min.insync.replicas", "2");
    p.setProperty("unclean.leader.election.enable", "false");
    for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
      p.setProperty(topic + ".num.partitions", "1");
      p.setProperty(topic + ".replication.factor", "3");
    }
    p.setProperty("transaction.state.log.min.isr", "2");
    p.setProperty("share.coordinator.state.topic.min.isr", "2");
    p.setProperty("group.initial.rebalance.delay.ms", "0");
  }

  /** Writes go on some seconds after a death, instead of ten. */
  private static void notice(Properties p) {
    p.setProperty("broker.session.timeout.ms", "2000");
    p.setProperty("broker.heartbeat.interval.ms", "500");
    p.setProperty("controller.quorum.fetch.timeout.ms", "1000");
    p.setProperty("controller.quorum.election.timeout.ms", "500");
    p.setProperty("controller.quorum.election.backoff.max.ms", "500");
    p.setProperty("controller.quorum.request.timeout.ms", "1000");
    p.setProperty("replica.lag.time.max.ms", "3000");
    p.setProperty("replica.socket.timeout.ms", "3000");
    // At least the longest wait of a replica's fetch, and at most the time above.
    p.setProperty("replica.fetch.wait.max.ms", "500");
  }

  private static void beSmall(Properties p) {
    p.setProperty("log.segment.bytes", Integer.toString(64 << 20));
    p.setProperty("log.index.size.max.bytes", Integer.toString(1 << 20));
    p.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
    p.setProperty("metadata.log.segment.bytes", Integer.toString(8 << 20));
    p.setProperty("num.network.threads", "1");
    p.setProperty("num.io.threads", "3");
    p.setProperty("num.replica.fetchers", "1");
    p.setProperty("num.recovery.threads.per.data.dir", "2");
    p.setProperty("background.threads", "2");
    p.setProperty("group.coordinator.threads", "1");
    p.setProperty("share.coordinator.threads", "1");
  }

  private List<String> listeners() {
    return Stream.of(Stream.of(REPLICATION), clients.stream().map(BrokerCluster::listener),
        IntStream.rangeClosed(1, BROKERS).mapToObj(BrokerCluster::controllerListener)).flatMap(each -> each).toList();
  }

  private static String listener(String client) {
    return client.toUpperCase(java.util.Locale.ROOT);
  }

  static String controllerListener(int from) {
    return "CTL" + from;
  }

  private static Stream<Integer> others(int id) {
    return IntStream.rangeClosed(1, BROKERS).filter(other -> other != id).boxed();
  }

  private FaultyLink existing(String listener, int broker) {
    FaultyLink link = links.get(listener + broker);
    if (link == null) {
      throw new IllegalArgumentException("there is no listener " + listener + " at a broker " + broker
          + "; clients are named when the cluster starts: " + clients);
    }
    return link;
  }
}
