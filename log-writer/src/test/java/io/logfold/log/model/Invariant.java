package io.logfold.log.model;

/**
 * Something that must hold in every reachable state.
 *
 * @param name the invariant's number in the law and its name
 */
record Invariant<S>(String name, Check<S> check) {

  /** True when the state is as it should be. */
  @FunctionalInterface
  interface Check<S> {
    boolean holds(S state);
  }
}
