package io.logfold.query.values;

import io.logfold.log.kafka.TopicCheck;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topic that keys are kept in: made as it must be, and checked as the log's is. Blocks; any thread. */
final class KeysTopic {
  /** How long a segment of the topic is written to, and how old a destroyed key may get on a broker's disk at most. */
  static final long SEGMENT_MS = 600_000;

  private static final Logger log = LoggerFactory.getLogger(KeysTopic.class);

  private static final Map<String, String> CONFIGS = Map.of(
      // Retention would redact everything.
      "cleanup.policy", "compact",
      "unclean.leader.election.enable", "false",
      // A destroyed key shall not lie on the disks for long: segments are closed early, and compacted at once.
      "segment.ms", Long.toString(SEGMENT_MS),
      "max.compaction.lag.ms", Long.toString(SEGMENT_MS),
      "min.cleanable.dirty.ratio", "0.01",
      // Longer than any node takes to read the topic once: it must see a tombstone whose key it has read.
      "delete.retention.ms", "86400000");

  private KeysTopic() {}

  /** @throws io.logfold.api.StoreException INVALID_ARGUMENT with every wrong setting; UNAVAILABLE where no broker answers */
  static void prepare(KafkaKeyVault.Settings settings) {
    int replication = TopicSetup.replication(
        settings.bootstrapServers(), settings.logTopic(), settings.connection(), settings.within());
    TopicSpec spec = new TopicSpec(settings.topic(), 1, replication, Math.min(2, replication), CONFIGS);
    if (TopicSetup.createIfAbsent(settings.bootstrapServers(), spec, settings.connection(), settings.within())) {
      log.info("made topic {} for keys of redactable values", settings.topic());
    } else {
      TopicSetup.awaitServed(settings.bootstrapServers(), spec, settings.connection(), settings.within());
    }
    TopicCheck.checkCompacted(
        settings.bootstrapServers(), settings.topic(), settings.mode(), settings.connection(), settings.within());
  }
}
