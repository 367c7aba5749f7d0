package io.logfold.log.model;

import java.util.function.Supplier;

/** Takes the successors of one state. The label is asked for only when a trace is written. */
@FunctionalInterface
interface Moves<S> {
  void to(S next, Supplier<String> label);
}
