package io.logfold.log;

/**
 * Where a table stands in its log: kept beside the rows and moved only together with them, by compare-and-set.
 *
 * @param at the fold's state up to which the rows reflect the log
 * @param anchor an older state of the same log. Folding from it with an empty {@link RequestTable} gives, at {@code at}
 *     (not before), the answers that folding from the beginning gives: its log time is more than the dedupe window and
 *     {@link GenesisConfig#MAX_CLOCK_LEAD_MS} before that of {@code at}, or no event lies before it. RequestTable
 *     has the proof; {@link AnchorTracker} picks it
 */
public record Checkpoint(FoldState at, FoldState anchor) {
  public Checkpoint {
    if (anchor.position() > at.position()) {
      throw new IllegalArgumentException("anchor " + anchor.position() + " lies behind " + at.position());
    }
  }

  /** Of a table that holds nothing yet. */
  public static Checkpoint empty(String store, int partition) {
    FoldState start = FoldState.empty(store, partition);
    return new Checkpoint(start, start);
  }
}
