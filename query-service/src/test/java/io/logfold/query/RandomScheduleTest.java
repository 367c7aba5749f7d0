package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.query.testing.RandomSchedule;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two nodes on one log, with every fault the log may have, restarts, standstills, jumping clocks and a tiny memtable: for
 * each seed one schedule, judged by {@link io.logfold.query.testing.Witness}.
 *
 * <p>{@code -Dsimulation.seed=N} repeats one seed, {@code -Dsimulation.seeds=N} runs so many.
 */
class RandomScheduleTest {
  static LongStream seeds() {
    Long only = Long.getLong("simulation.seed");
    return only != null ? LongStream.of(only) : LongStream.rangeClosed(1, Long.getLong("simulation.seeds", 200));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void whatIsAnsweredIsWhatTheLogSays(long seed) {
    RandomSchedule schedule = new RandomSchedule(seed);
    try {
      schedule.run(400);
      assertThat(schedule.violations()).isEmpty();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + " (again: -Dtest=RandomScheduleTest -Dsimulation.seed=" + seed + "): "
          + e.getMessage() + "\n" + schedule.story(), e instanceof AssertionError ? null : e);
    }
  }

  /** A schedule in which little is answered would find little. */
  @Test
  void manyCallsOfTheSchedulesAreAnswered() {
    long answered = 0;
    long calls = 0;
    long changes = 0;
    for (long seed = 1; seed <= 20; seed++) {
      RandomSchedule schedule = new RandomSchedule(seed);
      schedule.run(400);
      answered += schedule.answered();
      calls += schedule.calls();
      changes += schedule.changesOfTable();
    }
    assertThat(answered).isGreaterThan(calls / 6);
    assertThat(changes).as("changes of the serving table").isGreaterThan(8);
  }
}
