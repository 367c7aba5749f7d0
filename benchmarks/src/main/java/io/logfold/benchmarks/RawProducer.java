package io.logfold.benchmarks;

import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The limit of writes: a Kafka producer with the settings of a node's but Kafka's default of five requests in flight, records of a set's size, a topic like the
 * store's. The topic is made for one measurement and deleted after it, lest gigabytes of it disturb the next.
 */
final class RawProducer implements AutoCloseable {
  private static final Duration WITHIN = Duration.ofSeconds(15);
  private static int topics;

  private final String bootstrapServers;
  private final String topic = "raw-" + topics++;
  private final KafkaProducer<byte[], byte[]> producer;
  private final int partitions;
  private final byte[] record;

  RawProducer(String bootstrapServers, int partitions, int recordBytes) {
    this(bootstrapServers, partitions, recordBytes, Map.of());
  }

  /** @param settings of the topic, beside those of a store's */
  RawProducer(String bootstrapServers, int partitions, int recordBytes, Map<String, String> settings) {
    this.bootstrapServers = bootstrapServers;
    this.partitions = partitions;
    this.record = new byte[recordBytes];
    new SplittableRandom(1).nextBytes(record);
    Map<String, String> configs = new HashMap<>(TopicSpec.development(topic, partitions).configs());
    configs.putAll(settings);
    TopicSetup.createIfAbsent(bootstrapServers, new TopicSpec(topic, partitions, 1, 1, configs), Map.of(), WITHIN);
    producer = new KafkaProducer<>(Map.of(
        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
        ProducerConfig.ACKS_CONFIG, "all",
        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
        ProducerConfig.LINGER_MS_CONFIG, 0,
        ProducerConfig.BATCH_SIZE_CONFIG, 64 << 10,
        ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20,
        ProducerConfig.COMPRESSION_TYPE_CONFIG, "none",
        ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false), new ByteArraySerializer(), new ByteArraySerializer());
  }

  Work append() {
    return this::append;
  }

  CompletableFuture<Void> append(int lane) {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    var unused = producer.send(new ProducerRecord<>(topic, lane % partitions, null, record), (metadata, failure) -> {
      if (failure != null) {
        answer.completeExceptionally(failure);
      } else {
        answer.complete(null);
      }
    });
    return answer;
  }

  @Override
  public void close() {
    producer.close(WITHIN);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      admin.deleteTopics(List.of(topic)).all().toCompletionStage().toCompletableFuture().join();
    }
  }
}
