package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.Predicate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The steps behind the mark that may be in the store already: S(0) is the state at the mark, S(n) the state after the
 * window's n-th step. Pure; owned by the importer's thread.
 *
 * <p>Steps are sent without waiting for the ones before. Two rules keep that right:
 * <ul>
 *   <li>W1 Order. A step asserts the old value of every path it changes and, besides, for every earlier state of
 *       the window at least one path whose value there differs from S(n-1) (the chain). So it is applied on S(n-1) or
 *       not at all: where a step is lost or refused, all later ones are refused by the store itself.
 *   <li>W2 Recovery. No two states of the window are equal (steps that change nothing aside). So whoever finds mark
 *       and data, after whatever crash, can tell from the values alone how many steps were applied, without any help
 *       from request ids.
 * </ul>
 * A step that would break a rule (it brings an earlier state back, or needs too long a chain) is not taken before the
 * window is empty, that is, before the mark has reached the step in front of it.
 *
 * <p>Worked example: {@code 1: a=x} {@code 2: b=y} {@code 3: delete b}. 2 asserts b absent and a=x; 3 would make S(3)
 * equal to S(1): it waits until the mark is behind 2.
 */
final class StepWindow {
  private final int capacity;
  private final ArrayDeque<Flight> flights = new ArrayDeque<>();
  /** Paths and values that tell S(last) from every earlier state of the window: what the next step asserts. */
  private Map<Bytes, Optional<Bytes>> witnesses = Map.of();

  StepWindow(int capacity) {
    this.capacity = capacity;
  }

  Collection<Flight> flights() {
    return flights;
  }

  boolean isEmpty() {
    return flights.isEmpty();
  }

  /** Takes a step in, if W1 and W2 allow it now; an empty window takes any. */
  Optional<Flight> offer(Step step) {
    if (flights.size() >= capacity) {
      return Optional.empty();
    }
    List<Predicate> chain = chainFor(step);
    if (!step.changes().isEmpty()) {
      Optional<Map<Bytes, Optional<Bytes>>> telling = tellApart(step);
      if (telling.isEmpty()) {
        return Optional.empty();
      }
      witnesses = telling.get();
    }
    Flight flight = new Flight(step, chain);
    flights.add(flight);
    return Optional.of(flight);
  }

  /** The mark has passed the first n steps. */
  void drop(int n) {
    for (int i = 0; i < n; i++) {
      flights.remove();
    }
    if (flights.isEmpty()) {
      witnesses = Map.of();
    }
  }

  /** The paths that tell where in the window the data is. */
  Set<Bytes> paths() {
    Set<Bytes> paths = new LinkedHashSet<>();
    flights.forEach(flight -> paths.addAll(flight.step().paths()));
    return paths;
  }

  /**
   * The greatest n such that the values are those of S(n); empty where they are those of no state.
   *
   * @param actual the values of {@link #paths}; an absent path is left out
   */
  OptionalInt locate(Map<Bytes, Bytes> actual) {
    Map<Bytes, Optional<Bytes>> base = new HashMap<>();
    for (Flight flight : flights) {
      flight.step().changes().forEach(change -> base.putIfAbsent(change.path(), change.before()));
    }
    Set<Bytes> differing = new HashSet<>();
    base.forEach((path, value) -> note(differing, path, !value.equals(Optional.ofNullable(actual.get(path)))));
    OptionalInt found = differing.isEmpty() ? OptionalInt.of(0) : OptionalInt.empty();
    int n = 0;
    for (Flight flight : flights) {
      for (TreeChange change : flight.step().changes()) {
        note(differing, change.path(), !change.after().equals(Optional.ofNullable(actual.get(change.path()))));
      }
      n++;
      if (differing.isEmpty()) {
        found = OptionalInt.of(n);
      }
    }
    return found;
  }

  private List<Predicate> chainFor(Step step) {
    Set<Bytes> own = new HashSet<>(step.paths());
    List<Predicate> chain = new ArrayList<>();
    witnesses.forEach((path, value) -> {
      if (!own.contains(path)) {
        chain.add(value.<Predicate>map(v -> new Predicate.ValueEquals(path, v))
            .orElseGet(() -> new Predicate.Absent(path)));
      }
    });
    return chain;
  }

  /**
   * Walks back from the state behind the new step, undoing step by step, and collects paths until every earlier state
   * differs in one of them. Empty where an earlier state is the same, or where more than {@link Step#MAX_CHAIN} were
   * needed.
   */
  private Optional<Map<Bytes, Optional<Bytes>>> tellApart(Step newest) {
    Map<Bytes, Optional<Bytes>> target = new HashMap<>();
    Set<Bytes> differing = new LinkedHashSet<>();
    Map<Bytes, Optional<Bytes>> chosen = new LinkedHashMap<>();
    Step step = newest;
    Iterator<Flight> back = flights.descendingIterator();
    while (true) {
      for (TreeChange change : step.changes()) {
        target.putIfAbsent(change.path(), change.after());
        note(differing, change.path(), !change.before().equals(target.get(change.path())));
      }
      if (differing.isEmpty()) {
        return Optional.empty();
      }
      if (chosen.keySet().stream().noneMatch(differing::contains)) {
        Bytes path = differing.iterator().next();
        chosen.put(path, target.getOrDefault(path, Optional.empty()));
        if (chosen.size() > Step.MAX_CHAIN) {
          return Optional.empty();
        }
      }
      if (!back.hasNext()) {
        return Optional.of(chosen);
      }
      step = back.next().step();
    }
  }

  private static void note(Set<Bytes> differing, Bytes path, boolean differs) {
    if (differs) {
      differing.add(path);
    } else {
      differing.remove(path);
    }
  }
}
