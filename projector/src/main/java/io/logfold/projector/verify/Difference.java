package io.logfold.projector.verify;

import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowId;
import java.util.Optional;

/**
 * A row that is not what it should be.
 *
 * @param expected by the log, or by the first of two tables; empty: no row
 * @param found in the table, or in the second of two; empty: no row
 */
public record Difference(int partition, RowId id, Optional<Row> expected, Optional<Row> found) {

  public enum Kind { MISSING_ROW, EXTRA_ROW, WRONG_VALUE, WRONG_REVISION }

  public Kind kind() {
    if (found.isEmpty()) {
      return Kind.MISSING_ROW;
    }
    if (expected.isEmpty()) {
      return Kind.EXTRA_ROW;
    }
    return expected.get().value().equals(found.get().value()) ? Kind.WRONG_REVISION : Kind.WRONG_VALUE;
  }

  /** For people, on one line. */
  @Override
  public String toString() {
    return "partition " + partition + ", partition key " + id.partitionKey() + ", key " + id.key() + ": "
        + switch (kind()) {
          case MISSING_ROW -> "the row is missing";
          case EXTRA_ROW -> "there should be no row";
          case WRONG_VALUE -> "another value";
          case WRONG_REVISION -> "the same value at another revision";
        } + "; expected " + side(expected) + ", found " + side(found);
  }

  private static String side(Optional<Row> row) {
    return row.map(there -> there.value() + " at revision " + there.revision()).orElse("nothing");
  }
}
