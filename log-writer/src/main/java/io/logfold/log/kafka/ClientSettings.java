package io.logfold.log.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The settings of the Kafka clients of a node. Each that differs from Kafka's default says why. */
final class ClientSettings {
  /**
   * A fetch that waits for records holds up every other fetch from the same broker: this long at most does a read of one
   * partition wait for the tail of another.
   */
  static final int FETCH_MAX_WAIT_MS = 25;

  /** Of the reader of quiet partitions, where the number of fetches is what counts: its reads can wait. */
  static final int PATIENT_FETCH_MAX_WAIT_MS = 500;

  private ClientSettings() {}

  static Map<String, Object> producer(KafkaLogsConfig config) {
    Map<String, Object> p = common(config, "writer");
    p.put(ProducerConfig.ACKS_CONFIG, "all");
    p.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    // Group commit: what comes while a request is on its way travels together in the next one. Alone a record waits for
    // nothing; under load requests are fewer and fuller (docs/decisions/0027).
    p.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
    // The default of 5 costs 5 ms on every write; records that arrive meanwhile travel together anyway.
    p.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    // send must not hold up a leader.
    p.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 50);
    p.put(ProducerConfig.BUFFER_MEMORY_CONFIG, KafkaLogsConfig.BUFFER_MEMORY);
    // Neither above the topic's limit: an oversized batch would be split for ever.
    p.put(ProducerConfig.BATCH_SIZE_CONFIG, KafkaLogsConfig.BATCH_BYTES);
    p.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, KafkaLogsConfig.MAX_MESSAGE_BYTES);
    p.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    p.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, config.deliveryTimeoutMs());
    p.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(10_000, config.deliveryTimeoutMs()));
    // The first append after a quiet hour must not wait for metadata.
    p.put(ProducerConfig.METADATA_MAX_IDLE_CONFIG, Integer.MAX_VALUE);
    return p;
  }

  static Map<String, Object> consumer(KafkaLogsConfig config) {
    Map<String, Object> p = common(config, "reader");
    p.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // A position that is gone must be an error, never a jump.
    p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    // No transactional writer is on the topic; where a stranger is, its open transaction must not stop the readers.
    p.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    p.put(ConsumerConfig.CHECK_CRCS_CONFIG, true);
    p.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
    p.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_MAX_WAIT_MS);
    p.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 << 20);
    p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1 << 20);
    p.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 4_000);
    p.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    return p;
  }

  /** Of the consumer that waits at the ends of quiet partitions. */
  static Map<String, Object> patient(KafkaLogsConfig config) {
    Map<String, Object> p = consumer(config);
    p.put(CommonClientConfigs.CLIENT_ID_CONFIG, config.clientId() + "-patient-reader");
    p.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, PATIENT_FETCH_MAX_WAIT_MS);
    return p;
  }

  /** Of a consumer that reads a history and nothing else: few large fetches instead of early ones. */
  static Map<String, Object> scan(KafkaLogsConfig config) {
    Map<String, Object> p = consumer(config);
    p.put(CommonClientConfigs.CLIENT_ID_CONFIG, config.clientId() + "-scan");
    p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 8 << 20);
    p.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 8 << 20);
    p.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, 1 << 20);
    p.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, config.readBoundMs());
    // A name typed wrongly must not become a topic.
    p.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    return p;
  }

  static Map<String, Object> admin(KafkaLogsConfig config) {
    Map<String, Object> p = common(config, "admin");
    p.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, Math.min(5_000, config.readBoundMs()));
    p.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, config.readBoundMs());
    p.put(CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG, 20L);
    return p;
  }

  private static Map<String, Object> common(KafkaLogsConfig config, String role) {
    Map<String, Object> p = new HashMap<>(config.connection());
    p.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    p.put(CommonClientConfigs.CLIENT_ID_CONFIG, config.clientId() + "-" + role);
    p.put(CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG, 50L);
    p.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500L);
    p.put(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, 3_000L);
    p.put(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
    p.put(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
    return p;
  }
}
