package io.logfold.projector.verify;

import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowOf;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Walks the rows of two tables side by side. */
final class RowJoin {
  private RowJoin() {}

  /** Shown what differs. */
  interface Visitor {
    void differs(Difference difference);

    /** Each row of the expected ones, and of those found where nothing is expected. */
    void met(RowOf row, boolean expected);
  }

  static void run(int partition, RowCursor expected, RowCursor found, Visitor visitor, BooleanSupplier cancelled) {
    while (!cancelled.getAsBoolean()) {
      RowOf left = expected.peek();
      RowOf right = found.peek();
      if (left == null && right == null) {
        return;
      }
      int order = order(left, right);
      Optional<Row> leftRow = order <= 0 && left != null ? Optional.of(left.row()) : Optional.empty();
      Optional<Row> rightRow = order >= 0 && right != null ? Optional.of(right.row()) : Optional.empty();
      RowOf met = order <= 0 && left != null ? left : right;
      if (leftRow.isPresent()) {
        expected.advance();
      }
      if (rightRow.isPresent()) {
        found.advance();
      }
      if (met != null) {
        visitor.met(met, leftRow.isPresent());
        if (!leftRow.equals(rightRow)) {
          visitor.differs(new Difference(partition, met.id(), leftRow, rightRow));
        }
      }
    }
  }

  /** Which of the two names comes first; no row comes behind all. */
  private static int order(@Nullable RowOf left, @Nullable RowOf right) {
    if (left == null) {
      return 1;
    }
    return right == null ? -1 : left.id().compareTo(right.id());
  }
}
