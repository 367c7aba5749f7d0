package io.logfold.projector.streams;

import io.logfold.log.LogRecord;
import io.logfold.log.RecordCodec.Decoded;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The time that a record of the log says, which is the one its partition's order goes by; Kafka's own, which any client
 * can set, plays no part. What says no time leaves stream time where it is. Stateless.
 */
final class LogTime implements TimestampExtractor {
  @Override
  public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
    return record.value() instanceof Decoded.Ok ok && ok.record() instanceof LogRecord.TokenRecord said
        ? Math.max(0, said.timeMs()) : Math.max(0, partitionTime);
  }
}
