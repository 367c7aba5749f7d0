package io.logfold.log.model;

import java.util.List;

/**
 * A finite transition system: what a model tells the {@link Explorer}.
 *
 * <p>A state must be a pure value under {@link #pack}: two states that pack to the same bits are the same state, so
 * everything that can influence the future or an invariant must be packed, and nothing else should be.
 */
interface StateSpace<S> {
  String name();

  /** How many 64-bit words a packed state needs. */
  int words();

  S initial();

  void pack(S state, Bits.Writer out);

  S unpack(Bits.Reader in);

  /** Hands every successor of the state to {@code out}; must leave the state itself as it is. */
  void moves(S state, Moves<S> out);

  /** Checked in every state. */
  List<Invariant<S>> invariants();

  /** One line for a trace. */
  String describe(S state);
}
