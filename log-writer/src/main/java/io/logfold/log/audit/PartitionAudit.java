package io.logfold.log.audit;

import io.logfold.log.FoldState;
import io.logfold.log.Hash;
import io.logfold.log.Verdict;
import java.util.List;
import java.util.Map;

/**
 * What the audit of one partition found.
 *
 * @param partition store partition
 * @param records read, those that do not count among them
 * @param events valid ones, with and without changes
 * @param bytes of those records
 * @param skipped how many records never counted, by reason; reasons without any are left out
 * @param missing offsets that hold no record, and past which the chain goes on: nothing that counted lay there
 * @param end of the log when the audit began: the offset behind its last record
 * @param at the fold behind the last record that counts
 * @param genesis hash of the chain behind Genesis; zero where there is none
 * @param misfits by offset; empty: all fits
 * @param moreMisfits how many are not in the list
 */
public record PartitionAudit(int partition, long records, long events, long bytes, Map<Verdict.Reason, Long> skipped,
    long missing, long end, FoldState at, Hash genesis, List<Misfit> misfits, long moreMisfits) {
  public PartitionAudit {
    skipped = Map.copyOf(skipped);
    misfits = List.copyOf(misfits);
  }

  public boolean intact() {
    return misfits.isEmpty();
  }

  /** All records that never counted. */
  public long skippedRecords() {
    return skipped.values().stream().mapToLong(Long::longValue).sum();
  }

  /** What a seal says of this partition. */
  public SealedPoint point() {
    return new SealedPoint(at.lastValidOffset() + 1, at.lsn(), at.token(), at.logTimeMs(), at.hash(), genesis);
  }
}
