package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A store that is measured, started by who made it. Its operations are what {@link Workload}s are made of: each checks
 * its own answer, and its future fails where that is not the one of a healthy, linearizable store. Keys remember the
 * revision that the peer gave them, or that was counted for it; 0 is a key that is not there.
 */
interface Peer extends AutoCloseable {
  /** As in the tables. */
  String name();

  /** What an acknowledged write survives, with the settings that make it so; as it is now. */
  Durability durability();

  /**
   * What an acknowledged write survives.
   *
   * @param synced whether an acknowledged write is flushed to disk
   * @param word what stands beside each figure
   */
  record Durability(boolean synced, String word, String text) {}

  default boolean knows(Workload workload) {
    return true;
  }

  /** Whether its rows are measured with so many in flight. */
  default boolean takes(int inFlight) {
    return true;
  }

  /** Whether answers are there when an operation returns. */
  default boolean blocks() {
    return false;
  }

  /** Puts all keys there; what it holds already stays. */
  default void fill(KeySpace keys) throws Exception {
    Fill.all(keys, key -> set(keys, 0, key));
  }

  CompletableFuture<?> get(KeySpace keys, int key);

  /** True where it applied: the key was at the revision that {@code keys} remember. */
  CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key);

  CompletableFuture<?> set(KeySpace keys, int lane, int key);

  /** Of a key that is there. */
  CompletableFuture<?> delete(KeySpace keys, int lane, int key);

  /** All of a partition key, in order. */
  CompletableFuture<?> scan(KeySpace keys, Bytes partitionKey, int rows);

  /**
   * At most so many rows of a partition key from this key on, which is there, in order; checked by {@link
   * KeySpace#checkScan}.
   */
  CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows);

  /** Sets so many keys of one partition key, all or nothing: this one and those in steps of the partition keys behind it. */
  CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int count);

  /** Has every write flushed to disk from now on, or again as before; nothing where the peer has no such choice. */
  default void flushEachWrite(boolean flush) throws Exception {}

  /** Before and after each measurement. */
  default void prepare() {}

  default void settle() {}

  /** Processor time of its own processes so far; zero where it runs in the driver's. */
  default Duration cpu() {
    return Duration.ZERO;
  }

  @Override
  default void close() throws Exception {}
}
