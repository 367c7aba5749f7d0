package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A table that can be exchanged for another (restored from a backup), can fail, and counts its reads and snapshots. */
public final class SwitchedTable implements Table {
  private Table table;
  private @Nullable String failure;
  private UnaryOperator<TablePage> tear = UnaryOperator.identity();
  private boolean torn;
  private int reads;
  private int questions;
  private int openSnapshots;

  public SwitchedTable(Table table) {
    this.table = table;
  }

  /** From now on this one answers. */
  public void become(Table other) {
    table = other;
  }

  /** The one that answers now, whatever the faults. */
  public Table below() {
    return table;
  }

  /** Every call fails from now on, until null is given. */
  public void fail(@Nullable String why) {
    failure = why;
  }

  /** Gets, scans and listings so far. */
  public int reads() {
    return reads;
  }

  public int openSnapshots() {
    return openSnapshots;
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    reads++;
    return table().get(partition, partitionKey, keys);
  }

  @Override
  public List<TableRead> getAll(List<Get> gets) {
    questions++;
    return Table.super.getAll(gets);
  }

  /** Calls of getAll so far. */
  public int questions() {
    return questions;
  }

  /** As drivers do who answer many by one question; here each is still asked for by itself. */
  @Override
  public int getsTogether() {
    return 8;
  }

  @Override
  public TablePage scan(int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    reads++;
    return tear.apply(table().scan(partition, partitionKey, range, limit, reverse, keysOnly));
  }

  /** From now on scans are of no one moment (DynamoDB): this makes of a page what is shown. */
  public void tearScans(UnaryOperator<TablePage> how) {
    tear = how;
    torn = true;
  }

  @Override
  public boolean scansOneMoment() {
    return !torn && table.scansOneMoment();
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    reads++;
    return new ArrayList<>(table().partitionKeys(partition, after, limit));
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    return table().snapshot(partition).map(Counted::new);
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    return table().checkpoint(partition);
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    table().apply(partition, changes, from, to);
  }

  @Override
  public void close() {
    table.close();
  }

  private Table table() {
    String why = failure;
    if (why != null) {
      throw new TableException(why, new RuntimeException("ordered by the test"));
    }
    return table;
  }

  private final class Counted implements TableSnapshot {
    private final TableSnapshot snapshot;
    private boolean closed;

    Counted(TableSnapshot snapshot) {
      this.snapshot = snapshot;
      openSnapshots++;
    }

    @Override
    public Checkpoint checkpoint() {
      return snapshot.checkpoint();
    }

    @Override
    public TablePage scan(Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
      return snapshot.scan(partitionKey, range, limit, reverse, keysOnly);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        openSnapshots--;
        snapshot.close();
      }
    }
  }
}
