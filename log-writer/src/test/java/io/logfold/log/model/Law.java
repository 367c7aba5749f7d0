package io.logfold.log.model;

import java.util.EnumSet;
import java.util.Set;

/** The rules a model runs under: the law itself, or the law with one thing changed. */
record Law(Set<Mutation> mutations, Set<Relaxation> relaxations) {

  static Law unchanged() {
    return new Law(EnumSet.noneOf(Mutation.class), EnumSet.noneOf(Relaxation.class));
  }

  static Law with(Mutation mutation) {
    return new Law(EnumSet.of(mutation), EnumSet.noneOf(Relaxation.class));
  }

  static Law with(Relaxation relaxation) {
    return new Law(EnumSet.noneOf(Mutation.class), EnumSet.of(relaxation));
  }

  boolean has(Mutation mutation) {
    return mutations.contains(mutation);
  }

  boolean has(Relaxation relaxation) {
    return relaxations.contains(relaxation);
  }

  String words() {
    if (!mutations.isEmpty()) {
      return mutations.iterator().next().words();
    }
    return relaxations.isEmpty() ? "the law" : relaxations.iterator().next().words();
  }
}
