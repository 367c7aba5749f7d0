package io.logfold.projector;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The main consumer of a stream thread, which stands where the table says and never where the group says.
 *
 * <ul>
 *   <li>On assignment, after Streams has had its turn, each new partition gets a projection, and that seeks it.
 *   <li>A seek by Streams (to a committed offset, to the beginning) becomes a load of the projection.
 *   <li>What a projection holds stays paused although Streams resumes it.
 *   <li>Nothing is ever reset: an offset that the log does not hold halts the projection.
 *   <li>While a projection has something to flush, polls are no longer than the flush interval, so that its time comes.
 * </ul>
 *
 * <p>Owned by its stream thread.
 */
final class TableConsumer extends KafkaConsumer<byte[], byte[]> {
  private final Projections projections;
  private final Duration flushInterval;
  private final Map<TopicPartition, PartitionFeed> feeds = new HashMap<>();
  private final Set<TopicPartition> held = new HashSet<>();
  private final Set<TopicPartition> pausedByStreams = new HashSet<>();
  /** Where a partition was sought and from where nothing has come yet. */
  private final Map<TopicPartition, Long> sought = new HashMap<>();

  TableConsumer(Map<String, Object> settings, Projections projections, Duration flushInterval) {
    super(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.projections = projections;
    this.flushInterval = flushInterval;
  }

  @Override
  public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
    super.subscribe(topics, new SeekingListener(listener));
  }

  @Override
  public void subscribe(Pattern topics, ConsumerRebalanceListener listener) {
    super.subscribe(topics, new SeekingListener(listener));
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    boolean flushSoon = timeout.compareTo(flushInterval) > 0 && feeds.keySet().stream().anyMatch(each -> {
      PartitionProjection projection = projections.get(each.partition());
      return projection != null && projection.waitingToFlush();
    });
    try {
      ConsumerRecords<byte[], byte[]> records = super.poll(flushSoon ? flushInterval : timeout);
      records.partitions().forEach(partition -> check(partition, records.records(partition).get(0).offset()));
      feeds.keySet().forEach(this::reportLag);
      return records;
    } catch (OffsetOutOfRangeException e) {
      e.offsetOutOfRangePartitions().forEach((partition, offset) -> lost(partition, offset, "the broker says so"));
      return ConsumerRecords.empty();
    }
  }

  @Override
  public void pause(Collection<TopicPartition> partitions) {
    pausedByStreams.addAll(partitions);
    super.pause(partitions);
  }

  @Override
  public void resume(Collection<TopicPartition> partitions) {
    pausedByStreams.removeAll(partitions);
    super.resume(partitions.stream().filter(partition -> !held.contains(partition)).toList());
  }

  @Override
  public void seek(TopicPartition partition, long offset) {
    seekToTable(partition);
  }

  @Override
  public void seek(TopicPartition partition, OffsetAndMetadata offset) {
    seekToTable(partition);
  }

  @Override
  public void seekToBeginning(Collection<TopicPartition> partitions) {
    partitions.forEach(this::seekToTable);
  }

  @Override
  public void seekToEnd(Collection<TopicPartition> partitions) {
    partitions.forEach(this::seekToTable);
  }

  private void seekToTable(TopicPartition partition) {
    PartitionProjection projection = projections.get(partition.partition());
    if (projection != null) {
      projection.load();
    }
  }

  private void check(TopicPartition partition, long firstOffset) {
    Long from = sought.remove(partition);
    if (from != null && firstOffset > from) {
      lost(partition, from, "the next record lies at " + firstOffset);
    }
  }

  private void lost(TopicPartition partition, long offset, String why) {
    PartitionProjection projection = projections.get(partition.partition());
    if (projection != null) {
      projection.logLost(offset, why);
    }
  }

  private void reportLag(TopicPartition partition) {
    PartitionProjection projection = projections.get(partition.partition());
    if (projection != null) {
      projection.lag(currentLag(partition).orElse(-1));
    }
  }

  /** Puts the projections' seeks behind what Streams does on a rebalance. */
  private final class SeekingListener implements ConsumerRebalanceListener {
    private final ConsumerRebalanceListener streams;

    SeekingListener(ConsumerRebalanceListener streams) {
      this.streams = streams;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      streams.onPartitionsAssigned(partitions);
      for (TopicPartition partition : partitions) {
        PartitionFeed feed = new PartitionFeed(partition);
        feeds.put(partition, feed);
        projections.assigned(partition.partition(), feed);
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      streams.onPartitionsRevoked(partitions);
      forget(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      streams.onPartitionsLost(partitions);
      forget(partitions);
    }

    private void forget(Collection<TopicPartition> partitions) {
      for (TopicPartition partition : partitions) {
        PartitionFeed feed = feeds.remove(partition);
        if (feed != null) {
          projections.left(partition.partition(), feed);
        }
        held.remove(partition);
        pausedByStreams.remove(partition);
        sought.remove(partition);
      }
    }
  }

  /** What a projection may ask of this consumer, as long as the consumer has the partition. */
  private final class PartitionFeed implements PartitionProjection.Feed {
    private final TopicPartition partition;

    PartitionFeed(TopicPartition partition) {
      this.partition = partition;
    }

    @Override
    public void seek(long offset) {
      if (here()) {
        sought.put(partition, offset);
        TableConsumer.super.seek(partition, offset);
      }
    }

    @Override
    public void hold() {
      held.add(partition);
      if (here()) {
        TableConsumer.super.pause(List.of(partition));
      }
    }

    @Override
    public void release() {
      held.remove(partition);
      if (here() && !pausedByStreams.contains(partition)) {
        TableConsumer.super.resume(List.of(partition));
      }
    }

    private boolean here() {
      return feeds.get(partition) == this && assignment().contains(partition);
    }
  }
}
