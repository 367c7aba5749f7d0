package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A table in front of another that counts the rows it is asked for. Its close closes the other. */
final class CountingTable implements Table {
  private final Table below;
  private final AtomicLong gets = new AtomicLong();
  private final AtomicLong scans = new AtomicLong();
  private final AtomicLong listings = new AtomicLong();
  private final AtomicLong snapshots = new AtomicLong();

  CountingTable(Table below) {
    this.below = below;
  }

  long gets() {
    return gets.get();
  }

  /** Pages of snapshots are not among them. */
  long scans() {
    return scans.get();
  }

  long listings() {
    return listings.get();
  }

  /** Those that were given. */
  long snapshots() {
    return snapshots.get();
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    gets.incrementAndGet();
    return below.get(partition, partitionKey, keys);
  }

  @Override
  public TablePage scan(
      int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    scans.incrementAndGet();
    return below.scan(partition, partitionKey, range, limit, reverse, keysOnly);
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    listings.incrementAndGet();
    return below.partitionKeys(partition, after, limit);
  }

  @Override
  public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
    return below.rows(partition, after, limit);
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    Optional<TableSnapshot> snapshot = below.snapshot(partition);
    snapshot.ifPresent(given -> snapshots.incrementAndGet());
    return snapshot;
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    return below.checkpoint(partition);
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    below.apply(partition, changes, from, to);
  }

  @Override
  public ApplyLimits applyLimits() {
    return below.applyLimits();
  }

  @Override
  public boolean scansOneMoment() {
    return below.scansOneMoment();
  }

  @Override
  public void close() {
    below.close();
  }
}
