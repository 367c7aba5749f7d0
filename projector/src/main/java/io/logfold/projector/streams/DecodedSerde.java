package io.logfold.projector.streams;

import io.logfold.api.Bytes;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordCodec.Decoded;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Decodes the log's records as they come in; never fails, since a stranger's record must not stop the application before
 * it was judged. Stateless.
 */
final class DecodedSerde implements Serde<Decoded> {
  @Override
  public Serializer<Decoded> serializer() {
    return (topic, decoded) -> {
      throw new UnsupportedOperationException("the log is written by its leaders alone");
    };
  }

  @Override
  public Deserializer<Decoded> deserializer() {
    return (topic, bytes) -> RecordCodec.decode(bytes == null ? Bytes.EMPTY : Bytes.wrap(bytes));
  }
}
