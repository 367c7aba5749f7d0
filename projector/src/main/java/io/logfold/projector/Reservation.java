package io.logfold.projector;

import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;

/**
 * The checkpoint of an empty table that somebody is filling or clearing: it stands before the beginning of the log, at
 * minus a number that only its owner knows.
 *
 * <p>Whoever copies rows into a table changes it many times before it stands anywhere. Were all those changes moves
 * from {@link Checkpoint#empty} to itself, two who do so at once would not notice each other, and one could clear what
 * the other has copied. Under a reservation every change is a compare-and-set against a number of one's own: who is
 * taken over by another finds out at the next step. A projector leaves a reserved table alone. To all who fold, a
 * reservation is what an empty checkpoint is: no record is judged, and the next one wanted is the first.
 */
public final class Reservation {
  private Reservation() {}

  /** @param number any; its low 62 bits tell this owner from others */
  public static Checkpoint of(String store, int partition, long number) {
    FoldState empty = FoldState.empty(store, partition);
    FoldState before = new FoldState(store, partition, -1 - (number & (Long.MAX_VALUE >> 1)), empty.token(),
        empty.lsn(), empty.lastValidOffset(), empty.hash(), empty.logTimeMs(), empty.genesis(), empty.leaderNode(),
        empty.leaderAddress(), empty.serving());
    return new Checkpoint(before, before);
  }

  public static boolean is(Checkpoint checkpoint) {
    return checkpoint.at().position() < 0;
  }

  /** Whether the table stands nowhere yet: reserved or not, any row in it is left over from a filling that ended. */
  public static boolean orEmpty(Checkpoint checkpoint) {
    return checkpoint.at().position() <= 0;
  }
}
