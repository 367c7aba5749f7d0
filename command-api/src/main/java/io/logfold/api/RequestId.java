package io.logfold.api;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * 128 bits that name one request for ever: the same id again is the same request, and is applied at most once.
 * Printed and read as a UUID.
 */
public record RequestId(long high, long low) {
  public static RequestId random(RandomGenerator random) {
    return new RequestId(random.nextLong(), random.nextLong());
  }

  /** From 16 bytes. */
  public static RequestId of(Bytes bytes) {
    if (bytes.size() != 16) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "requestId must be 16 bytes, got " + bytes.size());
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes.unsafeArray());
    return new RequestId(buffer.getLong(), buffer.getLong());
  }

  /** From the form that {@link #toString} prints. */
  public static RequestId parse(String text) {
    try {
      UUID uuid = UUID.fromString(text);
      return new RequestId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    } catch (IllegalArgumentException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "requestId must be a UUID, got '" + text + "'", e);
    }
  }

  public Bytes bytes() {
    return Bytes.wrap(ByteBuffer.allocate(16).putLong(high).putLong(low).array());
  }

  @Override
  public String toString() {
    return new UUID(high, low).toString();
  }
}
