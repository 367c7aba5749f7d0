package io.logfold.log.kafka;

import io.logfold.log.GenesisConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a topic of a store must be.
 *
 * @param partitions fixed for life: of a log, Genesis says the same
 * @param configs the settings but for its replicas
 */
public record TopicSpec(String topic, int partitions, int replication, int minInSyncReplicas, Map<String, String> configs) {
  public TopicSpec {
    configs = Map.copyOf(configs);
  }

  /** A log. */
  public TopicSpec(String topic, int partitions, int replication, int minInSyncReplicas) {
    this(topic, partitions, replication, minInSyncReplicas, fixedConfigs());
  }

  /** As the proof needs it: three replicas, two of which have every acknowledged record. */
  public static TopicSpec replicated(String topic, int partitions) {
    return new TopicSpec(topic, partitions, 3, 2);
  }

  /** For the one broker of development mode. */
  public static TopicSpec development(String topic, int partitions) {
    return new TopicSpec(topic, partitions, 1, 1);
  }

  /** A log's settings but for its replicas: no mode relaxes them. */
  static Map<String, String> fixedConfigs() {
    Map<String, String> configs = new LinkedHashMap<>();
    // Compaction could keep a void record and drop the valid one.
    configs.put("cleanup.policy", "delete");
    configs.put("retention.ms", "-1");
    configs.put("retention.bytes", "-1");
    configs.put("max.message.bytes", Integer.toString(KafkaLogsConfig.MAX_MESSAGE_BYTES));
    configs.put("unclean.leader.election.enable", "false");
    configs.put("compression.type", "producer");
    // A leader whose clock runs ahead would date its events ahead, and expire everybody's requests with them: the broker
    // refuses such records.
    configs.put("message.timestamp.after.max.ms", Long.toString(GenesisConfig.MAX_CLOCK_LEAD_MS));
    return configs;
  }
}
