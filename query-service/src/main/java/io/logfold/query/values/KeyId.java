package io.logfold.query.values;

import io.logfold.api.Bytes;
import io.logfold.log.Redaction;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/** Names a data key: 16 random bytes, never used twice. */
public record KeyId(long high, long low) {
  public static KeyId random(RandomGenerator random) {
    return new KeyId(random.nextLong(), random.nextLong());
  }

  /** @throws IllegalArgumentException where these are not 16 bytes */
  public static KeyId of(Bytes bytes) {
    if (bytes.size() != Redaction.KEY_ID_BYTES) {
      throw new IllegalArgumentException("a key id has " + Redaction.KEY_ID_BYTES + " bytes, got " + bytes.size());
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes.unsafeArray());
    return new KeyId(buffer.getLong(), buffer.getLong());
  }

  public Bytes bytes() {
    return Bytes.wrap(ByteBuffer.allocate(Redaction.KEY_ID_BYTES).putLong(high).putLong(low).array());
  }
}
