package io.logfold.standalone.e2e;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import io.logfold.projector.table.Tables;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** {@code slow:DIR}: a RocksDB table that takes little at a time and its time for it, as some backend far away. */
public final class SlowTableDriver implements TableDriver {
  private static final long APPLY_MS = 300;

  @Override
  public String scheme() {
    return "slow";
  }

  @Override
  public boolean local() {
    return true;
  }

  @Override
  public Table open(URI url, String store, int partitions) {
    return new Slow(Tables.open("rocksdb:" + url.getSchemeSpecificPart(), store, partitions));
  }

  private record Slow(Table below) implements Table {
    @Override
    public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
      return below.get(partition, partitionKey, keys);
    }

    @Override
    public TablePage scan(int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
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
    public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(APPLY_MS));
      below.apply(partition, changes, from, to);
    }

    @Override
    public ApplyLimits applyLimits() {
      return new ApplyLimits(Limits.MAX_COMMIT_MUTATIONS, 8 << 20);
    }

    @Override
    public void close() {
      below.close();
    }
  }
}
