package io.logfold.log.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the models of this package and prints what each found. docs/MODEL.md explains the figures.
 *
 * <p>{@code mvn -Pmodel test} takes the larger bounds too ({@code -Dmodel.large=true}; they want 6 GB of memory and an
 * hour), {@code -Dmodel.traces=true} prints every counter-example.
 */
class ProtocolModelTest {
  private static final int MAX_STATES = Integer.getInteger("model.maxStates", 20_000_000);

  static List<StateSpace<?>> runsOfTheLaw() {
    return ModelRuns.law(Boolean.getBoolean("model.large"));
  }

  @ParameterizedTest
  @MethodSource("runsOfTheLaw")
  void theLawHoldsInEveryReachableStateWithinTheBounds(StateSpace<?> run) {
    Exploration found = explore(run);

    assertThat(found.violation()).as(found.traceText()).isEmpty();
    assertThat(found.complete()).as("all states were visited").isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void breakingARuleIsNoticed(Mutation mutation) {
    Exploration found = explore(ModelRuns.broken(mutation));

    assertThat(found.violation()).as(mutation.words()).isPresent();
  }

  @ParameterizedTest
  @EnumSource
  void looseningTheseRulesDoesNoHarm(Relaxation relaxation) {
    Exploration found = explore(ModelRuns.loosened(relaxation));

    assertThat(found.violation()).as(found.traceText()).isEmpty();
    assertThat(found.complete()).as("all states were visited").isTrue();
  }

  private static Exploration explore(StateSpace<?> run) {
    Exploration found = Explorer.explore(run, MAX_STATES);
    System.out.println(found.summary());
    if (Boolean.getBoolean("model.traces")) {
      System.out.print(found.traceText());
    }
    return found;
  }
}
