package io.logfold.log.kafka;

import java.util.Map;

/**
 * What a node's connection to the log needs to know.
 *
 * @param bootstrapServers host:port, several separated by commas
 * @param topic whose partition i is the log of store partition i
 * @param clientId name of the node in Kafka's logs and metrics
 * @param deliveryTimeoutMs after which an unanswered append fails; its fate is then unknown
 * @param readBoundMs how much longer than its maxWaitMs a read may take before it fails as unavailable
 * @param maxInFlightBytes most bytes appended and unanswered, over all partitions; an append above it fails at once
 * @param connection further settings for all Kafka clients, such as security; those that this code sets win
 */
public record KafkaLogsConfig(String bootstrapServers, String topic, String clientId, int deliveryTimeoutMs,
    int readBoundMs, long maxInFlightBytes, Map<String, String> connection) {
  /** The most that a record may measure with its framing, and the topic's {@code max.message.bytes}. */
  public static final int MAX_MESSAGE_BYTES = 4 << 20;

  /** The producer's memory. Every open batch takes a whole {@link #BATCH_BYTES} of it, so that in flight is less. */
  static final long BUFFER_MEMORY = 64L << 20;
  static final int BATCH_BYTES = 64 << 10;

  public KafkaLogsConfig {
    connection = Map.copyOf(connection);
    if (maxInFlightBytes <= 0 || maxInFlightBytes > BUFFER_MEMORY) {
      throw new IllegalArgumentException(
          "maxInFlightBytes must be above 0 and at most " + BUFFER_MEMORY + ", got " + maxInFlightBytes);
    }
    if (deliveryTimeoutMs <= 0 || readBoundMs <= 0) {
      throw new IllegalArgumentException("deliveryTimeoutMs and readBoundMs must be above 0, got " + deliveryTimeoutMs
          + " and " + readBoundMs);
    }
  }

  /** Appends may take 30 s, reads 10 s longer than asked, and 32 MiB may be in flight. */
  public static KafkaLogsConfig defaults(String bootstrapServers, String topic, String clientId) {
    return new KafkaLogsConfig(bootstrapServers, topic, clientId, 30_000, 10_000, 32L << 20, Map.of());
  }

  public KafkaLogsConfig withDeliveryTimeoutMs(int value) {
    return new KafkaLogsConfig(bootstrapServers, topic, clientId, value, readBoundMs, maxInFlightBytes, connection);
  }

  public KafkaLogsConfig withReadBoundMs(int value) {
    return new KafkaLogsConfig(
        bootstrapServers, topic, clientId, deliveryTimeoutMs, value, maxInFlightBytes, connection);
  }

  public KafkaLogsConfig withMaxInFlightBytes(long value) {
    return new KafkaLogsConfig(bootstrapServers, topic, clientId, deliveryTimeoutMs, readBoundMs, value, connection);
  }

  public KafkaLogsConfig withConnection(Map<String, String> value) {
    return new KafkaLogsConfig(
        bootstrapServers, topic, clientId, deliveryTimeoutMs, readBoundMs, maxInFlightBytes, value);
  }
}
