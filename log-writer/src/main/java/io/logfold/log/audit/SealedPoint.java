package io.logfold.log.audit;

import io.logfold.log.Hash;

/**
 * What a seal says of one partition.
 *
 * @param position the offset behind the last record that counted; 0 where there was none
 * @param lsn of the last valid token record
 * @param token in force, or {@link io.logfold.log.FoldState#NO_TOKEN}
 * @param timeMs log time, milliseconds since the epoch
 * @param hash of the chain at that position
 * @param genesis hash of the chain behind Genesis
 */
public record SealedPoint(long position, long lsn, long token, long timeMs, Hash hash, Hash genesis) {
  /** Of a partition that nobody has led yet. */
  public static final SealedPoint NOTHING = new SealedPoint(0, 0, -1, 0, Hash.ZERO, Hash.ZERO);
}
