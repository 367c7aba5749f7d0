package io.logfold.log.embedded;

/** When an acknowledged record of the embedded broker is on the disk. */
public enum Durability {
  /**
   * Kafka's own way: an acknowledged record is in the operating system's page cache. It survives the death of the
   * process (kill -9) and not that of the machine, which in a cluster of three the other brokers make up for.
   */
  PAGE_CACHE,

  /** Flushed to the disk before it is acknowledged: survives the machine, at the price of a flush for every batch. */
  EVERY_WRITE
}
