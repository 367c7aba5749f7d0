package io.logfold.query.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.query.simulation.Simulation.Broken;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Thousands of runs of the cluster, each with its own faults. {@code -Dsimulation.seed=N} repeats one and prints all that
 * happened, {@code -Dsimulation.seeds=N} runs so many.
 */
class SimulationTest {
  private static final long SEEDS = 3_000;
  private static final int MOST_FAILURES = 3;

  @Test
  void everyInvariantHoldsInEveryRun() {
    Long only = Long.getLong("simulation.seed");
    if (only != null) {
      repeat(only);
      return;
    }
    long seeds = Long.getLong("simulation.seeds", SEEDS);
    Totals totals = new Totals();
    List<String> failures = new ArrayList<>();
    for (long seed = 1; seed <= seeds && failures.size() < MOST_FAILURES; seed++) {
      Simulation simulation = new Simulation(seed);
      Broken broken = simulation.run();
      totals.add(simulation);
      if (broken != null) {
        failures.add(broken.toString());
      }
    }
    System.out.println(totals);
    assertThat(failures).as("runs in which an invariant is broken").isEmpty();
    if (seeds >= SEEDS) {
      assertThat(totals.injected.keySet()).as("a fault that is never injected shows nothing").containsExactly(Fault.values());
      assertThat(totals.answered).as("runs in which little is answered find little").isGreaterThan(totals.calls / 4);
    }
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    for (long seed = 1; seed <= 5; seed++) {
      Simulation first = new Simulation(seed, Integer.MAX_VALUE);
      Simulation second = new Simulation(seed, Integer.MAX_VALUE);
      first.run();
      second.run();
      assertThat(second.trace().toString()).isEqualTo(first.trace().toString()).isNotEmpty();
    }
  }

  private static void repeat(long seed) {
    Simulation simulation = new Simulation(seed, Integer.MAX_VALUE);
    Broken broken = simulation.run();
    System.out.println(simulation.trace());
    System.out.println("seed " + seed + ": " + simulation.steps() + " steps, "
        + (broken == null ? "every invariant held" : broken.invariant() + " is broken at step " + broken.step() + ": " + broken.how()));
    assertThat(broken).as("what is broken").isNull();
  }

  /** What was done in all runs together. */
  private static final class Totals {
    private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
    private final Map<String, Integer> callers = new TreeMap<>();
    private long seeds;
    private long steps;
    private long calls;
    private long answered;

    void add(Simulation simulation) {
      seeds++;
      steps += simulation.steps();
      calls += simulation.calls();
      answered += simulation.answered();
      simulation.injected().forEach((fault, times) -> injected.merge(fault, times, Integer::sum));
      simulation.callers().forEach((what, times) -> callers.merge(what, times, Integer::sum));
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(String.format("%nsimulation: %,d seeds, %,d steps, %,d calls, %,d answered%n", seeds,
          steps, calls, answered));
      injected.forEach((fault, times) -> text.append(String.format("%,9d  %s%n", times, fault.words())));
      callers.forEach((what, times) -> text.append(String.format("%,9d  %s%n", times, what)));
      return text.toString();
    }
  }
}
