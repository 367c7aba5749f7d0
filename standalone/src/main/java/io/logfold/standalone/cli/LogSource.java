package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.standalone.audit.AuditedLog;
import io.logfold.standalone.node.StartupException;
import io.logfold.standalone.server.ServerConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of a command that reads a log itself: where it lies. */
final class LogSource {
  @Option(names = "--kafka", paramLabel = "HOST:PORT", description = "Kafka's bootstrap servers; needs --topic.")
  @Nullable String kafka;

  @Option(names = "--topic", paramLabel = "NAME", description = "The store's topic.")
  @Nullable String topic;

  @Option(names = "--kafka-config", paramLabel = "FILE", description = "Further settings of the Kafka client, such as"
      + " security: keys kafka.*, as in a server's configuration file.")
  @Nullable Path kafkaConfig;

  @Option(names = "--store", paramLabel = "NAME", description = "Refuse the log of another store. Default: what its first"
      + " records say.")
  @Nullable String store;

  @Option(names = "--config", paramLabel = "FILE", description = "A server's configuration file, instead of --kafka.")
  @Nullable Path config;

  @Option(names = "--data", paramLabel = "DIR", description = "The data folder of 'logfold dev', running or stopped, instead"
      + " of --kafka.")
  @Nullable Path data;

  /** Blocks; where the log cannot be reached, or is none, says so. */
  AuditedLog open(CliIo io) {
    if (Stream.of(kafka, config, data).filter(Objects::nonNull).count() != 1 || (kafka == null) != (topic == null)
        || (kafka == null && (kafkaConfig != null || store != null))) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "where is the log? expected one of: --kafka HOST:PORT --topic"
          + " NAME (with --kafka-config FILE and --store NAME where needed), --config FILE, --data DIR");
    }
    try {
      if (kafka != null && topic != null) {
        Map<String, String> connection =
            kafkaConfig == null ? Map.of() : ServerConfig.connection(kafkaConfig, io.environment());
        return AuditedLog.ofTopic(kafka, topic, connection, Optional.ofNullable(store));
      }
      return config != null ? AuditedLog.ofConfig(ServerConfig.read(config, io.environment()))
          : AuditedLog.ofData(Objects.requireNonNull(data, "one of the three is given"));
    } catch (StartupException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()), e);
    }
  }
}
