package io.logfold.log;

import io.logfold.api.Bytes;
import java.util.List;
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
 * @param policies in force
 * @param redacted ids of the keys of the last redactions, at most {@link #MAX_REDACTED}, the newest last: whoever leads
 *     from here sees to it that they are destroyed
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
    String serving,
    PolicySet policies,
    List<Bytes> redacted) {

  public static final long NO_TOKEN = -1;

  /** How many redactions may wait for their key to be destroyed. */
  public static final int MAX_REDACTED = 32;

  public FoldState {
    redacted = List.copyOf(redacted);
  }

  public FoldState(String store, int partition, long position, long token, long lsn, long lastValidOffset, Hash hash,
      long logTimeMs, Optional<GenesisConfig> genesis, String leaderNode, String leaderAddress, String serving) {
    this(store, partition, position, token, lsn, lastValidOffset, hash, logTimeMs, genesis, leaderNode, leaderAddress,
        serving, PolicySet.NONE, List.of());
  }

  /** The last ones behind one more redaction. */
  public static List<Bytes> redacted(List<Bytes> before, Bytes keyId) {
    List<Bytes> after = new java.util.ArrayList<>(before);
    after.remove(keyId);
    after.add(keyId);
    return List.copyOf(after.subList(Math.max(0, after.size() - MAX_REDACTED), after.size()));
  }

  /** The state before the first record. */
  public static FoldState empty(String store, int partition) {
    return new FoldState(store, partition, 0, NO_TOKEN, 0, -1, Hash.ZERO, 0, Optional.empty(), "", "", "");
  }
}
