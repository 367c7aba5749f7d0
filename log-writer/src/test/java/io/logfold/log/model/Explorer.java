package io.logfold.log.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Breadth-first search over a {@link StateSpace}: finds a shortest trace into a state that breaks an invariant, or
 * shows that there is none within the model's bounds.
 *
 * <p>One thread, no randomness: the same model gives the same figures on every machine, so that a changed figure means
 * a changed model.
 */
final class Explorer<S> {
  private static final int NO_PARENT = -1;

  private final StateSpace<S> space;
  private final int maxStates;
  private final StateTable seen;
  private final Bits.Writer writer;
  private final Bits.Reader reader = new Bits.Reader();
  private long transitions;
  private Optional<Invariant<S>> broken = Optional.empty();

  private Explorer(StateSpace<S> space, int maxStates) {
    this.space = space;
    this.maxStates = maxStates;
    this.seen = new StateTable(space.words());
    this.writer = new Bits.Writer(space.words());
  }

  static <S> Exploration explore(StateSpace<S> space, int maxStates) {
    return new Explorer<>(space, maxStates).run();
  }

  private Exploration run() {
    long startNanos = System.nanoTime();
    visit(space.initial(), NO_PARENT);
    int depth = 0;
    int levelEnd = seen.size();
    int index = 0;
    while (index < seen.size() && broken.isEmpty() && seen.size() < maxStates) {
      if (index == levelEnd) {
        depth++;
        levelEnd = seen.size();
      }
      int parent = index++;
      space.moves(stateAt(parent), (next, label) -> {
        transitions++;
        if (broken.isEmpty()) {
          visit(next, parent);
        }
      });
    }
    boolean complete = index == seen.size() && broken.isEmpty();
    Optional<Exploration.Violation> violation =
        broken.map(invariant -> new Exploration.Violation(invariant.name(), trace(seen.size() - 1)));
    long millis = (System.nanoTime() - startNanos) / 1_000_000;
    return new Exploration(space.name(), seen.size(), transitions, depth, millis, complete, violation);
  }

  private S stateAt(int index) {
    return space.unpack(reader.at(seen.chunkOf(index), seen.offsetOf(index)));
  }

  private void visit(S state, int parent) {
    writer.reset();
    space.pack(state, writer);
    if (!seen.add(writer.words(), parent)) {
      return;
    }
    for (Invariant<S> invariant : space.invariants()) {
      if (!invariant.check().holds(state)) {
        broken = Optional.of(invariant);
        return;
      }
    }
  }

  /** Labels are not stored: the few states on the way are expanded again. */
  private List<String> trace(int last) {
    List<String> steps = new ArrayList<>();
    for (int child = last; seen.parentOf(child) != NO_PARENT; child = seen.parentOf(child)) {
      steps.add(label(seen.parentOf(child), child));
    }
    Collections.reverse(steps);
    return steps;
  }

  private String label(int parent, int child) {
    long[] chunk = seen.chunkOf(child);
    int at = seen.offsetOf(child);
    List<String> found = new ArrayList<>();
    space.moves(stateAt(parent), (next, label) -> {
      writer.reset();
      space.pack(next, writer);
      if (found.isEmpty() && java.util.Arrays.equals(writer.words(), 0, space.words(), chunk, at, at + space.words())) {
        found.add(label.get() + "   " + space.describe(next));
      }
    });
    return found.isEmpty() ? "?" : found.getFirst();
  }
}
