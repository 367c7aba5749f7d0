package io.logfold.standalone.dev;

import io.logfold.api.Store;
import io.logfold.log.GenesisConfig;
import io.logfold.log.embedded.EmbeddedBroker;
import io.logfold.log.kafka.Finding;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicCheck;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.projector.table.Tables;
import io.logfold.query.Incumbent;
import io.logfold.query.LeaderClock;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import io.logfold.query.server.rest.PrincipalSource;
import io.logfold.query.tables.TableRegistry;
import io.logfold.query.values.MasterKey;
import io.logfold.standalone.node.NodeIdentity;
import io.logfold.standalone.node.NodeParts;
import io.logfold.standalone.node.RunningNode;
import io.logfold.standalone.node.Startup;
import io.logfold.standalone.node.StartupException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Development mode: an embedded broker and all parts of a node in one process, from one data folder. Where one cannot
 * be started, those before it are closed again; the broker is closed last.
 */
public final class EmbeddedNode implements RunningNode {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedNode.class);
  private static final Duration WITHIN = Duration.ofSeconds(15);

  private final DevOptions options;
  private final Consumer<String> onFatal;
  private volatile String failure = "";
  private String url = "";
  private @Nullable EmbeddedBroker broker;
  private @Nullable NodeParts parts;
  private boolean closed;

  private EmbeddedNode(DevOptions options, Consumer<String> onFatal) {
    this.options = options;
    this.onFatal = onFatal;
  }

  /**
   * Starts a node and waits until it answers.
   *
   * @param onFatal told, from any thread, when the broker dies while the node runs: the process should end
   */
  public static EmbeddedNode start(DevOptions options, Consumer<String> onFatal) throws StartupException {
    EmbeddedNode node = new EmbeddedNode(options, onFatal);
    return Startup.run(node, node::startParts);
  }

  private void startParts() throws StartupException, InterruptedException {
    // What can be refused is refused before anything is written.
    int port = Startup.choosePort(options.host(), options.port(), "--port");
    Tables.driver(options.table());
    Optional<MasterKey> master = options.masterKey().map(MasterKey::read);
    Path data = options.data().toAbsolutePath().normalize();
    TableRegistry.check(NodeParts.tablesFile(data));
    NodeIdentity identity = NodeIdentity.find(data, options.partitions());
    Startup.makeFolder(data);
    NodeParts.preloadServer();
    EmbeddedBroker started = EmbeddedBroker.builder(data.resolve("kafka")).onFatal(this::brokerFailed).start();
    broker = started;
    identity.keepIn(data);
    BrokerAddress.write(data, started.bootstrapServers());
    String topic = "logfold." + identity.store();
    prepareTopic(started.bootstrapServers(), topic, identity.partitions());

    String address = "http://" + options.host() + ":" + port;
    LeaderClock clock = LeaderClock.SYSTEM;
    NodeParts opening = new NodeParts(new NodeParts.Settings(identity, GenesisConfig.defaults(identity.partitions()),
        KafkaLogsConfig.defaults(started.bootstrapServers(), topic, identity.node()), data, options.table(),
        options.host(), port, address, options.memtableBytes(),
        options.principalSource().equals("header") ? PrincipalSource.HEADER : PrincipalSource.NONE,
        options.history(), master, TopicCheck.Mode.DEVELOPMENT, AccessKeys.any()), clock);
    parts = opening;
    opening.open(new DiskWatermark(() -> data.toFile().getUsableSpace(), options.leastFreeDiskBytes(), clock),
        Incumbent.NONE);
    opening.serve(opening.node().store(), () -> started.failure().map(why -> "the broker failed: " + why));
    url = address;
  }

  /** For those who read the log: its port is another one each time. */
  private void brokerFailed(String why) {
    failure = why;
    onFatal.accept(why);
  }

  @Override
  public Optional<String> failure() {
    String why = failure;
    return why.isEmpty() ? Optional.empty() : Optional.of("the embedded broker failed: " + why);
  }

  private static void prepareTopic(String bootstrapServers, String topic, int partitions) {
    TopicSetup.createIfAbsent(bootstrapServers, TopicSpec.development(topic, partitions), Map.of(), WITHIN);
    List<Finding> findings =
        TopicCheck.check(bootstrapServers, topic, partitions, TopicCheck.Mode.DEVELOPMENT, Map.of(), WITHIN);
    String relaxed = findings.stream().filter(finding -> finding.severity() == Finding.Severity.RELAXED)
        .map(finding -> finding.setting() + "=" + finding.actual() + " (should be " + finding.expected() + ")")
        .collect(Collectors.joining(", "));
    if (!relaxed.isEmpty()) {
      log.info("development mode relaxes {}: an acknowledged write survives kill -9 of the process, not the loss of"
          + " this machine", relaxed);
    }
  }

  @Override
  public String url() {
    return url;
  }

  /** The store in this process, as the server has it. Closing it is the node's affair. */
  public Store store() {
    return parts().store();
  }

  /** The node's tables; likewise. */
  public TableRegistry tables() {
    return parts().tables();
  }

  /** Where Kafka clients find the embedded broker, {@code HOST:PORT}. */
  public String bootstrapServers() {
    return Objects.requireNonNull(broker, "a node that start() returned has a broker").bootstrapServers();
  }

  private NodeParts parts() {
    return Objects.requireNonNull(parts, "a node that start() returned has its parts");
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (parts != null) {
      parts.close();
    }
    if (broker != null) {
      BrokerAddress.remove(options.data());
      broker.close();
    }
  }
}
