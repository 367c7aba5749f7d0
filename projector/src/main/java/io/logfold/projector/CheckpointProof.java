package io.logfold.projector;

import io.logfold.api.Bytes;
import io.logfold.log.FoldState;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHasher;
import java.util.Optional;

/**
 * Whether a table was folded from this log. A checkpoint stands on a record, its last valid one; nothing is folded
 * before that record has come and has the checkpoint's hash. So a truncated, rewritten or other log is found before it
 * does harm. What is wrong is told as a sentence for people, with what to do.
 */
public final class CheckpointProof {
  private CheckpointProof() {}

  /** Where to begin to read: at the record the checkpoint stands on, or where there is none at the log's beginning. */
  public static long offset(FoldState at) {
    return Math.max(0, at.lastValidOffset());
  }

  /** Whether there is a record to prove: not before Genesis. */
  public static boolean stands(FoldState at) {
    return at.lastValidOffset() >= 0;
  }

  /** What is wrong where the checkpoint is not of this store and partition. */
  public static Optional<String> otherStore(FoldState at, String store, int partition) {
    return at.store().equals(store) && at.partition() == partition ? Optional.empty() : Optional.of(
        "the table's checkpoint is of " + at.store() + "/" + at.partition() + "; give this store another table");
  }

  /** What is wrong where the record that lies at {@link #offset} is not the one the checkpoint stands on. */
  public static Optional<String> otherLog(FoldState at, Bytes raw) {
    if (!stands(at)) {
      return Optional.empty();
    }
    boolean same = RecordCodec.decode(raw) instanceof RecordCodec.Decoded.Ok ok
        && RecordHasher.next(ok.record().header().prevHash(), ok.record()).equals(at.hash());
    return same ? Optional.empty() : Optional.of("the record at offset " + offset(at)
        + " is not the one the table was folded from (hash " + at.hash() + " is not the log's): the table belongs to"
        + " another log, or the log was rewritten. Nothing was changed; project this log into a new table");
  }

  /** What is wrong where the log does not give the record at this offset, which a table at this state needs. */
  public static String logLost(FoldState at, long offset, String why) {
    return "the log does not hold offset " + offset + ", from which the table at position " + at.position()
        + " must go on (" + why + "): the log was truncated or is another one, or the table is ahead of it."
        + " Nothing was changed; restore the log, or project into a new table";
  }
}
