package io.logfold.api;

import java.util.List;
import java.util.Optional;

/**
 * What a get found.
 *
 * @param entries as many as keys were asked for, in that order; empty where a key is absent
 */
public record GetResult(List<Optional<Versioned>> entries, ReadPosition position) {
  public GetResult {
    entries = List.copyOf(entries);
  }
}
