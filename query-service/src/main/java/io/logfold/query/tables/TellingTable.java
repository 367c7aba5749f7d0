package io.logfold.query.tables;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import java.util.List;
import java.util.Optional;

/** A table that tells how far it is whenever something was applied to it here. */
final class TellingTable implements Table {
  /** Told after each apply, on the thread that applied; must be quick. */
  @FunctionalInterface
  interface Listener {
    void moved(int partition, long lsn);
  }

  private final Table inner;
  private final Listener listener;

  TellingTable(Table inner, Listener listener) {
    this.inner = inner;
    this.listener = listener;
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    inner.apply(partition, changes, from, to);
    listener.moved(partition, to.at().lsn());
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    return inner.get(partition, partitionKey, keys);
  }

  @Override
  public List<TableRead> getAll(List<Get> gets) {
    return inner.getAll(gets);
  }

  @Override
  public int getsTogether() {
    return inner.getsTogether();
  }

  @Override
  public TablePage scan(int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    return inner.scan(partition, partitionKey, range, limit, reverse, keysOnly);
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    return inner.partitionKeys(partition, after, limit);
  }

  @Override
  public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
    return inner.rows(partition, after, limit);
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    return inner.snapshot(partition);
  }

  @Override
  public boolean scansOneMoment() {
    return inner.scansOneMoment();
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    return inner.checkpoint(partition);
  }

  @Override
  public ApplyLimits applyLimits() {
    return inner.applyLimits();
  }

  @Override
  public void close() {
    inner.close();
  }
}
