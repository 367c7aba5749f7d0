package io.logfold.api;

import java.util.List;

/** Nodes and partitions as one node sees them. */
public record ClusterView(
    String store, int partitions, String keyHash, String table, List<Node> nodes, List<Partition> partitionViews) {

  /** A node and where its clients find it. */
  public record Node(String node, String address) {}

  /**
   * One store partition.
   *
   * @param leader node that leads it as far as is known; empty where none is known
   * @param state the leader's state in words
   * @param token of the leadership in force; -1: none
   * @param committed the last committed LSN
   * @param projected the table's checkpoint LSN
   * @param leaseLeftMs how long reads may be answered without another record; 0: no lease
   * @param skippedRecords records that were not valid and were skipped since this process folds the log
   */
  public record Partition(int partition, String leader, String state, long token, long committed, long projected,
      long leaseLeftMs, long memtableBytes, long skippedRecords) {}
}
