package io.logfold.log.kafka;

import io.logfold.log.PartitionLog;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's connection to the partition logs of a store.
 *
 * <p>It has four threads, whatever the number of partitions: the producer's (which calls the callbacks of appends), two
 * readers' (which complete the reads), and the admin client's (which asks for the ends of partitions when a read must
 * say "nothing there"). Callbacks must not block any of them.
 *
 * <p>Two readers, because a consumer's fetch that waits for records holds up its other fetches from the same broker: one
 * fetches often and is quick, and costs a few percent of a core while anything waits there; the other, for reads that may
 * take their time, lets the broker wait.
 *
 * <p>It does not check topic or cluster: {@link TopicCheck} does, before.
 */
public final class KafkaLogs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaLogs.class);

  private final KafkaLogsConfig config;
  private final NodeProducer producer;
  private final Readers readers;
  private final ConcurrentHashMap<Integer, PartitionLog> logs = new ConcurrentHashMap<>();

  private KafkaLogs(KafkaLogsConfig config, NodeProducer producer, Readers readers) {
    this.config = config;
    this.producer = producer;
    this.readers = readers;
  }

  /**
   * Connects. Where Kafka cannot be reached within 5 s, the node is connected as soon as it can be; until then appends
   * and reads fail.
   */
  public static KafkaLogs open(KafkaLogsConfig config) {
    NodeProducer producer = new NodeProducer(
        () -> new KafkaProducer<>(ClientSettings.producer(config), new ByteArraySerializer(), new ByteArraySerializer()),
        config.maxInFlightBytes());
    Readers readers = Readers.open(config);
    if (!producer.knowsTopic(config.topic(), Duration.ofSeconds(5))) {
      LOG.warn("topic {} was not found at {} within 5 s; writes fail until it is", config.topic(),
          config.bootstrapServers());
    }
    return new KafkaLogs(config, producer, readers);
  }

  /** The log of one partition, always the same object. Whether the topic has that partition is not checked here. */
  public PartitionLog log(int partition) {
    return logs.computeIfAbsent(
        partition, number -> new KafkaPartitionLog(config.topic(), number, producer, readers));
  }

  /** Within 5 s: appends in flight get 2 s to be answered, waiting reads fail, connections are closed. */
  @Override
  public void close() {
    producer.close();
    readers.close();
  }
}
