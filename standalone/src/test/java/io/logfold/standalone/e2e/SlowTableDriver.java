package io.logfold.standalone.e2e;

import io.logfold.api.Limits;
import io.logfold.log.Checkpoint;
import io.logfold.projector.ForwardingTable;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import io.logfold.projector.table.Tables;
import java.net.URI;
import java.util.List;
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

  private static final class Slow extends ForwardingTable {
    private final Table below;

    Slow(Table below) {
      super(below);
      this.below = below;
    }

    @Override
    public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(APPLY_MS));
      super.apply(partition, changes, from, to);
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
