package io.logfold.query.simulation;

import io.logfold.query.testing.SimulatedNode;

/**
 * Something that must hold at every moment of a run (docs/CONSISTENCY.md numbers them). It is told what happens, and says
 * to {@link Watch#broken} what is wrong. Each run makes its own.
 */
interface Invariant {
  /** As failures print it. */
  default String title() {
    return getClass().getSimpleName();
  }

  /** A record has come into the log, and the truth has folded it. */
  default void landed(Truth.Landed landed) {}

  /** A node did one step: one message, one call of the table, or the end of a turn. */
  default void stepped(SimulatedNode node) {}

  /** The answer is complete at this moment; whoever calls from now on must see at least as much. */
  default void answered(Call call) {}

  /** A projector may have moved the table of this name. */
  default void tableMoved(String table) {}

  /** All faults have been healed and the time of every call is over. */
  default void atEnd() {}
}
