package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.log.AnchorTracker;
import io.logfold.log.Checkpoint;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.Verdict;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Folds records of one partition into a table, batch by batch, from the table's checkpoint on. For one thread at a time. */
final class BatchFold {
  private final Table table;
  private final int partition;
  private final LogFold fold;
  private final AnchorTracker anchors;
  private Checkpoint checkpoint;

  BatchFold(Table table, int partition) {
    this.table = table;
    this.partition = partition;
    this.checkpoint = table.checkpoint(partition);
    this.fold = new LogFold(checkpoint.at(), false);
    this.anchors = new AnchorTracker(checkpoint);
  }

  /** Offset of the next record wanted. */
  long position() {
    return fold.state().position();
  }

  void apply(List<RawRecord> records) {
    if (records.isEmpty()) {
      return;
    }
    Map<List<Bytes>, RowChange> changes = new LinkedHashMap<>();
    for (RawRecord record : records) {
      if (fold.apply(record.offset(), record.value()) instanceof Verdict.Valid valid
          && valid.record() instanceof LogRecord.Event event) {
        for (Mutation mutation : event.mutations()) {
          Optional<Bytes> value = mutation instanceof Mutation.Put put ? Optional.of(put.value()) : Optional.empty();
          changes.put(List.of(event.partitionKey(), mutation.key()),
              new RowChange(event.partitionKey(), mutation.key(), value, event.lsn()));
        }
      }
    }
    Checkpoint to = anchors.moved(fold.state());
    table.apply(partition, new ArrayList<>(changes.values()), checkpoint, to);
    checkpoint = to;
  }
}
