package io.logfold.projector.table.memory;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A table in the heap that ends with its process.
 *
 * <p>Each partition is one immutable {@link PartitionRows}; apply makes the next one under the partition's lock and
 * publishes it in one write. So every read, and every snapshot, sees rows and checkpoint of one moment (T1)
 * and never waits.
 */
final class MemoryTable implements Table {
  private final AtomicReferenceArray<PartitionRows> partitions;
  private final List<ReentrantLock> applying = new ArrayList<>();
  private volatile boolean closed;

  MemoryTable(String store, int partitionCount) {
    partitions = new AtomicReferenceArray<>(partitionCount);
    for (int p = 0; p < partitionCount; p++) {
      partitions.set(p, PartitionRows.empty(Checkpoint.empty(store, p)));
      applying.add(new ReentrantLock());
    }
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    PartitionRows now = now(partition);
    List<Optional<Row>> rows = new ArrayList<>(keys.size());
    for (Bytes key : keys) {
      rows.add(now.row(partitionKey, key));
    }
    return new TableRead(rows, now.checkpoint());
  }

  @Override
  public TablePage scan(
      int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    return now(partition).scan(partitionKey, range, limit, reverse, keysOnly);
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    return now(partition).partitionKeys(after, limit);
  }

  @Override
  public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
    return now(partition).rows(after, limit);
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    return Optional.of(new Frozen(now(partition)));
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    return now(partition).checkpoint();
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    now(partition);
    ReentrantLock lock = applying.get(partition);
    lock.lock();
    try {
      PartitionRows now = now(partition);
      Checkpoint found = now.checkpoint();
      if (found.at().position() != from.at().position() || !found.at().hash().equals(from.at().hash())) {
        throw new CheckpointMovedException(partition, from, found);
      }
      partitions.set(partition, now.with(changes, to));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  private PartitionRows now(int partition) {
    if (closed) {
      throw new StoreException(ErrorCode.CLOSED, "the table was closed");
    }
    if (partition < 0 || partition >= partitions.length()) {
      throw new IllegalArgumentException(
          "this table has partitions 0 to " + (partitions.length() - 1) + ", got " + partition);
    }
    return partitions.get(partition);
  }

  private final class Frozen implements TableSnapshot {
    private final PartitionRows rows;
    private boolean released;

    Frozen(PartitionRows rows) {
      this.rows = rows;
    }

    @Override
    public Checkpoint checkpoint() {
      check();
      return rows.checkpoint();
    }

    @Override
    public TablePage scan(Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
      check();
      return rows.scan(partitionKey, range, limit, reverse, keysOnly);
    }

    @Override
    public void close() {
      released = true;
    }

    private void check() {
      if (closed || released) {
        throw new StoreException(ErrorCode.CLOSED, "the table's snapshot was closed");
      }
    }
  }
}
