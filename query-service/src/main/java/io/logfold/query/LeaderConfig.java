package io.logfold.query;

/**
 * How a partition leader behaves. What all nodes must agree on is in Genesis, not here.
 *
 * @param node id of this node, unique in the cluster
 * @param address where clients reach this node
 * @param memtableLimitBytes above it projected entries are forgotten, and writers slowed down where that does not help
 * @param residentLimitBytes largest partition key that is kept whole
 * @param residentLimitRows likewise, in rows
 * @param maxWaiting most operations that may wait inside the leader; more are answered SLOW_DOWN
 * @param maxInFlightRecords most records appended and not yet committed
 * @param maxInFlightBytes likewise, in bytes
 * @param logStallMs a record unacknowledged for so long makes new writes fail at once, surely not applied
 * @param slowDownAfterMs how long a write waits for room in the memtable before it is answered SLOW_DOWN
 * @param checkpointPollMs how often the table is asked how far it is, while it matters
 * @param snapshotMs how long a snapshot scan may take
 * @param maxSnapshots most snapshots open in the partition
 * @param staggerMs how much longer each further node in the ranking waits before it claims
 * @param serveLagEvents how many events a table may be behind and yet be made the one that serves
 */
public record LeaderConfig(
    String node,
    String address,
    long memtableLimitBytes,
    long residentLimitBytes,
    int residentLimitRows,
    int maxWaiting,
    int maxInFlightRecords,
    long maxInFlightBytes,
    long logStallMs,
    long slowDownAfterMs,
    long checkpointPollMs,
    long snapshotMs,
    int maxSnapshots,
    long staggerMs,
    long serveLagEvents) {

  public static LeaderConfig defaults(String node, String address) {
    return new LeaderConfig(node, address, 128L << 20, 8L << 20, 20_000, 20_000, 10_000, 16L << 20, 3_000, 1_000, 50, 60_000, 64,
        250, 10_000);
  }

  public LeaderConfig withMemtableLimitBytes(long bytes) {
    return new LeaderConfig(node, address, bytes, Math.min(residentLimitBytes, bytes / 4), residentLimitRows, maxWaiting,
        maxInFlightRecords, maxInFlightBytes, logStallMs, slowDownAfterMs, checkpointPollMs, snapshotMs, maxSnapshots,
        staggerMs, serveLagEvents);
  }

  /** The leaders of a node share its producer: what they may have in flight together must fit into its buffer. */
  public LeaderConfig withMaxInFlightBytes(long bytes) {
    return new LeaderConfig(node, address, memtableLimitBytes, residentLimitBytes, residentLimitRows, maxWaiting,
        maxInFlightRecords, bytes, logStallMs, slowDownAfterMs, checkpointPollMs, snapshotMs, maxSnapshots,
        staggerMs, serveLagEvents);
  }

  public LeaderConfig withResidentLimitRows(int rows) {
    return new LeaderConfig(node, address, memtableLimitBytes, residentLimitBytes, rows, maxWaiting, maxInFlightRecords,
        maxInFlightBytes, logStallMs, slowDownAfterMs, checkpointPollMs, snapshotMs, maxSnapshots,
        staggerMs, serveLagEvents);
  }

  public LeaderConfig withServeLagEvents(long events) {
    return new LeaderConfig(node, address, memtableLimitBytes, residentLimitBytes, residentLimitRows, maxWaiting,
        maxInFlightRecords, maxInFlightBytes, logStallMs, slowDownAfterMs, checkpointPollMs, snapshotMs, maxSnapshots,
        staggerMs, events);
  }
}
