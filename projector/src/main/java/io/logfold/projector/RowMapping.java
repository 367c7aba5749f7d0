package io.logfold.projector;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.LogRecord;
import io.logfold.projector.table.Table.RowChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What an event makes of a table's rows. Pure: the same event gives the same rows, each with the event's LSN as revision. */
@FunctionalInterface
public interface RowMapping {
  /** The store's state: each key with its last value. */
  RowMapping STATE = event -> {
    List<RowChange> rows = new ArrayList<>(event.mutations().size());
    for (Mutation mutation : event.mutations()) {
      Optional<Bytes> value = mutation instanceof Mutation.Put put ? Optional.of(put.value()) : Optional.empty();
      rows.add(new RowChange(event.partitionKey(), mutation.key(), value, event.lsn()));
    }
    return rows;
  };

  List<RowChange> rows(LogRecord.Event event);

  /**
   * Whether this row of {@link #rows} may lie where another row does, of this or another event. Where a mapping can rule that
   * out, a batch need not look for the row that it replaces.
   */
  default boolean mayReplace(RowChange row) {
    return true;
  }
}
