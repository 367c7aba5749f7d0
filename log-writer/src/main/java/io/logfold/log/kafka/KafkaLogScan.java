package io.logfold.log.kafka;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.OffsetGoneException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A {@link LogScan} over one plain consumer, without a group: assigned and sought, read_uncommitted, large fetches.
 *
 * <p>{@link #ends} asks by ListOffsets, which a deposed broker answers with an old high watermark as long as it is cut
 * off: good enough to say how far to read, never for a linearizable read. Whether an offset is gone is for the fetch to
 * say, whose leader epoch keeps a deposed broker from answering.
 */
public final class KafkaLogScan implements LogScan {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Pattern DAMAGED =
      Pattern.compile("at offset (\\d+) is invalid|corrupt message when fetching offset (\\d+)");

  private final String topic;
  private final String servers;
  private final Duration silence;
  private final Consumer<byte[], byte[]> consumer;
  private volatile boolean cancelled;

  KafkaLogScan(String topic, String servers, Duration silence, Consumer<byte[], byte[]> consumer) {
    this.topic = topic;
    this.servers = servers;
    this.silence = silence;
    this.consumer = consumer;
  }

  /**
   * Scans of the topic. A silence of {@link KafkaLogsConfig#readBoundMs} is an error.
   *
   * @param config of which all but what concerns writing is used
   */
  public static LogScan.Opener opener(KafkaLogsConfig config) {
    return () -> open(config);
  }

  /** Connects when first asked. */
  public static KafkaLogScan open(KafkaLogsConfig config) {
    return new KafkaLogScan(config.topic(), config.bootstrapServers(), Duration.ofMillis(config.readBoundMs()),
        new KafkaConsumer<>(ClientSettings.scan(config), new ByteArrayDeserializer(), new ByteArrayDeserializer()));
  }

  /**
   * How many partitions the topic has; empty: there is no such topic.
   *
   * @throws StoreException UNAVAILABLE where the broker cannot be reached
   */
  public OptionalInt partitions() {
    return asking("which partitions it has", () -> {
      List<PartitionInfo> found = consumer.partitionsFor(topic, silence);
      return found == null || found.isEmpty() ? OptionalInt.empty() : OptionalInt.of(found.size());
    });
  }

  @Override
  public Map<Integer, Long> ends(Collection<Integer> partitions) {
    Map<TopicPartition, Long> found = asking("where it ends",
        () -> consumer.endOffsets(partitions.stream().map(this::in).toList(), silence));
    Map<Integer, Long> ends = new HashMap<>();
    found.forEach((partition, end) -> ends.put(partition.partition(), end));
    return ends;
  }

  @Override
  public void read(int partition, long fromOffset, long toOffset, Receiver receiver) {
    TopicPartition where = in(partition);
    try {
      if (cancelled || fromOffset >= toOffset) {
        return;
      }
      consumer.assign(List.of(where));
      consumer.seek(where, fromOffset);
      read(where, fromOffset, toOffset, receiver);
    } catch (WakeupException e) {
      // Cancelled.
    } catch (OffsetOutOfRangeException e) {
      throw new OffsetGoneException("topic " + topic + " was truncated or replaced: partition " + partition
          + " does not hold offset " + e.offsetOutOfRangePartitions().getOrDefault(where, fromOffset));
    } catch (InterruptException e) {
      throw new StoreException(ErrorCode.CANCELLED, "reading " + where + " was interrupted", e);
    } catch (KafkaException e) {
      throw failed(where, e);
    } finally {
      if (!cancelled) {
        // Else the consumer goes on fetching what nobody wants any more.
        consumer.unsubscribe();
      }
    }
  }

  private void read(TopicPartition where, long fromOffset, long toOffset, Receiver receiver) {
    long next = fromOffset;
    long heardNs = System.nanoTime();
    while (!cancelled && next < toOffset) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records.records(where)) {
        if (cancelled || record.offset() >= toOffset) {
          return;
        }
        byte[] value = record.value();
        if (!receiver.record(record.offset(), value == null ? Bytes.EMPTY : Bytes.wrap(value))) {
          return;
        }
      }
      OffsetAndMetadata reached = records.nextOffsets().get(where);
      if (reached != null && reached.offset() > next) {
        next = reached.offset();
        heardNs = System.nanoTime();
      } else if (System.nanoTime() - heardNs > silence.toNanos()) {
        throw unavailable(where + " gave nothing for " + seconds() + " s from offset " + next + ", below " + toOffset
            + ": the broker cannot be reached, or the topic was replaced by a shorter one", null);
      }
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    consumer.wakeup();
  }

  @Override
  public void close() {
    try {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    } catch (WakeupException | InterruptException e) {
      // It is closed nevertheless.
    }
  }

  private <T> T asking(String what, java.util.function.Supplier<T> question) {
    try {
      return question.get();
    } catch (WakeupException | InterruptException e) {
      throw new StoreException(ErrorCode.CANCELLED, "asking topic " + topic + " " + what + " was cancelled", e);
    } catch (KafkaException e) {
      throw unavailable("topic " + topic + " does not say " + what + ": " + e.getMessage(), e);
    }
  }

  /** Kafka says in words alone that a batch of records is damaged, and where it begins. */
  private StoreException failed(TopicPartition where, KafkaException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      Matcher damaged = DAMAGED.matcher(String.valueOf(cause.getMessage()));
      if (damaged.find()) {
        long offset = Long.parseLong(damaged.group(1) != null ? damaged.group(1) : damaged.group(2));
        String why = String.valueOf(cause.getMessage());
        return new StoreException(ErrorCode.CORRUPT, "reading " + where + " failed at offset " + offset + ": " + why
            + "; the broker's copy is damaged: restore it from another replica or a backup",
            new DamagedException(offset, why));
      }
    }
    return unavailable("reading " + where + " failed: " + failure.getMessage(), failure);
  }

  private StoreException unavailable(String why, @org.jspecify.annotations.Nullable Throwable cause) {
    return new StoreException(ErrorCode.UNAVAILABLE, why + "; check that Kafka runs at " + servers + " and has topic "
        + topic + ", then try again", cause);
  }

  private long seconds() {
    return TimeUnit.MILLISECONDS.toSeconds(silence.toMillis());
  }

  private TopicPartition in(int partition) {
    return new TopicPartition(topic, partition);
  }
}
