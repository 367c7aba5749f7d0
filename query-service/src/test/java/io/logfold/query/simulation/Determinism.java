package io.logfold.query.simulation;

import io.logfold.api.RequestId;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.query.NodeTables;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.api.Bytes;
import java.util.List;

/**
 * 1: The fold of a prefix is the same for every reader, also for one that starts at a checkpoint. Nodes and checkpoints
 * are compared whenever they have moved; the requests remembered from a checkpoint's anchor on only at the end, since
 * that folds the log again.
 */
final class Determinism implements Invariant {
  private final Watch watch;

  Determinism(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void stepped(SimulatedNode node) {
    compare(node.name() + "'s fold", watch.view(node).state());
  }

  @Override
  public void tableMoved(String table) {
    Checkpoint checkpoint = watch.cluster().checkpoint(table);
    compare("the checkpoint of table " + table, checkpoint.at());
    compare("the anchor of table " + table, checkpoint.anchor());
  }

  private void compare(String whose, FoldState state) {
    FoldState truth = watch.truth().stateAt(state.position());
    if (truth == null || (truth != state && !truth.equals(state))) {
      watch.broken(this, whose + " is " + state + ", and the log up to there gives " + truth);
    }
  }

  @Override
  public void atEnd() {
    Checkpoint checkpoint = watch.cluster().checkpoint(NodeTables.MAIN);
    LogFold fold = new LogFold(checkpoint.anchor(), true);
    List<Bytes> raw = watch.truth().raw();
    for (int offset = (int) checkpoint.anchor().position(); offset < raw.size(); offset++) {
      fold.apply(offset, raw.get(offset));
    }
    for (RequestId id : watch.truth().events().keySet()) {
      if (!fold.requests().find(id).equals(watch.truth().fold().requests().find(id))) {
        watch.broken(this, "request " + id + " is remembered as " + fold.requests().find(id)
            + " from the table's anchor on, and as " + watch.truth().fold().requests().find(id) + " from the beginning");
      }
    }
  }
}
