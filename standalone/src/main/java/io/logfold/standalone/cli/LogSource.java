package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.standalone.dev.EmbeddedNode;
import io.logfold.standalone.jsonl.EventsExport;
import io.logfold.standalone.node.NodeIdentity;
import io.logfold.standalone.node.StartupException;
import io.logfold.standalone.server.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command that reads a store's log itself, past the servers: where it is. */
final class LogSource {
  @Option(names = "--config", paramLabel = "FILE", description = "The log of the store that this node's configuration file"
      + " names, as for 'server'.")
  @Nullable Path config;

  @Option(names = "--data", paramLabel = "DIR", description = "The log of the store that 'logfold dev' runs on this folder.")
  @Nullable Path data;

  @Option(names = "--kafka", paramLabel = "HOST:PORT", description = "The log that lies there; with --topic.")
  @Nullable String kafka;

  @Option(names = "--topic", paramLabel = "NAME", description = "The log's topic, with --kafka.")
  @Nullable String topic;

  @Option(names = "--store", paramLabel = "NAME", description = "The store whose records count, with --kafka. Default: the one"
      + " whose Genesis comes first.")
  @Nullable String store;

  /** A store's log, open; whoever has it closes it. */
  record Log(KafkaLogScan scan, String store, String topic, int partitions) implements AutoCloseable {
    @Override
    public void close() {
      scan.close();
    }
  }

  /**
   * @param client who asks, for Kafka's logs
   * @throws StoreException INVALID_ARGUMENT where the options do not name a log, UNAVAILABLE where it cannot be reached
   */
  Log open(CliIo io, String client) {
    Path file = config;
    Path folder = data;
    String servers = kafka;
    String named = topic;
    if ((file == null ? 0 : 1) + (folder == null ? 0 : 1) + (servers == null ? 0 : 1) != 1) {
      throw refused("this command reads the log itself: say where it is, by one of --config FILE, --data DIR (of 'logfold"
          + " dev') and --kafka HOST:PORT with --topic NAME");
    }
    if (servers == null && (named != null || store != null)) {
      throw refused("--topic and --store go with --kafka alone");
    }
    try {
      if (file != null) {
        ServerConfig found = ServerConfig.read(file, io.environment());
        return open(KafkaLogsConfig.defaults(found.bootstrapServers(), found.topic(), client)
            .withConnection(found.connection()), found.identity().store());
      }
      if (folder != null) {
        String found = NodeIdentity.find(folder, 0).store();
        return open(KafkaLogsConfig.defaults(brokerOf(folder), "logfold." + found, client), found);
      }
    } catch (StartupException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()), e);
    }
    if (named == null || servers == null) {
      throw refused("--kafka " + servers + " needs --topic NAME");
    }
    return open(KafkaLogsConfig.defaults(servers, named, client), store);
  }

  private static String brokerOf(Path data) {
    Path file = data.resolve(EmbeddedNode.BROKER_ADDRESS);
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, file + " cannot be read, which 'logfold dev --data " + data
          + "' writes when it starts: " + e, e);
    }
  }

  private static Log open(KafkaLogsConfig where, @Nullable String store) {
    KafkaLogScan scan;
    try {
      scan = KafkaLogScan.open(where);
    } catch (org.apache.kafka.common.KafkaException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "Kafka at " + where.bootstrapServers() + " cannot be asked: "
          + (e.getCause() == null ? e : e.getCause()).getMessage(), e);
    }
    try {
      int partitions = scan.partitions().orElseThrow(() -> refused(
          "there is no topic " + where.topic() + " at " + where.bootstrapServers()));
      return new Log(scan, store != null ? store : EventsExport.storeOf(scan, where.topic()), where.topic(), partitions);
    } catch (RuntimeException e) {
      scan.close();
      throw e;
    }
  }

  private static StoreException refused(String why) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, why);
  }
}
