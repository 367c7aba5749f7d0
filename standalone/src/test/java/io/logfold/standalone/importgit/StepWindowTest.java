package io.logfold.standalone.importgit;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StepWindowTest {
  private final StepWindow window = new StepWindow(64);
  private int commits;

  @Test
  void aStepAssertsThatTheOneBeforeWasApplied() {
    window.offer(step(change("a", null, "x")));
    Flight second = window.offer(step(change("b", null, "y"))).orElseThrow();
    assertThat(second.send(Bytes.utf8("pk"), "id", 1, 0).predicates()).containsExactly(
        new Predicate.Absent(Bytes.utf8("b")), new Predicate.ValueEquals(Bytes.utf8("a"), Bytes.utf8("x")));
  }

  @Test
  void aStepThatBringsAnEarlierStateBackWaitsUntilTheWindowIsEmpty() {
    Step back = step(change("b", "y", null));
    window.offer(step(change("a", null, "x")));
    window.offer(step(change("b", null, "y")));
    assertThat(window.offer(back)).isEmpty();
    window.drop(1);
    assertThat(window.offer(back)).isEmpty();
    window.drop(1);
    assertThat(window.offer(back)).isPresent();
  }

  @Test
  void stepsWithoutChangesDoNotCountAsAStateAgain() {
    window.offer(step(change("a", null, "x")));
    assertThat(window.offer(step())).isPresent();
    assertThat(window.offer(step(change("a", "x", "y")))).isPresent();
    assertThat(window.locate(Map.of(Bytes.utf8("a"), Bytes.utf8("x")))).isEqualTo(OptionalInt.of(2));
  }

  @Test
  void aFullWindowTakesNoMore() {
    StepWindow small = new StepWindow(1);
    assertThat(small.offer(step(change("a", null, "x")))).isPresent();
    assertThat(small.offer(step(change("b", null, "x")))).isEmpty();
  }

  /** W1 and W2 on random steps over few paths, where states come back often; a failure names its seed. */
  @Test
  void aStepHoldsOnTheStateBeforeItAloneAndNoTwoStatesAreEqual() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      StepWindow random64 = new StepWindow(64);
      Map<Bytes, Bytes> state = new HashMap<>();
      List<Map<Bytes, Bytes>> states = new java.util.ArrayList<>(List.of(Map.copyOf(state)));
      for (int i = 0; i < 20; i++) {
        Bytes path = Bytes.utf8("p" + random.nextInt(4));
        Optional<Bytes> before = Optional.ofNullable(state.get(path));
        int drawn = random.nextInt(4);
        Optional<Bytes> after = drawn == 0 ? Optional.empty() : Optional.of(Bytes.utf8("" + drawn));
        if (before.equals(after)) {
          continue;
        }
        Optional<Flight> taken = random64.offer(step(new TreeChange(path, before, after)));
        Map<Bytes, Bytes> next = new HashMap<>(state);
        after.ifPresentOrElse(value -> next.put(path, value), () -> next.remove(path));
        if (taken.isEmpty()) {
          assertThat(states).as("seed %d", seed).contains(next);
          continue;
        }
        List<Predicate> predicates = taken.get().send(Bytes.utf8("pk"), "id", 1, 0).predicates();
        for (int s = 0; s < states.size(); s++) {
          Map<Bytes, Bytes> there = states.get(s);
          assertThat(predicates.stream().allMatch(p -> p.holds(there.get(p.key()), 1)))
              .as("seed %d, step %d on state %d", seed, states.size(), s).isEqualTo(s == states.size() - 1);
        }
        assertThat(states).as("seed %d", seed).doesNotContain(next);
        state = next;
        states.add(Map.copyOf(state));
        assertThat(random64.locate(state)).as("seed %d", seed).isEqualTo(OptionalInt.of(states.size() - 1));
      }
    }
  }

  @Test
  void textIsCutBetweenCharacters() {
    assertThat(Step.cut("a\u00e9b", 2)).isEqualTo("a");
    assertThat(Step.cut("a\u00e9b", 3)).isEqualTo("a\u00e9");
    assertThat(Step.cut("\uD83D\uDE00", 3)).isEmpty();
    assertThat(Step.cut("short", 256)).isEqualTo("short");
  }

  private Step step(TreeChange... changes) {
    return new Step(commits++, "0".repeat(40), 0, changes.length, List.of(changes), Provenance.NONE);
  }

  private static TreeChange change(String path, @org.jspecify.annotations.Nullable String before,
      @org.jspecify.annotations.Nullable String after) {
    return new TreeChange(Bytes.utf8(path), Optional.ofNullable(before).map(Bytes::utf8),
        Optional.ofNullable(after).map(Bytes::utf8));
  }
}
