package io.logfold.log;

import java.util.Optional;

/**
 * The fold of a log prefix, without the dedupe part: all that is needed to judge the next record. Immutable.
 *
 * @param store name of the store this log belongs to
 * @param partition store partition
 * @param position offset of the next record to fold
 * @param token offset of the claim in force; {@link #NO_TOKEN} before the first claim and after a Resign
 * @param lsn of the last valid token record; 0 before the first
 * @param lastValidOffset offset of the last valid record (Genesis and effective claims included); -1 before the first
 * @param hash of the chain up to lastValidOffset
 * @param logTimeMs time of the last valid token record, milliseconds since the epoch; 0 before the first
 * @param genesis empty before the first valid record
 * @param leaderNode who claimed the token in force; empty where there is none
 * @param leaderAddress where it is reached
 * @param serving name of the table that answers misses; empty where no event has said so: then it is the node's main table
 */
public record FoldState(
    String store,
    int partition,
    long position,
    long token,
    long lsn,
    long lastValidOffset,
    Hash hash,
    long logTimeMs,
    Optional<GenesisConfig> genesis,
    String leaderNode,
    String leaderAddress,
    String serving) {

  public static final long NO_TOKEN = -1;

  /** The state before the first record. */
  public static FoldState empty(String store, int partition) {
    return new FoldState(store, partition, 0, NO_TOKEN, 0, -1, Hash.ZERO, 0, Optional.empty(), "", "", "");
  }
}
