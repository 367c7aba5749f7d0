package io.logfold.query.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/**
 * The simulation sees every rule of the law: each {@link Mutant} of the store's code breaks an invariant within so many
 * seeds. What found it is printed.
 */
class MutationTest {
  private static final long MOST_SEEDS = 1_000;

  @Test
  void everyMutantIsFound() throws ReflectiveOperationException {
    String only = System.getProperty("simulation.mutant", "");
    List<String> missed = new ArrayList<>();
    StringBuilder table = new StringBuilder(String.format("%n%-80s %-18s %6s %8s %10s%n", "mutant", "broken", "seed", "step", "all steps"));
    for (Mutant mutant : Mutant.all()) {
      if (!mutant.name().contains(only)) {
        continue;
      }
      String[] found = hunt(mutant).split(Hunt.SEPARATOR);
      if (found.length < 5) {
        missed.add(mutant.name());
      } else {
        table.append(String.format("%-80s %-18s %6s %8s %10s%n", mutant.name(), found[0], found[1], found[2], found[3]));
        if (!only.isEmpty()) {
          table.append(found[4]).append('\n');
        }
      }
    }
    System.out.println(table);
    assertThat(missed).as("mutants that break no invariant in %s seeds", MOST_SEEDS).isEmpty();
  }

  /** The drivers of tables are found by the class loader of the thread, so that is the mutant's meanwhile. */
  private static String hunt(Mutant mutant) throws ReflectiveOperationException {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    ClassLoader mutated = MutantClasses.load(mutant);
    Thread.currentThread().setContextClassLoader(mutated);
    try {
      @SuppressWarnings("unchecked")
      BiFunction<Long, Long, String> hunt = (BiFunction<Long, Long, String>)
          mutated.loadClass(Hunt.class.getName()).getDeclaredConstructor().newInstance();
      return hunt.apply(1L, MOST_SEEDS);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void aMutantWhoseCodeHasChangedSaysSo() {
    Mutant outdated = new Mutant("outdated", List.of(
        new Mutant.Edit("query-service", "io/logfold/query/Lease.java", "what never stood there", "")));
    assertThatThrownBy(() -> MutantClasses.load(outdated)).isInstanceOf(AssertionError.class)
        .hasMessageContaining("does not hold what the mutant changes");
  }
}
