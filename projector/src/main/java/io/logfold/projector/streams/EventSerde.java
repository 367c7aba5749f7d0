package io.logfold.projector.streams;

import io.logfold.api.Bytes;
import io.logfold.log.LogRecord;
import io.logfold.log.RecordCodec;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** {@link EventView} to and from bytes: its offset (8 bytes, big-endian), then the record as the log has it. Stateless. */
final class EventSerde implements Serde<EventView> {
  @Override
  public Serializer<EventView> serializer() {
    return (topic, view) -> encode(view);
  }

  @Override
  public Deserializer<EventView> deserializer() {
    return (topic, bytes) -> decode(bytes);
  }

  @SuppressWarnings("NullAway") // Kafka's null in, Kafka's null out: a tombstone.
  private static byte[] encode(@Nullable EventView view) {
    if (view == null) {
      return null;
    }
    byte[] record = RecordCodec.encode(view.event()).unsafeArray();
    return ByteBuffer.allocate(Long.BYTES + record.length).putLong(view.offset()).put(record).array();
  }

  @SuppressWarnings("NullAway")
  private static EventView decode(byte @Nullable [] bytes) {
    if (bytes == null) {
      return null;
    }
    if (bytes.length > Long.BYTES) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      long offset = buffer.getLong();
      byte[] record = new byte[buffer.remaining()];
      buffer.get(record);
      if (RecordCodec.decode(Bytes.wrap(record)) instanceof RecordCodec.Decoded.Ok ok
          && ok.record() instanceof LogRecord.Event event) {
        return new EventView(offset, event);
      }
    }
    throw new SerializationException("these " + bytes.length + " bytes are no event: expected what EventStreams.eventSerde()"
        + " wrote, in the same version");
  }
}
