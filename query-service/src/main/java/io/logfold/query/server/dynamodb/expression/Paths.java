package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.Collection;

/** Judges the paths of an expression against a table's key. */
final class Paths {
  private Paths() {}

  /** Nothing can be in an attribute of the key, which is a scalar. */
  static void checkNotInKey(Collection<Path> paths, KeySchema keys) {
    for (Path path : paths) {
      if (path.nested() && keys.contains(path.root())) {
        throw new ValidationException("Key attributes must be scalars; list random access '[]' and map lookup '.' are"
            + " not allowed: Key: " + path.root());
      }
    }
  }

  /** A filter comes behind the key condition, which alone speaks of the key. */
  static void checkNoKey(Collection<Path> paths, KeySchema keys) {
    for (Path path : paths) {
      if (keys.contains(path.root())) {
        throw new ValidationException(
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: " + path.root());
      }
    }
  }
}
