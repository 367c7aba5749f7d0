package io.logfold.standalone.dev;

import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.log.GenesisConfig;
import io.logfold.log.PartitionHash;
import io.logfold.log.embedded.BrokerStartException;
import io.logfold.log.embedded.EmbeddedBroker;
import io.logfold.log.kafka.Finding;
import io.logfold.log.kafka.KafkaLogs;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicCheck;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import io.logfold.query.Incumbent;
import io.logfold.query.LeaderClock;
import io.logfold.query.LeaderConfig;
import io.logfold.query.StoreNode;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.MeteredStore;
import io.logfold.query.server.Readiness;
import io.logfold.query.server.TableGauges;
import io.logfold.query.server.grpc.KvGrpcService;
import io.logfold.query.server.rest.PrincipalSource;
import io.logfold.query.server.rest.TablesService;
import io.logfold.query.server.rest.VerificationsService;
import io.logfold.query.tables.TableRegistry;
import io.logfold.query.tables.TablesAdmin;
import io.logfold.query.tables.Verifications;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Development mode: an embedded broker, leaders, projector, table and server in one process, from one data folder. Parts
 * are started in the order in which they need each other and closed in the opposite one; where one cannot be started,
 * those before it are closed again.
 */
public final class EmbeddedNode implements DevNode {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedNode.class);
  private static final Duration WITHIN = Duration.ofSeconds(15);
  private static final long READY_MS = 60_000;
  private static final int TABLE_THREADS = 4;

  /** Of all partitions together; the producer's own limit leaves room for a largest commit of each on top, and for claims. */
  private static final long IN_FLIGHT_BYTES = 16L << 20;

  private final ArrayDeque<AutoCloseable> parts = new ArrayDeque<>();
  private final DevOptions options;
  private final Consumer<String> onFatal;
  private volatile String failure = "";
  private String url = "";
  private String bootstrapServers = "";
  private @Nullable Store store;
  private @Nullable TableRegistry tables;
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
    try {
      node.startParts();
      return node;
    } catch (BrokerStartException | StoreException | TableException e) {
      node.close();
      throw new StartupException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      node.close();
      Thread.currentThread().interrupt();
      throw new StartupException("interrupted while starting", e);
    } catch (StartupException | RuntimeException e) {
      node.close();
      throw e;
    }
  }

  private void startParts() throws StartupException, InterruptedException {
    // What can be refused is refused before anything is written.
    int port = checkPort();
    Tables.driver(options.table());
    Path data = options.data().toAbsolutePath().normalize();
    TableRegistry.check(data.resolve("tables.json"));
    NodeIdentity identity = NodeIdentity.find(data, options.partitions());
    try {
      Files.createDirectories(data);
    } catch (IOException e) {
      throw new StartupException("cannot make the data folder " + data + ": " + e
          + "; take a folder that this user may write", e);
    }
    preloadServer();
    EmbeddedBroker broker = keep(EmbeddedBroker.builder(data.resolve("kafka")).onFatal(this::brokerFailed).start());
    bootstrapServers = broker.bootstrapServers();
    identity.keepIn(data);
    String topic = "logfold." + identity.store();
    prepareTopic(broker.bootstrapServers(), topic, identity.partitions());

    KafkaLogsConfig kafka = KafkaLogsConfig.defaults(broker.bootstrapServers(), topic, identity.node());
    TableRegistry registry = keep(TableRegistry.open(new TableRegistry.Config(identity.store(), identity.partitions(),
        identity.node(), broker.bootstrapServers(), topic, data.resolve("streams"), data.resolve("tables.json"),
        KafkaLogScan.opener(kafka)), options.table()));
    tables = registry;

    KafkaLogs logs = keep(KafkaLogs.open(kafka));
    LeaderConfig leader = LeaderConfig.defaults(identity.node(), "http://" + options.host() + ":" + port)
        .withMemtableLimitBytes(options.memtableBytes() / identity.partitions())
        .withMaxInFlightBytes(IN_FLIGHT_BYTES / identity.partitions());
    LeaderClock clock = LeaderClock.SYSTEM;
    StoreNode node = keep(StoreNode.start(
        new StoreNode.Config(identity.store(), GenesisConfig.defaults(identity.partitions()), leader,
            Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors())), TABLE_THREADS),
        logs::log, registry, Incumbent.NONE, clock, new SecureRandom(),
        new DiskWatermark(() -> data.toFile().getUsableSpace(), options.leastFreeDiskBytes(), clock)));
    node.awaitReady(READY_MS);

    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    MeteredStore metered = new MeteredStore(node.store(), meters);
    store = metered;
    PrincipalSource principalSource =
        options.principalSource().equals("header") ? PrincipalSource.HEADER : PrincipalSource.NONE;
    TablesAdmin admin = new TablesAdmin(node, registry, InstantSource.system());
    Verifications verifications = keep(new Verifications(registry, scratchFolder(data)));
    LogfoldServer server = keep(LogfoldServer.builder(metered).host(options.host()).port(port)
        .grpc(new KvGrpcService(metered))
        .principalSource(principalSource)
        .tables(new TablesService(admin, new VerificationsService(verifications), principalSource))
        .tableGauges(keep(new TableGauges(meters, admin::standings)))
        .partitionOf(key -> OptionalInt.of(PartitionHash.partition(key, identity.partitions())))
        .readiness(() -> broker.failure().map(why -> "the broker failed: " + why)
            .or(() -> node.halted().map(why -> "stopped for good: " + why))
            .or(admin::halted)
            .map(Readiness::notReady).orElse(Readiness.READY))
        .meterRegistry(meters)
        .start());
    url = "http://" + options.host() + ":" + server.port();
  }

  /** Where verifications keep what they need for a while; what one that was killed has left there is removed. */
  private static Path scratchFolder(Path data) throws StartupException {
    Path scratch = data.resolve("scratch");
    try {
      if (Files.exists(scratch)) {
        try (Stream<Path> files = Files.walk(scratch)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
      return Files.createDirectories(scratch);
    } catch (IOException e) {
      throw new StartupException("cannot clear the folder " + scratch + ": " + e, e);
    }
  }

  /**
   * The port to listen on: the one asked for, where it is free (the most likely reason why a second node does not
   * start), or a free one. It is known before the server listens, because claims of leadership name it.
   */
  private int checkPort() throws StartupException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(options.host()), options.port()));
      return probe.getLocalPort();
    } catch (IOException e) {
      throw new StartupException("cannot listen on " + options.host() + ":" + options.port() + ": " + e.getMessage()
          + "; stop what listens there, or choose another --port", e);
    }
  }

  /** A server has thousands of classes: they are loaded while the broker starts, which mostly waits. */
  private static void preloadServer() {
    Thread thread = new Thread(LogfoldServer::preload, "logfold-preload");
    thread.setDaemon(true);
    thread.start();
  }

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

  private <T extends AutoCloseable> T keep(T part) {
    parts.push(part);
    return part;
  }

  @Override
  public String url() {
    return url;
  }

  /** The store in this process, as the server has it. Closing it is the node's affair. */
  public Store store() {
    return Objects.requireNonNull(store, "a node that start() returned has a store");
  }

  /** The node's tables; likewise. */
  public TableRegistry tables() {
    return Objects.requireNonNull(tables, "a node that start() returned has tables");
  }

  /** Where Kafka clients find the embedded broker, {@code HOST:PORT}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.warn("{} did not close in order", part.getClass().getSimpleName(), e);
      }
    }
  }
}
