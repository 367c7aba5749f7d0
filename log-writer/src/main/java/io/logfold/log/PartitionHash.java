package io.logfold.log;

import io.logfold.api.Bytes;
import java.util.zip.CRC32C;

/** Spreads partition keys over partitions: CRC-32C (in every language's library, and in hardware) modulo the number of partitions. */
public final class PartitionHash {
  public static final String NAME = "crc32c";

  private PartitionHash() {}

  public static int partition(Bytes partitionKey, int partitions) {
    CRC32C crc = new CRC32C();
    crc.update(partitionKey.unsafeArray(), 0, partitionKey.size());
    return (int) (crc.getValue() % partitions);
  }
}
