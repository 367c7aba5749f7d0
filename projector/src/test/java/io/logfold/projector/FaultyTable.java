package io.logfold.projector;

import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import java.util.List;

/**
 * A table whose backend goes away in mid-batch, from the projector's side of it: the apply that is told to fails before
 * or after it has happened, and then, until {@link #heal}, everything fails. What is below goes on to exist, so a table
 * that never heals is to its projector what a kill is.
 */
public final class FaultyTable extends ForwardingTable {
  private int appliesLeft = Integer.MAX_VALUE;
  private boolean afterwards;
  private boolean gone;
  private int applied;

  public FaultyTable(Table below) {
    super(below);
  }

  /** So many more applies succeed, and the next one fails: after it has happened, or before. */
  public synchronized FaultyTable failAfter(int applies, boolean butHappened) {
    appliesLeft = applies;
    afterwards = butHappened;
    return this;
  }

  public synchronized void heal() {
    gone = false;
    appliesLeft = Integer.MAX_VALUE;
  }

  public synchronized boolean gone() {
    return gone;
  }

  /** How many applies have happened below. */
  public synchronized int applied() {
    return applied;
  }

  @Override
  public synchronized void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    check();
    boolean fails = appliesLeft-- == 0;
    if (fails) {
      gone = true;
    }
    if (!fails || afterwards) {
      super.apply(partition, changes, from, to);
      applied++;
    }
    check();
  }

  @Override
  public synchronized Checkpoint checkpoint(int partition) {
    check();
    return super.checkpoint(partition);
  }

  private void check() {
    if (gone) {
      throw new TableException("the backend is away", new IllegalStateException("on purpose"));
    }
  }
}
