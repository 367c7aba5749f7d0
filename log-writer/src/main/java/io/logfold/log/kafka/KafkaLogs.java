package io.logfold.log.kafka;

import io.logfold.log.PartitionLog;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's connection to the partition logs of a store.
 *
 * <p>It has three threads, whatever the number of partitions: the producer's (which calls the callbacks of appends), the
 * reader's (which completes the reads), and the admin client's (which asks for the ends of partitions when a read must
 * say "nothing there"). Callbacks must not block any of them.
 *
 * <p>It does not check topic or cluster: {@link TopicCheck} does, before.
 */
public final class KafkaLogs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaLogs.class);

  private final KafkaLogsConfig config;
  private final NodeProducer producer;
  private final LogReader reader;
  private final ConcurrentHashMap<Integer, PartitionLog> logs = new ConcurrentHashMap<>();

  private KafkaLogs(KafkaLogsConfig config, NodeProducer producer, LogReader reader) {
    this.config = config;
    this.producer = producer;
    this.reader = reader;
  }

  /**
   * Connects. Where Kafka cannot be reached within 5 s, the node is connected as soon as it can be; until then appends
   * and reads fail.
   */
  public static KafkaLogs open(KafkaLogsConfig config) {
    NodeProducer producer = new NodeProducer(
        () -> new KafkaProducer<>(ClientSettings.producer(config), new ByteArraySerializer(), new ByteArraySerializer()),
        config.maxInFlightBytes());
    LogReader reader = new LogReader(config.topic(),
        new KafkaConsumer<>(
            ClientSettings.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
        Admin.create(ClientSettings.admin(config)), config.readBoundMs());
    reader.start(config.clientId() + "-log-reader");
    if (!producer.knowsTopic(config.topic(), Duration.ofSeconds(5))) {
      LOG.warn("topic {} was not found at {} within 5 s; writes fail until it is", config.topic(),
          config.bootstrapServers());
    }
    return new KafkaLogs(config, producer, reader);
  }

  /** The log of one partition, always the same object. Whether the topic has that partition is not checked here. */
  public PartitionLog log(int partition) {
    return logs.computeIfAbsent(
        partition, number -> new KafkaPartitionLog(config.topic(), number, producer, reader));
  }

  /** Within 5 s: appends in flight get 2 s to be answered, waiting reads fail, connections are closed. */
  @Override
  public void close() {
    producer.close();
    reader.close();
  }
}
