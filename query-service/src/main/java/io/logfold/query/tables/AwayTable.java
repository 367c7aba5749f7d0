package io.logfold.query.tables;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Stands for a table that could not be opened yet: every call fails, and says why. Any thread. */
final class AwayTable implements Table {
  private final Supplier<String> why;

  AwayTable(Supplier<String> why) {
    this.why = why;
  }

  private TableException away() {
    return new TableException(why.get(), new IllegalStateException("not open"));
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    throw away();
  }

  @Override
  public TablePage scan(int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    throw away();
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    throw away();
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    throw away();
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    throw away();
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    throw away();
  }

  @Override
  public void close() {}
}
