package io.logfold.projector;

import io.logfold.projector.PartitionProjection.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
 *   <li>On assignment, after Streams has had its turn, each new partition gets a projection into each table, and these seek
 *       it: to the least offset that any of them needs. The others pass over what they have.
 *   <li>A seek by Streams (to a committed offset, to the beginning) becomes a load of the projection.
 *   <li>What all projections hold stays paused although Streams resumes it.
 *   <li>Nothing is ever reset: an offset that the log does not hold halts the projection.
 *   <li>While a projection has something to flush, polls are no longer than the flush interval, so that its time comes.
 * </ul>
 *
 * <p>Owned by its stream thread.
 */
final class TableConsumer extends KafkaConsumer<byte[], byte[]> {
  private final List<Projections> sinks;
  private final Duration flushInterval;
  private final Map<TopicPartition, PartitionFeeds> feeds = new HashMap<>();
  private final Set<TopicPartition> pausedByStreams = new HashSet<>();
  /** The record that a partition was sought for, as long as nothing has come from there. */
  private final Map<TopicPartition, Long> sought = new HashMap<>();

  /** @param sinks the table that answers for the store first */
  TableConsumer(Map<String, Object> settings, List<Projections> sinks, Duration flushInterval) {
    super(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.sinks = List.copyOf(sinks);
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
    boolean flushSoon = timeout.compareTo(flushInterval) > 0 && feeds.keySet().stream()
        .anyMatch(each -> projections(each).stream().anyMatch(PartitionProjection::waitingToFlush));
    try {
      ConsumerRecords<byte[], byte[]> records = super.poll(flushSoon ? flushInterval : timeout);
      records.partitions().forEach(partition -> {
        var given = records.records(partition);
        check(partition, given.get(0).offset());
        PartitionFeeds each = feeds.get(partition);
        if (each != null) {
          each.read = given.get(given.size() - 1).offset();
        }
      });
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
    super.resume(partitions.stream().filter(partition -> !held(partition)).toList());
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

  private List<PartitionProjection> projections(TopicPartition partition) {
    return sinks.stream().map(sink -> sink.get(partition.partition())).filter(Objects::nonNull).toList();
  }

  private boolean held(TopicPartition partition) {
    PartitionFeeds each = feeds.get(partition);
    return each != null && each.held();
  }

  private void seekToTable(TopicPartition partition) {
    projections(partition).forEach(PartitionProjection::load);
  }

  /** A table's record must be what comes first. Behind the last one read there may be offsets that hold none. */
  void check(TopicPartition partition, long firstOffset) {
    Long from = sought.remove(partition);
    if (from != null && firstOffset > from) {
      lost(partition, from, firstOffset, "the next record lies at " + firstOffset);
    }
  }

  private void lost(TopicPartition partition, long offset, String why) {
    lost(partition, offset, offset + 1, why);
  }

  /** Who needs what lies before the first offset there is, does not get it; the others go on. */
  private void lost(TopicPartition partition, long offset, long first, String why) {
    for (PartitionProjection projection : projections(partition)) {
      if (projection.needsFrom() < first) {
        projection.logLost(offset, why);
      }
    }
    PartitionFeeds each = feeds.get(partition);
    if (each != null) {
      each.seek();
    }
  }

  private void reportLag(TopicPartition partition) {
    long lag = currentLag(partition).orElse(-1);
    projections(partition).forEach(projection -> projection.lag(lag));
  }

  /** Puts the projections' seeks behind what Streams does on a rebalance. */
  final class SeekingListener implements ConsumerRebalanceListener {
    private final ConsumerRebalanceListener streams;

    SeekingListener(ConsumerRebalanceListener streams) {
      this.streams = streams;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      streams.onPartitionsAssigned(partitions);
      for (TopicPartition partition : partitions) {
        PartitionFeeds feed = new PartitionFeeds(partition);
        feeds.put(partition, feed);
        SharedFold shared = new SharedFold();
        for (int sink = 0; sink < sinks.size(); sink++) {
          sinks.get(sink).assigned(partition.partition(), feed.sinks.get(sink), shared);
        }
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
        PartitionFeeds feed = feeds.remove(partition);
        for (int sink = 0; feed != null && sink < sinks.size(); sink++) {
          sinks.get(sink).left(partition.partition(), feed.sinks.get(sink));
        }
        pausedByStreams.remove(partition);
        sought.remove(partition);
      }
    }
  }

  /** What the projections of a partition may ask of this consumer, as long as the consumer has the partition. */
  private final class PartitionFeeds {
    private final TopicPartition partition;
    private final List<SinkFeed> sinks = new ArrayList<>();
    /** The last offset that was read; any thread may look. */
    private volatile long read = -1;

    PartitionFeeds(TopicPartition partition) {
      this.partition = partition;
      TableConsumer.this.sinks.forEach(sink -> sinks.add(new SinkFeed(this, sink)));
    }

    boolean held() {
      return sinks.stream().allMatch(sink -> sink.held);
    }

    /** To the least that any of them needs, so that none misses a record. */
    void seek() {
      long least = projections(partition).stream().mapToLong(PartitionProjection::needsFrom).min().orElse(Long.MAX_VALUE);
      if (here() && least != Long.MAX_VALUE) {
        if (projections(partition).stream().anyMatch(projection -> projection.provesAt(least))) {
          sought.put(partition, least);
        } else {
          sought.remove(partition);
        }
        TableConsumer.super.seek(partition, least);
      }
    }

    /**
     * Somebody needs what comes from this offset on. Who began while the others needed nothing, and is far behind, asks
     * again whether it is to be fed with them.
     */
    void leaveBehind(long offset) {
      for (Projections sink : TableConsumer.this.sinks) {
        PartitionProjection projection = sink.get(partition.partition());
        if (projection != null && offset - projection.needsFrom() > sink.mayBeBehind()) {
          projection.load();
        }
      }
    }

    void holdOrRelease() {
      if (here() && held()) {
        TableConsumer.super.pause(List.of(partition));
      } else if (here() && !pausedByStreams.contains(partition)) {
        TableConsumer.super.resume(List.of(partition));
      }
    }

    /** The least that the projections into other tables need; {@link Long#MAX_VALUE} where they need nothing. */
    long othersNeedFrom(Projections sink) {
      return TableConsumer.this.sinks.stream().filter(other -> other != sink)
          .map(other -> other.get(partition.partition())).filter(Objects::nonNull)
          .mapToLong(PartitionProjection::needsFrom).min().orElse(Long.MAX_VALUE);
    }

    private boolean here() {
      return feeds.get(partition) == this && assignment().contains(partition);
    }
  }

  /** What the projection into one table asks. */
  private static final class SinkFeed implements PartitionProjection.Feed {
    private final PartitionFeeds feeds;
    private final Projections sink;
    private boolean held;

    SinkFeed(PartitionFeeds feeds, Projections sink) {
      this.feeds = feeds;
      this.sink = sink;
    }

    @Override
    public void seek(long offset) {
      feeds.leaveBehind(offset);
      feeds.seek();
    }

    @Override
    public void hold() {
      held = true;
      feeds.holdOrRelease();
    }

    @Override
    public void release() {
      held = false;
      feeds.holdOrRelease();
    }

    /** One that is far behind the others would keep them waiting. */
    @Override
    public Optional<Refusal> refuses(long offset) {
      long others = feeds.othersNeedFrom(sink);
      boolean far = others != Long.MAX_VALUE && others - offset > sink.mayBeBehind();
      return sink.catchesUp(feeds.partition.partition(), far, offset,
          at -> Math.max(others, feeds.read) - at < sink.mayBeBehind() / 2);
    }
  }
}
