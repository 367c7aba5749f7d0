package io.logfold.api;

import java.util.List;

/**
 * Nodes and partitions as one node sees them; there may be several views of a partition, one for each node that was
 * asked.
 */
public record ClusterView(
    String store, int partitions, String keyHash, String table, List<Node> nodes, List<Partition> partitionViews) {

  /**
   * A node and where its clients find it.
   *
   * @param reachable whether the node that made the view could reach it
   */
  public record Node(String node, String address, boolean reachable) {}

  /**
   * One store partition as one node sees it.
   *
   * @param node whose view it is
   * @param leader node that leads it as far as is known; empty where none is known
   * @param leaderAddress where the leader is found, {@code http://HOST:PORT}; empty where it is not known
   * @param state what {@code node} does with the partition, in words
   * @param token of the leadership in force; -1: none
   * @param committed the last committed LSN that the node knows of
   * @param lag how many LSNs the view is behind the leader's; -1: not known
   * @param projected the table's checkpoint LSN
   * @param leaseLeftMs how long reads may be answered without another record; 0: no lease
   * @param leaseAgeMs how long ago the leadership's last record was sent (by its leader) or seen (by others); -1: not known
   * @param skippedRecords records that were not valid and were skipped since this process folds the log
   */
  public record Partition(int partition, String node, String leader, String leaderAddress, String state, long token,
      long committed, long projected, long lag, long leaseLeftMs, long leaseAgeMs, long memtableBytes,
      long skippedRecords) {
    public Partition withLag(long events) {
      return new Partition(partition, node, leader, leaderAddress, state, token, committed, projected, events, leaseLeftMs,
          leaseAgeMs, memtableBytes, skippedRecords);
    }
  }
}
