package io.logfold.standalone.node;

import io.logfold.api.CallOptions;
import io.logfold.api.Store;
import io.logfold.log.GenesisConfig;
import io.logfold.log.PartitionHash;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogs;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicCheck;
import io.logfold.query.Incumbent;
import io.logfold.query.LeaderClock;
import io.logfold.query.LeaderConfig;
import io.logfold.query.PartitionPolicies;
import io.logfold.query.StoreNode;
import io.logfold.query.WriteGate;
import io.logfold.query.cluster.ClusterNode;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.MeteredStore;
import io.logfold.query.server.Readiness;
import io.logfold.query.server.TableGauges;
import io.logfold.query.server.dynamodb.DynamoService;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import io.logfold.query.server.grpc.KvGrpcService;
import io.logfold.query.server.grpc.SessionLimits;
import io.logfold.query.server.rest.PoliciesService;
import io.logfold.query.server.rest.PrincipalSource;
import io.logfold.query.server.rest.TablesService;
import io.logfold.query.server.rest.VerificationsService;
import io.logfold.query.tables.TableRegistry;
import io.logfold.query.tables.TablesAdmin;
import io.logfold.query.tables.Verifications;
import io.logfold.query.values.EncryptedValues;
import io.logfold.query.values.KafkaKeyVault;
import io.logfold.query.values.MasterKey;
import io.logfold.query.values.Values;
import io.logfold.query.watch.WatchSettings;
import io.logfold.query.watch.Watches;
import io.logfold.query.watch.WatchingStore;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every node consists of, given its topic and its identity: tables with their projectors, the log, the leaders,
 * the server. They are started in the order in which they need each other and closed in the opposite one: the server
 * takes nothing new, leaders resign, projectors apply what waits.
 *
 * <p>{@link #open} and {@link #serve} are called once each, by the thread that starts the node; what lies between them
 * in the order of starts is handed to {@link #keep}. {@link #close} may be called from any thread, also where a start
 * failed half way.
 */
public final class NodeParts implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NodeParts.class);
  private static final long READY_MS = 60_000;
  private static final CallOptions VIEW = CallOptions.timeoutMs(2_000);
  private static final int TABLE_THREADS = 4;

  /** Of all partitions; the producer's own limit leaves room for a largest commit of each on top, and for claims. */
  private static final long IN_FLIGHT_BYTES = 16L << 20;

  /**
   * @param kafka where the log is, and how to get there
   * @param data folder of what this node keeps
   * @param table URL of the table
   * @param host to listen on
   * @param port to listen on
   * @param address what clients and other nodes are told, {@code http://HOST:PORT}
   * @param memtableBytes of all partitions together
   * @param history whether a history is kept beside the table
   * @param masterKey for values that can be redacted; empty: this node refuses to store or show them
   * @param mode how strictly the topic of their keys is checked
   * @param accessKeys that requests of DynamoDB's API may be signed with; where there are none, it is not offered
   */
  public record Settings(NodeIdentity identity, GenesisConfig genesis, KafkaLogsConfig kafka, Path data, String table,
      String host, int port, String address, long memtableBytes, PrincipalSource principalSource, boolean history,
      Optional<MasterKey> masterKey, TopicCheck.Mode mode, AccessKeys accessKeys) {}

  private final Settings settings;
  private final LeaderClock clock;
  private final ArrayDeque<AutoCloseable> parts = new ArrayDeque<>();
  private @Nullable TableRegistry tables;
  private @Nullable StoreNode node;
  private @Nullable Store store;
  private Supplier<Optional<String>> vaultTrouble = Optional::empty;
  private boolean closed;

  public NodeParts(Settings settings, LeaderClock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** A server has thousands of classes: they are loaded while others are waited for. */
  public static void preloadServer() {
    Thread thread = new Thread(LogfoldServer::preload, "logfold-preload");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Opens tables and log, and begins to read and to claim.
   *
   * @param incumbent how other nodes are asked
   */
  public void open(WriteGate gate, Incumbent incumbent) {
    NodeIdentity identity = settings.identity();
    KafkaLogsConfig kafka = settings.kafka();
    tables = keep(TableRegistry.open(new TableRegistry.Config(identity.store(), identity.partitions(),
        identity.node(), kafka.bootstrapServers(), kafka.topic(), settings.data().resolve("streams"),
        tablesFile(settings.data()), KafkaLogScan.opener(kafka), kafka.connection(), settings.history()),
        settings.table()));
    KafkaLogs logs = keep(KafkaLogs.open(kafka));
    LeaderConfig leader = LeaderConfig.defaults(identity.node(), settings.address())
        .withMemtableLimitBytes(settings.memtableBytes() / identity.partitions())
        .withMaxInFlightBytes(IN_FLIGHT_BYTES / identity.partitions());
    node = keep(StoreNode.start(
        new StoreNode.Config(identity.store(), settings.genesis(), leader,
            Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors())), TABLE_THREADS),
        logs::log, tables, incumbent, clock, new SecureRandom(), gate, values()));
  }

  /** With a master key, the key vault is opened and read whole before anything is answered. */
  private Function<Executor, Values> values() {
    String store = settings.identity().store();
    if (settings.masterKey().isEmpty()) {
      return threads -> Values.plainOnly(store);
    }
    MasterKey master = settings.masterKey().get();
    KafkaLogsConfig kafka = settings.kafka();
    KafkaKeyVault vault = keep(KafkaKeyVault.open(new KafkaKeyVault.Settings(store, kafka.bootstrapServers(), kafka.topic(),
        kafka.topic() + ".keys", settings.identity().node(), settings.mode(),
        KafkaKeyVault.mostKeys(Runtime.getRuntime().maxMemory()), kafka.connection(), Duration.ofSeconds(10)), master,
        this::holdsEncryptedValues));
    vaultTrouble = vault::failure;
    log.info("values can be redacted: {} keys are known, under {}", vault.size(), master);
    return threads -> Values.encrypting(store, master, vault, new SecureRandom(), threads);
  }

  /** Asked once in a store's life, when its key vault is begun; or where that was lost. */
  private boolean holdsEncryptedValues() {
    log.info("looking through the log for encrypted values, before a key vault is begun");
    return EncryptedValues.in(KafkaLogScan.opener(settings.kafka()), settings.identity().partitions());
  }

  /** Where the list of tables is kept, in a data folder. */
  public static Path tablesFile(Path data) {
    return data.resolve("tables.json");
  }

  /**
   * Waits until every partition has a leader, this node or another, and begins to listen.
   *
   * @param front what clients ask: the node's own store, or one that knows other nodes
   * @param trouble why the node should get no requests, beside what its parts know; must not block
   */
  public <S extends Store & PartitionPolicies> void serve(S front, Supplier<Optional<String>> trouble)
      throws StartupException, InterruptedException {
    StoreNode leaders = node();
    leaders.awaitReady(READY_MS);
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    Watches watches = keep(tables().historyMoved().map(moved -> Watches.over(front, moved, WatchSettings.DEFAULT))
        .orElseGet(() -> Watches.polling(front, WatchSettings.DEFAULT)));
    MeteredStore metered = new MeteredStore(new WatchingStore(front, watches), meters);
    store = metered;
    TablesAdmin admin = new TablesAdmin(leaders, tables(), InstantSource.system());
    Verifications verifications = keep(new Verifications(tables(), scratchFolder(settings.data())));
    KnownLeaders known = new KnownLeaders(leaders);
    LogfoldServer.Builder server = LogfoldServer.builder(metered);
    if (settings.accessKeys().isOffered()) {
      server.dynamo(new DynamoService(metered, settings.accessKeys(), InstantSource.system(), new SecureRandom()));
    }
    keep(server.host(settings.host()).port(settings.port())
        .grpc(new KvGrpcService(metered, new ClusterNode(leaders), SessionLimits.DEFAULT))
        .principalSource(settings.principalSource())
        .tables(new TablesService(admin, new VerificationsService(verifications), settings.principalSource()))
        .policies(new PoliciesService(front, settings.identity().partitions(), settings.principalSource(),
            InstantSource.system(), new SecureRandom()))
        .tableGauges(keep(new TableGauges(meters, admin::standings)))
        .partitionOf(key -> OptionalInt.of(PartitionHash.partition(key, settings.identity().partitions())))
        .readiness(() -> trouble.get()
            .or(() -> leaders.halted().map(why -> "stopped for good: " + why))
            .or(vaultTrouble)
            .or(known::missing)
            .or(admin::halted)
            .map(Readiness::notReady).orElse(Readiness.READY))
        .meterRegistry(meters)
        .partitionGauges(() -> leaders.store().cluster(VIEW))
        .start());
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

  /** Closed before what was started before it, and after what is started after it. */
  public <T extends AutoCloseable> T keep(T part) {
    parts.push(part);
    return part;
  }

  /** Of an open node. */
  public StoreNode node() {
    return Objects.requireNonNull(node, "open() makes the leaders");
  }

  /** Of an open node. */
  public TableRegistry tables() {
    return Objects.requireNonNull(tables, "open() makes the tables");
  }

  /** As the server has it. Closing it is this node's affair. */
  public Store store() {
    return Objects.requireNonNull(store, "serve() makes the store");
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
