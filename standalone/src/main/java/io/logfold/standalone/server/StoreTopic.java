package io.logfold.standalone.server;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.log.RecordCodec;
import io.logfold.log.kafka.Finding;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.TopicCheck;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The topic of the store that a node is configured for: looked at before anything is begun, or made. Blocks. */
public final class StoreTopic {
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final ServerConfig config;

  public StoreTopic(ServerConfig config) {
    this.config = config;
  }

  /**
   * Refuses a topic, or a Kafka cluster, on which the store's promises would not hold, and another store's topic.
   *
   * @return what {@code kafka.relaxed} lets pass, in words; empty: nothing
   * @throws StoreException INVALID_ARGUMENT with all that is wrong; UNAVAILABLE where no broker answers in time
   */
  public String check() {
    List<Finding> findings = TopicCheck.check(config.bootstrapServers(), config.topic(), config.identity().partitions(),
        config.mode(), config.connection(), WITHIN);
    refuseAnotherStores();
    return findings.stream().filter(finding -> finding.severity() == Finding.Severity.RELAXED)
        .map(finding -> finding.setting() + "=" + finding.actual() + " (should be " + finding.expected() + ")")
        .collect(Collectors.joining(", "));
  }

  /** Every record says whose it is; the first ones of all partitions tell, since no record is ever removed. */
  private void refuseAnotherStores() {
    try (LogScan scan = KafkaLogScan.open(config.kafka().withReadBoundMs((int) WITHIN.toMillis()))) {
      Map<Integer, Long> ends = scan.ends(IntStream.range(0, config.identity().partitions()).boxed().toList());
      ends.forEach((partition, end) -> scan.read(partition, 0, Math.min(1, end), (offset, raw) -> {
        refuseAnotherStores(partition, RecordCodec.decode(raw));
        return false;
      }));
    }
  }

  private void refuseAnotherStores(int partition, RecordCodec.Decoded first) {
    String store = switch (first) {
      case RecordCodec.Decoded.Ok ok -> ok.record().header().store();
      case RecordCodec.Decoded.Newer newer -> newer.store();
      case RecordCodec.Decoded.Undecodable stray -> config.identity().store(); // a stranger's, which readers skip
    };
    if (!store.equals(config.identity().store())) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "topic " + config.topic() + " at " + config.bootstrapServers()
          + " is the log of the store '" + store + "' (partition " + partition + "), configured is '"
          + config.identity().store() + "'; give each store a topic of its own");
    }
  }

  /**
   * Makes the topic with the settings that it must have, or finds it made.
   *
   * @param replication of which one copy may be away while writes go on, where there are three or more
   * @return whether it was made now
   * @throws StoreException INVALID_ARGUMENT where it exists with other settings, each of which is named
   */
  public boolean create(int replication) {
    boolean made = TopicSetup.createIfAbsent(config.bootstrapServers(),
        new TopicSpec(config.topic(), config.identity().partitions(), replication, Math.min(2, replication)),
        config.connection(), WITHIN);
    check();
    return made;
  }
}
