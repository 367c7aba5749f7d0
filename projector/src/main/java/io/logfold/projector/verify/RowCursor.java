package io.logfold.projector.verify;

import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.RowOf;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All rows of a partition, one after the other, page by page. */
final class RowCursor {
  private static final int PAGE_ROWS = 2_000;

  private final Table table;
  private final int partition;
  private List<RowOf> page = List.of();
  private int next;
  private boolean more = true;
  private Optional<RowId> after = Optional.empty();

  RowCursor(Table table, int partition) {
    this.table = table;
    this.partition = partition;
  }

  /** The row it stands at; null behind the last. */
  @Nullable RowOf peek() {
    while (next == page.size() && more) {
      PartitionPage read = table.rows(partition, after, PAGE_ROWS);
      page = read.rows();
      next = 0;
      more = read.more();
      if (!page.isEmpty()) {
        after = Optional.of(page.getLast().id());
      }
    }
    return next == page.size() ? null : page.get(next);
  }

  void advance() {
    next++;
  }
}
