package io.logfold.projector.table.rocksdb;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.CheckpointCodec;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A table in a folder of this node, all partitions in one RocksDB.
 *
 * <ul>
 *   <li>Rows and checkpoint are one write batch, and every read is from one RocksDB snapshot (T1, T3).
 *   <li>Apply compares and writes under the partition's lock; RocksDB's own lock keeps other processes out (T2).
 *   <li>The write-ahead log is on and not synced: what was written is with the operating system and outlives the
 *       process; a machine that crashes loses a tail of whole batches, and the projector folds them again (T4).
 * </ul>
 *
 * <p>Every call holds {@code alive} for reading and close takes it for writing, because RocksDB ends the process when a
 * handle is used after its close. Lock order: a partition's lock, then nothing; {@code alive} before it.
 */
final class RocksDbTable implements Table {
  private final String store;
  private final int partitions;
  private final OpenDb open;
  private final ReentrantReadWriteLock alive = new ReentrantReadWriteLock();
  private final List<ReentrantLock> applying = new ArrayList<>();
  private final Set<Frozen> snapshots = ConcurrentHashMap.newKeySet();
  /** The last checkpoint decoded of each partition: most reads meet the same bytes again. */
  private final AtomicReferenceArray<Decoded> decoded;
  private boolean closed;

  private RocksDbTable(String store, int partitions, OpenDb open) {
    this.store = store;
    this.partitions = partitions;
    this.open = open;
    this.decoded = new AtomicReferenceArray<>(partitions);
    for (int p = 0; p < partitions; p++) {
      applying.add(new ReentrantLock());
    }
  }

  static RocksDbTable open(Path folder, String store, int partitions, long cacheBytes) {
    return new RocksDbTable(store, partitions, OpenDb.open(TableFolder.claim(folder, store, partitions), cacheBytes));
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    return call(partition, "read from", () -> inSnapshot(snapshot -> {
      try (ReadOptions options = new ReadOptions().setSnapshot(snapshot)) {
        Checkpoint checkpoint = checkpoint(partition, options);
        return new TableRead(rows(options, partition, partitionKey, keys), checkpoint);
      }
    }));
  }

  @Override
  public TablePage scan(
      int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    return call(partition, "scan", () -> inSnapshot(
        snapshot -> page(snapshot, partition, partitionKey, range, limit, reverse, keysOnly)));
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    return call(partition, "scan", () -> RocksReads.partitionKeys(open, partition, after, limit));
  }

  @Override
  public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
    return call(partition, "scan", () -> inSnapshot(snapshot -> {
      try (ReadOptions options = new ReadOptions().setSnapshot(snapshot)) {
        Checkpoint checkpoint = checkpoint(partition, options);
        RocksReads.AllRows found = RocksReads.rows(open, snapshot, partition, after, limit);
        return new PartitionPage(found.rows(), found.more(), checkpoint);
      }
    }));
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    return call(partition, "read from", () -> {
      Frozen frozen = new Frozen(partition, open.db.getSnapshot());
      snapshots.add(frozen);
      return Optional.of(frozen);
    });
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    return call(partition, "read from", () -> {
      try (ReadOptions options = new ReadOptions()) {
        return checkpoint(partition, options);
      }
    });
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    call(partition, "write to", () -> {
      ReentrantLock lock = applying.get(partition);
      lock.lock();
      try (ReadOptions reading = new ReadOptions(); WriteBatch batch = new WriteBatch();
          WriteOptions writing = new WriteOptions()) {
        Checkpoint found = checkpoint(partition, reading);
        if (found.at().position() != from.at().position() || !found.at().hash().equals(from.at().hash())) {
          throw new CheckpointMovedException(partition, from, found);
        }
        for (RowChange change : changes) {
          byte[] row = RocksKeys.row(partition, change.partitionKey(), change.key());
          if (change.value().isPresent()) {
            batch.put(open.rows, row, RocksKeys.value(change.revision(), change.value().get()));
          } else {
            batch.delete(open.rows, row);
          }
        }
        batch.put(open.checkpoints, RocksKeys.partition(partition), CheckpointCodec.encode(to).unsafeArray());
        open.db.write(writing, batch);
        return true;
      } finally {
        lock.unlock();
      }
    });
  }

  @Override
  public void close() {
    alive.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        snapshots.forEach(frozen -> open.db.releaseSnapshot(frozen.snapshot));
        snapshots.clear();
        open.close();
      }
    } finally {
      alive.writeLock().unlock();
    }
  }

  private TablePage page(Snapshot snapshot, int partition, Bytes partitionKey, KeyRange range, int limit,
      boolean reverse, boolean keysOnly) throws RocksDBException {
    try (ReadOptions options = new ReadOptions().setSnapshot(snapshot)) {
      Checkpoint checkpoint = checkpoint(partition, options);
      RocksReads.Rows found = RocksReads.scan(open, snapshot, partition, partitionKey, range, limit, reverse, keysOnly);
      return new TablePage(found.rows(), found.more(), checkpoint);
    }
  }

  private List<Optional<Row>> rows(ReadOptions options, int partition, Bytes partitionKey, List<Bytes> keys)
      throws RocksDBException {
    if (keys.size() == 1) {
      byte[] value = open.db.get(open.rows, options, RocksKeys.row(partition, partitionKey, keys.get(0)));
      return List.of(row(keys.get(0), value));
    }
    byte[] prefix = RocksKeys.prefix(partition, partitionKey);
    List<byte[]> stored = keys.stream().map(key -> RocksKeys.row(prefix, key)).toList();
    List<byte[]> values = open.db.multiGetAsList(options, Collections.nCopies(keys.size(), open.rows), stored);
    List<Optional<Row>> rows = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      rows.add(row(keys.get(i), values.get(i)));
    }
    return rows;
  }

  private static Optional<Row> row(Bytes key, byte @Nullable [] value) {
    return value == null ? Optional.empty() : Optional.of(RocksKeys.decode(key, value, false));
  }

  private Checkpoint checkpoint(int partition, ReadOptions options) throws RocksDBException {
    byte[] bytes = open.db.get(open.checkpoints, options, RocksKeys.partition(partition));
    if (bytes == null) {
      return Checkpoint.empty(store, partition);
    }
    Decoded last = decoded.get(partition);
    if (last == null || !Arrays.equals(last.bytes, bytes)) {
      last = new Decoded(bytes, CheckpointCodec.decode(Bytes.wrap(bytes)));
      decoded.set(partition, last);
    }
    return last.checkpoint;
  }

  private <T> T inSnapshot(SnapshotCall<T> body) throws RocksDBException {
    Snapshot snapshot = open.db.getSnapshot();
    try {
      return body.run(snapshot);
    } finally {
      open.db.releaseSnapshot(snapshot);
    }
  }

  private <T> T call(int partition, String what, RocksCall<T> body) {
    alive.readLock().lock();
    try {
      if (closed) {
        throw new StoreException(ErrorCode.CLOSED, "the table was closed");
      }
      if (partition < 0 || partition >= partitions) {
        throw new IllegalArgumentException("this table has partitions 0 to " + (partitions - 1) + ", got " + partition);
      }
      return body.run();
    } catch (RocksDBException e) {
      throw new TableException("cannot " + what + " the table in " + open.db.getName() + ": " + e.getMessage(), e);
    } finally {
      alive.readLock().unlock();
    }
  }

  private interface RocksCall<T> {
    T run() throws RocksDBException;
  }

  private interface SnapshotCall<T> {
    T run(Snapshot snapshot) throws RocksDBException;
  }

  private record Decoded(byte[] bytes, Checkpoint checkpoint) {}

  /** Alive as long as it is in {@link #snapshots}, from which its own close or the table's takes it. */
  private final class Frozen implements TableSnapshot {
    private final int partition;
    private final Snapshot snapshot;

    Frozen(int partition, Snapshot snapshot) {
      this.partition = partition;
      this.snapshot = snapshot;
    }

    @Override
    public Checkpoint checkpoint() {
      return call(partition, "read from", () -> {
        checkOpen();
        try (ReadOptions options = new ReadOptions().setSnapshot(snapshot)) {
          return RocksDbTable.this.checkpoint(partition, options);
        }
      });
    }

    @Override
    public TablePage scan(Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
      return call(partition, "scan", () -> {
        checkOpen();
        return page(snapshot, partition, partitionKey, range, limit, reverse, keysOnly);
      });
    }

    @Override
    public void close() {
      alive.readLock().lock();
      try {
        if (snapshots.remove(this)) {
          open.db.releaseSnapshot(snapshot);
        }
      } finally {
        alive.readLock().unlock();
      }
    }

    private void checkOpen() {
      if (!snapshots.contains(this)) {
        throw new StoreException(ErrorCode.CLOSED, "the table's snapshot was closed");
      }
    }
  }
}
