package io.logfold.projector;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How a projector runs.
 *
 * @param bootstrapServers of Kafka
 * @param topic the store's log
 * @param store name of the store
 * @param applicationId the Kafka Streams application and consumer group: one per table, and for a table that is local
 *     to a node one per node, since then every node folds every partition
 * @param instanceId names this process within the group for good (static membership), so that a restart, even after
 *     kill -9, takes its partitions back at once instead of waiting for the session to end; empty: a member without a
 *     name. Two processes must never run under one name: the older is then fenced and stops
 * @param leaveOnClose whether close gives the partitions to others at once (shared tables), or keeps the place for the
 *     restart (local tables: there are no others)
 * @param stateDir folder for Kafka Streams; nothing of value lies there
 * @param threads stream threads
 * @param flushIntervalMs longest that an event waits in memory before it is applied
 * @param maxBatchEvents apply at the latest when so many events wait in a partition
 * @param maxBatchBytes apply at the latest when keys and values of so many bytes wait in a partition
 * @param sessionTimeoutMs after which a silent member loses its partitions; brokers allow 6,000 at least by default
 * @param connection further settings for all Kafka clients, such as security; those that this code sets win
 */
public record ProjectorConfig(
    String bootstrapServers,
    String topic,
    String store,
    String applicationId,
    Optional<String> instanceId,
    boolean leaveOnClose,
    Path stateDir,
    int threads,
    long flushIntervalMs,
    int maxBatchEvents,
    long maxBatchBytes,
    int sessionTimeoutMs,
    Map<String, String> connection) {

  public ProjectorConfig {
    connection = Map.copyOf(connection);
    if (threads < 1 || flushIntervalMs < 1 || maxBatchEvents < 1 || maxBatchBytes < 1) {
      throw new IllegalArgumentException("threads, flushIntervalMs, maxBatchEvents and maxBatchBytes are 1 or more,"
          + " got " + threads + ", " + flushIntervalMs + ", " + maxBatchEvents + ", " + maxBatchBytes);
    }
  }

  private static final long FLUSH_INTERVAL_MS = 100;

  /** For a table of this node alone. The application id must name table and node. */
  public static ProjectorConfig local(
      String bootstrapServers, String topic, String store, String applicationId, Path stateDir) {
    return new ProjectorConfig(bootstrapServers, topic, store, applicationId, Optional.of(applicationId), false,
        stateDir, 1, FLUSH_INTERVAL_MS, 5_000, 8 << 20, 6_000, Map.of());
  }

  /** For a table that the projectors of all nodes write, each some partitions. */
  public static ProjectorConfig shared(String bootstrapServers, String topic, String store, String applicationId,
      String node, Path stateDir) {
    return new ProjectorConfig(bootstrapServers, topic, store, applicationId, Optional.of(node), true, stateDir,
        1, FLUSH_INTERVAL_MS, 5_000, 8 << 20, 10_000, Map.of());
  }

  /** When to apply: after how many milliseconds, events and bytes. */
  public ProjectorConfig withBatches(long newFlushIntervalMs, int newMaxEvents, long newMaxBytes) {
    return new ProjectorConfig(bootstrapServers, topic, store, applicationId, instanceId, leaveOnClose, stateDir,
        threads, newFlushIntervalMs, newMaxEvents, newMaxBytes, sessionTimeoutMs, connection);
  }

  public ProjectorConfig withThreads(int newThreads) {
    return new ProjectorConfig(bootstrapServers, topic, store, applicationId, instanceId, leaveOnClose, stateDir,
        newThreads, flushIntervalMs, maxBatchEvents, maxBatchBytes, sessionTimeoutMs, connection);
  }

  public ProjectorConfig withInstanceId(Optional<String> newInstanceId) {
    return new ProjectorConfig(bootstrapServers, topic, store, applicationId, newInstanceId, leaveOnClose, stateDir,
        threads, flushIntervalMs, maxBatchEvents, maxBatchBytes, sessionTimeoutMs, connection);
  }

  public ProjectorConfig withConnection(Map<String, String> newConnection) {
    return new ProjectorConfig(bootstrapServers, topic, store, applicationId, instanceId, leaveOnClose, stateDir,
        threads, flushIntervalMs, maxBatchEvents, maxBatchBytes, sessionTimeoutMs, newConnection);
  }
}
