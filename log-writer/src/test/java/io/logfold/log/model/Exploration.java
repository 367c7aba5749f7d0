package io.logfold.log.model;

import java.util.List;
import java.util.Optional;

/**
 * What one search found.
 *
 * @param complete every state within the model's bounds was visited
 */
record Exploration(
    String name,
    int states,
    long transitions,
    int depth,
    long millis,
    boolean complete,
    Optional<Violation> violation) {

  /**
   * @param trace the shortest way into a state that breaks the invariant, one step a line
   */
  record Violation(String invariant, List<String> trace) {}

  String summary() {
    return "%-58s %,10d states %,12d transitions  depth %2d  %6d ms  %s"
        .formatted(name, states, transitions, depth, millis, verdict());
  }

  private String verdict() {
    return violation.map(v -> "VIOLATES " + v.invariant() + " in " + v.trace().size() + " steps")
        .orElse(complete ? "clean, complete" : "clean so far, NOT complete");
  }

  String traceText() {
    StringBuilder text = new StringBuilder();
    violation.ifPresent(v -> {
      for (int step = 0; step < v.trace().size(); step++) {
        text.append("    %2d. %s%n".formatted(step + 1, v.trace().get(step)));
      }
    });
    return text.toString();
  }
}
