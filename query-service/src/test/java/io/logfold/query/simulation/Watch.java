package io.logfold.query.simulation;

import io.logfold.query.LeaderView;
import io.logfold.query.testing.SimulatedNode;

/** What invariants may look at, and whom they tell. */
interface Watch {
  Truth truth();

  LeaderView view(SimulatedNode node);

  Cluster cluster();

  /** To be told to all invariants. */
  void answered(Call call);

  /** The run ends here. */
  void broken(Invariant invariant, String how);
}
