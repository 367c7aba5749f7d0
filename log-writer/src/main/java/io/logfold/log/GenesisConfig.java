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
  /**
   * Most by which a request's time may be ahead of the leader that accepts it, milliseconds: so a client's fast clock
   * expires nobody else. It is part of the law and not of a store's configuration, because {@link RequestTable} and
   * {@link Checkpoint#anchor} rest on it.
   */
  public static final long MAX_CLOCK_LEAD_MS = 30_000;

  public GenesisConfig {
    atLeast("partitions", partitions, 1);
    atLeast("ttlMs", ttlMs, 1);
    atLeast("driftPermille", driftPermille, 0);
    atLeast("dedupeWindowMs", dedupeWindowMs, 0);
    atLeast("dedupeMax", dedupeMax, 0);
  }

  private static void atLeast(String field, long given, long least) {
    if (given < least) {
      throw new IllegalArgumentException(field + " must be at least " + least + ", got " + given);
    }
  }

  /** The defaults: leases of 3 s, drift of 5 %, ids for 10 minutes, a million of them. */
  public static GenesisConfig defaults(int partitions) {
    return new GenesisConfig(partitions, PartitionHash.NAME, 3_000, 50, 600_000, 1_000_000);
  }
}
