package io.logfold.query.testing;

import io.logfold.log.AnchorTracker;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.Verdict;
import io.logfold.projector.Batch;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.ApplyLimits;
import java.util.List;

/**
 * Folds records of one partition into a table, from the table's checkpoint on, in batches as its limits allow. For one
 * thread at a time.
 */
final class BatchFold {
  private final Table table;
  private final int partition;
  private final LogFold fold;
  private final AnchorTracker anchors;
  private final ApplyLimits limits;
  private Checkpoint checkpoint;

  BatchFold(Table table, int partition) {
    this.table = table;
    this.partition = partition;
    this.checkpoint = table.checkpoint(partition);
    this.fold = new LogFold(checkpoint.at(), false);
    this.anchors = new AnchorTracker(checkpoint);
    this.limits = table.applyLimits();
  }

  /** Offset of the next record wanted. */
  long position() {
    return fold.state().position();
  }

  void apply(List<RawRecord> records) {
    if (records.isEmpty()) {
      return;
    }
    Batch batch = new Batch();
    for (RawRecord record : records) {
      FoldState before = fold.state();
      if (fold.apply(record.offset(), record.value()) instanceof Verdict.Valid valid
          && valid.record() instanceof LogRecord.Event event) {
        if (!batch.hasRoomFor(event, limits)) {
          flush(batch, before);
        }
        batch.add(event);
      }
    }
    flush(batch, fold.state());
  }

  private void flush(Batch batch, FoldState state) {
    Checkpoint to = anchors.moved(state);
    table.apply(partition, batch.changes(), checkpoint, to);
    checkpoint = to;
    batch.clear();
  }
}
