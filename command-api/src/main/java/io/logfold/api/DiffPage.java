package io.logfold.api;

import java.util.List;
import java.util.Optional;

/**
 * @param fromRevision what the first moment was understood as
 * @param toRevision what the second moment was understood as
 * @param next asks for the page behind this one; empty where this is the last
 */
public record DiffPage(List<Difference> differences, long fromRevision, long toRevision, Optional<String> next) {
  public DiffPage {
    differences = List.copyOf(differences);
  }

  /** A key that is not the same; before is empty where it was absent at the first moment, after where at the second. */
  public record Difference(Bytes key, Optional<Versioned> before, Optional<Versioned> after) {}
}
