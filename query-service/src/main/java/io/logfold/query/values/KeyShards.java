package io.logfold.query.values;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * All wrapped keys of a vault by their ids: many small tables, so that none comes near to what an array can hold, and
 * growing takes no more room than one of them. It refuses more than it was made for, before memory ends. Safe for all threads.
 */
final class KeyShards {
  /** Memory of a key of a vault where its table has just grown. */
  static final int MOST_BYTES_A_KEY = 165;

  private static final int BITS = 10;

  private final KeyTable[] shards;
  private final long most;
  private final AtomicLong size = new AtomicLong();

  /**
   * @param width bytes of each value
   * @param most keys that it takes
   */
  KeyShards(int width, long most) {
    this.shards = Stream.generate(() -> new KeyTable(width)).limit(1 << BITS).toArray(KeyTable[]::new);
    this.most = most;
  }

  /** @throws StoreException UNAVAILABLE where it is full */
  void put(KeyId id, byte[] value) {
    if (size.get() >= most && shard(id).get(id).isEmpty()) {
      throw new StoreException(ErrorCode.UNAVAILABLE, "there are more than " + most + " keys of redactable values, and this"
          + " node has no memory for them; give it a larger heap (LOGFOLD_JAVA_OPTS=-Xmx...)");
    }
    if (shard(id).put(id, value)) {
      size.incrementAndGet();
    }
  }

  Optional<byte[]> get(KeyId id) {
    return shard(id).get(id);
  }

  void remove(KeyId id) {
    if (shard(id).remove(id)) {
      size.decrementAndGet();
    }
  }

  long size() {
    return size.get();
  }

  /** By bits that the table itself does not look at. */
  private KeyTable shard(KeyId id) {
    return shards[(int) (id.high() >>> (Long.SIZE - BITS))];
  }
}
