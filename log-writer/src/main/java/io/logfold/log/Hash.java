package io.logfold.log;

import io.logfold.api.Bytes;

/** A SHA-256 hash, 32 bytes: of the fold's state, or of a value's stored bytes. */
public record Hash(Bytes bytes) {
  public static final int SIZE = 32;

  /** What the first record of a log is chained to. */
  public static final Hash ZERO = new Hash(Bytes.wrap(new byte[SIZE]));

  public Hash {
    if (bytes.size() != SIZE) {
      throw new IllegalArgumentException("a hash has " + SIZE + " bytes, got " + bytes.size());
    }
  }

  @Override
  public String toString() {
    return bytes.hex().substring(0, 12);
  }
}
