package io.logfold.log;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Picks the anchor for the checkpoints of one partition: the newest state it has kept that is old enough for
 * {@link Checkpoint#anchor}. It keeps about 20 candidates, evenly spread over the time that matters, so an anchor is at
 * most a twentieth older than it need be. Owned by the thread that folds; log time is its only clock.
 *
 * <p>A checkpoint carries one anchor, so a tracker that begins anew knows two candidates: where a projector is started
 * anew more often than once in a window, the anchor stays where it is until one run outlasts it. That is safe; it only
 * makes the next rebuild longer.
 */
public final class AnchorTracker {
  private static final int CANDIDATES = 20;

  /** Oldest first, never empty; the first is the anchor in force. */
  private final Deque<FoldState> candidates = new ArrayDeque<>();

  /** @param last the checkpoint that the table has: {@link Checkpoint#empty} at first */
  public AnchorTracker(Checkpoint last) {
    candidates.add(last.anchor());
    if (last.at().position() > last.anchor().position()) {
      candidates.add(last.at());
    }
  }

  /**
   * The checkpoint to write at this state. Call it at least as often as checkpoints are written; more often (after
   * every batch that was folded) gives younger anchors and costs little.
   *
   * @param at a state of the same fold as all before, not older than they
   */
  public Checkpoint moved(FoldState at) {
    if (at.position() < candidates.getLast().position()) {
      throw new IllegalArgumentException("the fold moved back, from position " + candidates.getLast().position()
          + " to " + at.position());
    }
    if (at.genesis().isPresent()) {
      long spanMs = at.genesis().get().dedupeWindowMs() + GenesisConfig.MAX_CLOCK_LEAD_MS;
      if (at.logTimeMs() - candidates.getLast().logTimeMs() >= spanMs / CANDIDATES) {
        candidates.add(at);
      }
      while (candidates.size() > 1 && oldEnough(second(), at, spanMs)) {
        candidates.removeFirst();
      }
    }
    return new Checkpoint(at, candidates.getFirst());
  }

  private static boolean oldEnough(FoldState candidate, FoldState at, long spanMs) {
    return at.logTimeMs() - candidate.logTimeMs() > spanMs;
  }

  private FoldState second() {
    var each = candidates.iterator();
    each.next();
    return each.next();
  }
}
