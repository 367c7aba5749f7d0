package io.logfold.log.kafka;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Makes the topics of a store as {@link TopicCheck} wants it. Blocks; any thread.
 *
 * <p>Where Kafka cannot be reached within the bound, methods throw {@link StoreException} UNAVAILABLE with one line.
 */
public final class TopicSetup {
  private TopicSetup() {}

  /**
   * Makes the topic; where it exists, changes nothing. Returns when every partition has a leader that serves it: right
   * after its creation a partition may refuse a producer's first batch and take the second, and a broker that knows
   * nothing of a producer yet takes any sequence number for its first; the first batch then could never get in.
   *
   * @param connection further settings of the Kafka client, such as security
   * @return whether it was made now
   */
  public static boolean createIfAbsent(
      String bootstrapServers, TopicSpec spec, Map<String, String> connection, Duration within) {
    Map<String, String> configs = new HashMap<>(spec.configs());
    configs.put("min.insync.replicas", Integer.toString(spec.minInSyncReplicas()));
    NewTopic topic = new NewTopic(
        spec.topic(), Optional.of(spec.partitions()), Optional.of((short) spec.replication())).configs(configs);
    try (Admin admin = admin(bootstrapServers, connection, within)) {
      boolean made = await(bootstrapServers, within,
          admin.createTopics(List.of(topic)).all().thenApply(done -> true), TopicExistsException.class, false);
      if (made) {
        awaitLeaders(admin, bootstrapServers, spec, within);
      }
      return made;
    }
  }

  /** Returns when every partition has a leader that serves it, also where another node made the topic just now. */
  public static void awaitServed(String bootstrapServers, TopicSpec spec, Map<String, String> connection, Duration within) {
    try (Admin admin = admin(bootstrapServers, connection, within)) {
      awaitLeaders(admin, bootstrapServers, spec, within);
    }
  }

  /**
   * How many replicas a topic has, at least.
   *
   * @throws StoreException INVALID_ARGUMENT where there is no such topic
   */
  public static int replication(String bootstrapServers, String topic, Map<String, String> connection, Duration within) {
    try (Admin admin = admin(bootstrapServers, connection, within)) {
      Optional<TopicDescription> description = await(bootstrapServers, within,
          admin.describeTopics(List.of(topic)).allTopicNames().thenApply(all -> Optional.ofNullable(all.get(topic))),
          UnknownTopicOrPartitionException.class, Optional.empty());
      return description.orElseThrow(() -> new StoreException(ErrorCode.INVALID_ARGUMENT,
              "topic " + topic + " does not exist at " + bootstrapServers))
          .partitions().stream().mapToInt(partition -> partition.replicas().size()).min().orElse(0);
    }
  }

  private static void awaitLeaders(Admin admin, String bootstrapServers, TopicSpec spec, Duration within) {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < spec.partitions(); partition++) {
      ends.put(new TopicPartition(spec.topic(), partition), OffsetSpec.latest());
    }
    long untilNs = System.nanoTime() + within.toNanos();
    // A broker may not have heard of the new topic yet, which the client, for once, does not ask again about.
    while (!await(bootstrapServers, within, admin.listOffsets(ends).all().thenApply(all -> true),
        UnknownTopicOrPartitionException.class, false)) {
      if (System.nanoTime() - untilNs > 0) {
        throw new StoreException(ErrorCode.UNAVAILABLE, "topic " + spec.topic() + " is there, but no broker at "
            + bootstrapServers + " served it within " + within.toMillis() + " ms; look at the brokers' logs");
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  static Admin admin(String bootstrapServers, Map<String, String> connection, Duration within) {
    Map<String, Object> settings = new HashMap<>(connection);
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    int withinMs = Math.toIntExact(within.toMillis());
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, withinMs);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, withinMs);
    settings.put(AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    try {
      return Admin.create(settings);
    } catch (KafkaException e) {
      Throwable root = e.getCause() == null ? e : e.getCause();
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "cannot make a Kafka client for " + bootstrapServers + ": " + root.getMessage(), e);
    }
  }

  /** The answer; or, where it failed with the kind of failure that is an answer too, the one given for that. */
  static <T> T await(String bootstrapServers, Duration within, KafkaFuture<T> answer,
      Class<? extends Throwable> expected, T otherwise) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (expected.isInstance(cause)) {
        return otherwise;
      }
      throw unavailable(bootstrapServers, within, cause);
    } catch (InterruptedException e) {
      throw interrupted(bootstrapServers, e);
    }
  }

  static <T> T await(String bootstrapServers, Duration within, KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw unavailable(bootstrapServers, within, e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(bootstrapServers, e);
    }
  }

  private static StoreException unavailable(String bootstrapServers, Duration within, Throwable cause) {
    if (cause instanceof TimeoutException) {
      return new StoreException(ErrorCode.UNAVAILABLE, "no Kafka broker answered at " + bootstrapServers + " within "
          + within.toMillis() + " ms; is it running, and is the address right?", cause);
    }
    return new StoreException(
        ErrorCode.UNAVAILABLE, "Kafka at " + bootstrapServers + " refused: " + cause.getMessage(), cause);
  }

  private static StoreException interrupted(String bootstrapServers, InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new StoreException(
        ErrorCode.UNAVAILABLE, "interrupted while waiting for Kafka at " + bootstrapServers, cause);
  }
}
