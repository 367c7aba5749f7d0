package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a store's log and tells which leaderships were given away, to whom, and when. One thread. */
final class MovesInLog {
  private static final Duration POLL = Duration.ofMillis(500);

  private final long nanosOfEpoch = System.nanoTime() - System.currentTimeMillis() * 1_000_000;
  private final String store;
  private final Map<TopicPartition, LogFold> folds = new HashMap<>();
  private final Map<TopicPartition, ConsumerRecord<byte[], byte[]>> resigned = new HashMap<>();
  private final Map<TopicPartition, String> leaders = new HashMap<>();
  private final List<PlannedMove> moves = new ArrayList<>();

  private MovesInLog(String store) {
    this.store = store;
  }

  /** All moves up to the end of the log as it is now. */
  static List<PlannedMove> read(String bootstrapServers, String topic, String store, int partitions) {
    MovesInLog reader = new MovesInLog(store);
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
        Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
        new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all = new ArrayList<>();
      for (int partition = 0; partition < partitions; partition++) {
        all.add(new TopicPartition(topic, partition));
      }
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
        consumer.poll(POLL).forEach(reader::take);
      }
    }
    return List.copyOf(reader.moves);
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    LogFold fold = folds.computeIfAbsent(partition, any -> new LogFold(FoldState.empty(store, any.partition()), true));
    switch (fold.apply(record.offset(), Bytes.wrap(record.value()))) {
      case Verdict.Valid valid when valid.record() instanceof LogRecord.Resign -> resigned.put(partition, record);
      case Verdict.ClaimEffective claim -> {
        String from = leaders.put(partition, claim.claim().node());
        ConsumerRecord<byte[], byte[]> resign = resigned.remove(partition);
        if (resign != null && from != null && !from.equals(claim.claim().node())) {
          moves.add(new PlannedMove(record.partition(), from, claim.claim().node(), nanos(resign), nanos(record)));
        }
      }
      default -> {}
    }
  }

  private long nanos(ConsumerRecord<byte[], byte[]> record) {
    return record.timestamp() * 1_000_000 + nanosOfEpoch;
  }
}
