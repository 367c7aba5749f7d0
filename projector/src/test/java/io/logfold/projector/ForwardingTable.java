package io.logfold.projector;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import java.util.List;
import java.util.Optional;

/** A table in front of another; tests override what they want to see or to break. Its close leaves the other open. */
public class ForwardingTable implements Table {
  private final Table below;

  protected ForwardingTable(Table below) {
    this.below = below;
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    return below.get(partition, partitionKey, keys);
  }

  @Override
  public List<TableRead> getAll(List<Get> gets) {
    return below.getAll(gets);
  }

  @Override
  public int getsTogether() {
    return below.getsTogether();
  }

  @Override
  public TablePage scan(
      int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    return below.scan(partition, partitionKey, range, limit, reverse, keysOnly);
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    return below.partitionKeys(partition, after, limit);
  }

  @Override
  public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
    return below.rows(partition, after, limit);
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    return below.snapshot(partition);
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    return below.checkpoint(partition);
  }

  @Override
  public boolean scansOneMoment() {
    return below.scansOneMoment();
  }

  @Override
  public ApplyLimits applyLimits() {
    return below.applyLimits();
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    below.apply(partition, changes, from, to);
  }

  @Override
  public void close() {}
}
