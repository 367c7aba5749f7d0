package io.logfold.standalone.server;

import io.logfold.api.StoreException;
import io.logfold.log.GenesisConfig;
import io.logfold.log.PartitionHash;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicCheck;
import io.logfold.projector.table.Tables;
import io.logfold.query.server.rest.PrincipalSource;
import io.logfold.standalone.node.NodeIdentity;
import io.logfold.standalone.node.StartupException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a node of a cluster is told: its configuration file, read and checked as a whole before anything is begun.
 * docs/OPERATIONS.md has the table of keys.
 *
 * @param identity store, node and partitions; store and partitions are the same in every node's file
 * @param bootstrapServers of Kafka
 * @param connection further settings for all Kafka clients: keys {@code kafka.*} without that prefix
 * @param relaxed whether fewer than three replicas will do, for trying out
 * @param topic the store's log
 * @param host to listen on
 * @param port to listen on; 0: any free one
 * @param advertised what clients and other nodes are told; empty: where it listens
 * @param data folder of what this node keeps
 * @param table URL of the table that the store begins with
 * @param memtableBytes of all partitions together
 * @param leaseTtlMs goes into Genesis: fixed for the life of the store
 * @param placementGroup consumer group of the nodes
 * @param placementMoves whether leaderships move where placement wants them
 * @param history whether a history is kept beside the table
 * @param masterKeyFile for values that can be redacted; empty: this node refuses to store or show them
 * @param accessKeysFile of those who may use DynamoDB's API; empty: it is not offered
 */
public record ServerConfig(NodeIdentity identity, String bootstrapServers, Map<String, String> connection,
    boolean relaxed, String topic, String host, int port, Optional<String> advertised, Path data, String table,
    long memtableBytes, PrincipalSource principalSource, long leaseTtlMs, String placementGroup, boolean placementMoves,
    boolean history, Optional<Path> masterKeyFile, Optional<Path> accessKeysFile) {

  /** @throws StartupException with the first thing that is wrong in it, and what was expected */
  public static ServerConfig read(Path file, Map<String, String> environment) throws StartupException {
    ConfigFile config = ConfigFile.read(file, environment);
    NodeIdentity identity = new NodeIdentity(
        config.name("store"), config.name("node"), (int) config.number("partitions", Optional.empty(), 1, 10_000));
    String topic = config.text("topic", Optional.of("logfold." + identity.store()));
    String host = config.text("listen.host", Optional.of("127.0.0.1"));
    int port = (int) config.number("listen.port", Optional.of(7171L), 0, 65_535);
    Path data = Path.of(config.text("data", Optional.empty())).toAbsolutePath().normalize();
    String table = config.text("table", Optional.of("rocksdb:" + data.resolve("table")));
    try {
      Tables.driver(table);
    } catch (StoreException e) {
      throw config.wrong("table", String.valueOf(e.getMessage()));
    }
    return new ServerConfig(identity, config.text("kafka.bootstrap.servers", Optional.empty()), config.connection(),
        config.oneOf("kafka.relaxed", "false", "true").equals("true"), topic, host, port, address(config, host),
        data, table, config.number("memtable.mib", Optional.of(256L), 1, 1 << 20) << 20,
        config.oneOf("principal.source", "none", "header").equals("header")
            ? PrincipalSource.HEADER : PrincipalSource.NONE,
        config.number("lease.ttl.ms", Optional.of(3_000L), 200, 60_000),
        config.text("placement.group", Optional.of(topic + ".placement")),
        config.oneOf("placement.moves", "on", "off").equals("on"), config.oneOf("history", "on", "off").equals("on"),
        file(config, "redaction.master-key-file"), file(config, "dynamodb.access-keys-file"));
  }

  /**
   * The {@code kafka.*} keys of a file of this form, which may hold nothing else: how a Kafka client connects.
   *
   * @throws StartupException with the first thing that is wrong in it
   */
  public static Map<String, String> connection(Path file, Map<String, String> environment) throws StartupException {
    return ConfigFile.read(file, environment).connection();
  }

  private static Optional<Path> file(ConfigFile config, String key) throws StartupException {
    return Optional.of(config.text(key, Optional.of(""))).filter(text -> !text.isEmpty()).map(Path::of);
  }

  private static Optional<String> address(ConfigFile config, String host) throws StartupException {
    String key = "advertised.address";
    boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
    String address = config.text(key, everywhere ? Optional.empty() : Optional.of(""));
    try {
      URI uri = URI.create(address);
      if (address.isEmpty() || ("http".equals(uri.getScheme()) && uri.getHost() != null && uri.getPort() > 0
          && uri.getRawPath().isEmpty() && uri.getRawQuery() == null)) {
        return Optional.of(address).filter(text -> !text.isEmpty());
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw config.wrong(key,
        "must be http://HOST:PORT, as clients and other nodes reach this one, got '" + address + "'");
  }

  KafkaLogsConfig kafka() {
    return KafkaLogsConfig.defaults(bootstrapServers, topic, identity.node()).withConnection(connection);
  }

  GenesisConfig genesis() {
    GenesisConfig defaults = GenesisConfig.defaults(identity.partitions());
    return new GenesisConfig(identity.partitions(), PartitionHash.NAME, leaseTtlMs, defaults.driftPermille(),
        defaults.dedupeWindowMs(), defaults.dedupeMax());
  }

  TopicCheck.Mode mode() {
    return relaxed ? TopicCheck.Mode.DEVELOPMENT : TopicCheck.Mode.STRICT;
  }
}
