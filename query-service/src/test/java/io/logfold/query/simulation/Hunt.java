package io.logfold.query.simulation;

import java.util.function.BiFunction;

/**
 * Runs seeds until one breaks an invariant. It is made by the class loader of a mutant, and handed over as a type of the
 * JDK, the only ones that both sides know.
 */
public final class Hunt implements BiFunction<Long, Long, String> {
  /** Between the parts of what is found. */
  static final String SEPARATOR = "\u0000";

  /** @return invariant, seed, step, number of steps of all seeds so far, and the failure in words; empty: nothing was found */
  @Override
  public String apply(Long firstSeed, Long seeds) {
    long steps = 0;
    for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
      Simulation simulation = new Simulation(seed);
      Simulation.Broken broken = simulation.run();
      steps += simulation.steps();
      if (broken != null) {
        return String.join(SEPARATOR, broken.invariant(), "" + seed, "" + broken.step(), "" + steps, broken.toString());
      }
    }
    return "";
  }
}
