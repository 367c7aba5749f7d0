package io.logfold.log.kafka;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One partition's log: the node's producer for what goes in, the node's reader for what comes out, and the order of the
 * answers. Records have neither key nor headers.
 *
 * <p>A broker that knows nothing of a producer takes any sequence number for its first batch. So where the very first batch
 * of a producer is refused for a moment (its broker is not the leader yet) and a second one, already on its way, is taken,
 * the first can never get in: it fails after the delivery timeout, and so do those that wait behind it. An appender that
 * waits for the answer to its first record, as a leader does with its claim, is safe from that.
 */
final class KafkaPartitionLog implements PartitionLog {
  private final String topic;
  private final int partition;
  private final NodeProducer producer;
  private final Readers readers;
  private final AckQueue acks = new AckQueue();

  KafkaPartitionLog(String topic, int partition, NodeProducer producer, Readers readers) {
    this.topic = topic;
    this.partition = partition;
    this.producer = producer;
    this.readers = readers;
  }

  @Override
  public void append(Bytes record, AppendCallback callback) {
    AckQueue.Entry entry = acks.open(callback);
    Optional<AppendFailure> refused = producer.send(
        new ProducerRecord<>(topic, partition, null, record.unsafeArray()),
        new NodeProducer.Outcome() {
          @Override
          public void appended(long offset) {
            acks.appended(entry, offset);
          }

          @Override
          public void failed(AppendFailure failure) {
            acks.failed(entry, failure);
          }
        });
    if (refused.isPresent()) {
      acks.withdraw(entry);
      callback.failed(refused.get());
    }
  }

  @Override
  public CompletableFuture<LogBatch> read(long fromOffset, int maxBytes, long maxWaitMs) {
    return readers.read(partition, fromOffset, maxBytes, maxWaitMs);
  }
}
