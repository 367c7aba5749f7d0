package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.projector.ForwardingTable;
import io.logfold.projector.table.Table;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A table in front of another that counts the rows it is asked for. Its close closes the other. */
final class CountingTable extends ForwardingTable {
  private final Table below;
  private final AtomicLong gets = new AtomicLong();
  private final AtomicLong scans = new AtomicLong();
  private final AtomicLong listings = new AtomicLong();
  private final AtomicLong snapshots = new AtomicLong();

  CountingTable(Table below) {
    super(below);
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
    return super.get(partition, partitionKey, keys);
  }

  @Override
  public List<TableRead> getAll(List<Get> asked) {
    gets.addAndGet(asked.size());
    return super.getAll(asked);
  }

  @Override
  public TablePage scan(
      int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    scans.incrementAndGet();
    return super.scan(partition, partitionKey, range, limit, reverse, keysOnly);
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    listings.incrementAndGet();
    return super.partitionKeys(partition, after, limit);
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    Optional<TableSnapshot> snapshot = super.snapshot(partition);
    snapshot.ifPresent(given -> snapshots.incrementAndGet());
    return snapshot;
  }

  @Override
  public void close() {
    below.close();
  }
}
