package io.logfold.api.client;

import io.logfold.api.Bytes;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How partition keys are spread over partitions, and the server that is believed to lead each. A belief is never more
 * than a shortcut: whoever is asked wrongly sends the call on, or refuses it. Any thread.
 */
final class Topology {
  private static final String KEY_HASH = "crc32c";

  private final String store;
  private final int partitions;
  private final AtomicReferenceArray<@Nullable ServerLink> leaders;

  private Topology(String store, int partitions, int places) {
    this.store = store;
    this.partitions = partitions;
    this.leaders = new AtomicReferenceArray<>(places);
  }

  /** Without beliefs. Keys that are spread in a way this client does not know are all taken for one partition's. */
  static Topology of(String store, int partitions, String keyHash) {
    return new Topology(store, partitions, keyHash.equals(KEY_HASH) ? Math.max(1, partitions) : 1);
  }

  String store() {
    return store;
  }

  /** As the cluster told it. */
  int partitions() {
    return partitions;
  }

  /** How many have a belief of their own: one for all where this client does not know how keys are spread. */
  int places() {
    return leaders.length();
  }

  int partition(Bytes partitionKey) {
    CRC32C crc = new CRC32C();
    crc.update(partitionKey.unsafeArray(), 0, partitionKey.size());
    return (int) (crc.getValue() % leaders.length());
  }

  @Nullable ServerLink leader(int partition) {
    return leaders.get(partition);
  }

  void believe(int partition, @Nullable ServerLink leader) {
    leaders.set(partition, leader);
  }

  /** The server has said that it does not lead the partition. */
  void doubt(int partition, ServerLink refused) {
    leaders.compareAndSet(partition, refused, null);
  }
}
