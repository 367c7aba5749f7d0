package io.logfold.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** The log of a node in development mode, and whether its broker flushes it to disk before each acknowledgement. */
final class LogTopic {
  /** The store of development mode is called so. */
  static final String DEVELOPMENT = "logfold.dev";

  private static final String SETTING = TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG;
  private static final long WITHIN_SECONDS = 15;

  private final String bootstrapServers;
  private final String topic;
  private volatile boolean flushed;

  LogTopic(String bootstrapServers, String topic) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
  }

  /** Takes effect within moments of the return: a warm-up follows. */
  void flushEachWrite(boolean flush) throws Exception {
    AlterConfigOp change = new AlterConfigOp(new ConfigEntry(SETTING, "1"),
        flush ? AlterConfigOp.OpType.SET : AlterConfigOp.OpType.DELETE);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      admin.incrementalAlterConfigs(
          Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(change))).all()
          .get(WITHIN_SECONDS, TimeUnit.SECONDS);
    }
    flushed = flush;
  }

  Peer.Durability durability() {
    return durability(flushed);
  }

  static Peer.Durability durability(boolean flushed) {
    return flushed
        ? new Peer.Durability(true, "fsync", "acks=all, 1 replica, flush.messages=1: fsync of each batch before its acknowledgement")
        : new Peer.Durability(false, "no fsync", "acks=all, 1 replica, no fsync: an acknowledged write survives kill -9, not the"
            + " loss of the machine");
  }

  /** What a topic is made with. */
  static Map<String, String> settings(boolean flushed) {
    return flushed ? Map.of(SETTING, "1") : Map.of();
  }
}
