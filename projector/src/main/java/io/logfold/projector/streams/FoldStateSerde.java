package io.logfold.projector.streams;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.log.CheckpointCodec;
import io.logfold.log.FoldState;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/** {@link FoldState} to and from bytes: those of a checkpoint whose anchor says nothing. Stateless. */
final class FoldStateSerde implements Serde<FoldState> {
  @Override
  @SuppressWarnings("NullAway") // Kafka's null in, Kafka's null out.
  public Serializer<FoldState> serializer() {
    return (topic, state) -> state == null ? null : CheckpointCodec.encode(
        new Checkpoint(state, FoldState.empty(state.store(), state.partition()))).unsafeArray();
  }

  @Override
  @SuppressWarnings("NullAway")
  public Deserializer<FoldState> deserializer() {
    return (topic, bytes) -> bytes == null ? null : CheckpointCodec.decode(Bytes.wrap(bytes)).at();
  }
}
