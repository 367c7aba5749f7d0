package io.logfold.query;

import io.logfold.log.FoldState;
import io.logfold.log.Verdict;
import java.util.Set;

/**
 * How a partition leader stands.
 *
 * @param leader node whose token is in force; empty where none is
 * @param state the phase in words; for a halted partition with the reason
 * @param serving name of the table that answers misses
 * @param mayServe it, and those whose serve event of this node is in flight, or of unknown fate
 * @param leaseAgeMs how long ago this node heard of the leadership: its last committed record
 * @param leaseLeftMs how long reads may be answered without another record; 0: no lease
 */
public record PartitionStatus(int partition, String leader, String leaderAddress, String state, long token, long committed,
    long projected, long leaseLeftMs, long memtableBytes, long skippedRecords, String serving, Set<String> mayServe, long leaseAgeMs) {

  static PartitionStatus of(Phase phase, Leadership leader, Serving serving, Claims claims) {
    FoldState fold = leader.fold().state();
    long skipped = 0;
    for (Verdict.Reason reason : Verdict.Reason.values()) {
      skipped += leader.fold().skipped(reason);
    }
    String state = phase instanceof Phase.Halted halted ? "halted: " + halted.why()
        : phase instanceof Phase.Following && claims.retired() ? "retired" : phase.label();
    return new PartitionStatus(fold.partition(), fold.leaderNode(), fold.leaderAddress(), state, fold.token(), fold.lsn(),
        leader.memtable().projectedLsn(), leader.lease().leftNanos() / 1_000_000, leader.memtable().bytes(), skipped,
        serving.name(), serving.mayServe(), claims.silentMs());
  }
}
