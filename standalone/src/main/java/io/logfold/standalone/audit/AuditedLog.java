package io.logfold.standalone.audit;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.log.audit.LogOwner;
import io.logfold.log.embedded.BrokerStartException;
import io.logfold.log.embedded.EmbeddedBroker;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.standalone.dev.BrokerAddress;
import io.logfold.standalone.node.NodeIdentity;
import io.logfold.standalone.node.StartupException;
import io.logfold.standalone.server.ServerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A log that is read beside its store, without asking any node: an auditor need not believe the nodes.
 *
 * <p>The log of a data folder whose node is stopped is served by a broker that this object starts and, when it is closed or
 * the process ends, stops. That broker writes what brokers write about themselves, and nothing to the store's topic.
 */
public final class AuditedLog implements AutoCloseable {
  private static final String CLIENT = "logfold-audit";

  private final KafkaLogsConfig kafka;
  private final String store;
  private final int partitions;
  private final @Nullable EmbeddedBroker broker;
  private final @Nullable Thread closeAtEnd;

  private AuditedLog(KafkaLogsConfig kafka, Optional<String> store, @Nullable EmbeddedBroker broker) {
    this.kafka = kafka;
    this.broker = broker;
    this.closeAtEnd = broker == null ? null : new Thread(broker::close, "audited-broker-close");
    if (closeAtEnd != null) {
      Runtime.getRuntime().addShutdownHook(closeAtEnd);
    }
    try (KafkaLogScan scan = KafkaLogScan.open(kafka)) {
      this.partitions = scan.partitions().orElseThrow(() -> new StoreException(ErrorCode.INVALID_ARGUMENT, "Kafka at "
          + kafka.bootstrapServers() + " has no topic " + kafka.topic() + "; give the topic of a store"));
      this.store = owner(scan, store);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private String owner(LogScan scan, Optional<String> asked) {
    Optional<String> owner = LogOwner.find(scan, partitions);
    if (asked.isPresent() && owner.isPresent() && !owner.equals(asked)) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "topic " + kafka.topic() + " is the log of the store '"
          + owner.get() + "', asked for was '" + asked.get() + "'; give that store's topic");
    }
    return asked.or(() -> owner).orElseThrow(() -> new StoreException(ErrorCode.INVALID_ARGUMENT, "no record of topic "
        + kafka.topic() + " says which store it is of; give --store, or the topic of a store"));
  }

  /**
   * A topic of a Kafka cluster.
   *
   * @param connection further settings of the Kafka client
   * @param store whose log it must be; empty: whatever its records say
   * @throws StoreException UNAVAILABLE where Kafka cannot be reached; INVALID_ARGUMENT where it has no such log
   */
  public static AuditedLog ofTopic(String servers, String topic, Map<String, String> connection, Optional<String> store) {
    return new AuditedLog(KafkaLogsConfig.defaults(servers, topic, CLIENT).withConnection(connection), store, null);
  }

  /** The log of the store that a node's configuration file names. */
  public static AuditedLog ofConfig(ServerConfig config) {
    return ofTopic(config.bootstrapServers(), config.topic(), config.connection(), Optional.of(config.identity().store()));
  }

  /**
   * The log of a data folder of development mode, whether its node runs or not.
   *
   * @throws StartupException where it is none
   */
  public static AuditedLog ofData(Path folder) throws StartupException {
    Path data = folder.toAbsolutePath().normalize();
    Path kafka = data.resolve("kafka");
    if (!Files.isDirectory(kafka)) {
      throw new StartupException(data + " is not the data folder of a development node: it holds no folder 'kafka'");
    }
    NodeIdentity identity = NodeIdentity.find(data, 0);
    String topic = "logfold." + identity.store();
    Optional<String> store = Optional.of(identity.store());
    try {
      EmbeddedBroker started = EmbeddedBroker.builder(kafka).start();
      return new AuditedLog(KafkaLogsConfig.defaults(started.bootstrapServers(), topic, CLIENT), store, started);
    } catch (BrokerStartException e) {
      Optional<String> address = e.folderInUse() ? BrokerAddress.read(data) : Optional.empty();
      return ofTopic(address.orElseThrow(() -> new StartupException(String.valueOf(e.getMessage()), e)), topic, Map.of(),
          store);
    }
  }

  public String store() {
    return store;
  }

  public String topic() {
    return kafka.topic();
  }

  public int partitions() {
    return partitions;
  }

  public LogScan.Opener opener() {
    return KafkaLogScan.opener(kafka);
  }

  @Override
  public void close() {
    if (broker == null || closeAtEnd == null) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(closeAtEnd);
    } catch (IllegalStateException e) {
      // The process is ending; closing twice is harmless.
    }
    broker.close();
  }
}
