package io.logfold.log;

/**
 * What is fixed for the life of a store.
 *
 * @param partitions number of store partitions, which is the topic's number of partitions
 * @param keyHash how partition keys are spread: {@link PartitionHash#NAME}
 * @param ttlMs lease time
 * @param driftPermille most by which two clocks' rates may differ, in thousandths
 * @param dedupeWindowMs how long a request id is remembered, by the log's time
 * @param dedupeMax most request ids remembered in a partition
 */
public record GenesisConfig(
    int partitions, String keyHash, long ttlMs, int driftPermille, long dedupeWindowMs, int dedupeMax) {
  /** The defaults: leases of 3 s, drift of 5 %, ids for 10 minutes, a million of them. */
  public static GenesisConfig defaults(int partitions) {
    return new GenesisConfig(partitions, PartitionHash.NAME, 3_000, 50, 600_000, 1_000_000);
  }
}
