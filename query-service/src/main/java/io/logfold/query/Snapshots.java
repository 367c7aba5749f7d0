package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.ReadPosition;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableSnapshot;
import io.logfold.query.Reads.ServedBy;
import io.logfold.query.ScanMerge.Known;
import io.logfold.query.ScanMerge.Merged;
import io.logfold.query.Scans.Scan;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshot scans: a snapshot of the table, opened under a pinned floor, and a frozen copy of what the memtable knew
 * beyond its checkpoint. The list of them is the leader's thread's; pages are read on the table's executor, one at a time
 * per snapshot, since a frozen view needs neither lease nor leader any more.
 */
final class Snapshots {
  private static final Logger log = LoggerFactory.getLogger(Snapshots.class);

  private final Leadership leader;
  private final Reads reads;
  private final Executor tableExecutor;
  private final RandomGenerator random;
  private final Map<String, Open> open = new HashMap<>();

  Snapshots(Leadership leader, Reads reads, Executor tableExecutor, RandomGenerator random) {
    this.leader = leader;
    this.reads = reads;
    this.tableExecutor = tableExecutor;
    this.random = random;
  }

  private static final class Open {
    final String id;
    final Bytes partitionKey;
    final @Nullable TableSnapshot below;
    final NavigableMap<Bytes, Known> above;
    final ReadPosition position;
    final long expiresNanos;
    boolean closed;

    Open(String id, Bytes partitionKey, @Nullable TableSnapshot below, NavigableMap<Bytes, Known> above,
        ReadPosition position, long expiresNanos) {
      this.id = id;
      this.partitionKey = partitionKey;
      this.below = below;
      this.above = above;
      this.position = position;
      this.expiresNanos = expiresNanos;
    }

    /** On the table's executor. */
    synchronized Optional<ScanPage> page(ScanRequest request) {
      if (closed) {
        return Optional.empty();
      }
      KeyRange range = request.range();
      while (true) {
        TablePage page = below == null ? null
            : below.scan(partitionKey, range, request.pageSize(), request.reverse(), request.keysOnly());
        List<Row> rows = page == null ? List.of() : page.rows();
        boolean more = page != null && page.more();
        KeyRange covered = ScanMerge.covered(range, rows, more, request.reverse());
        Merged merged = ScanMerge.merge(partitionKey, rows, more, within(covered), request.pageSize(), request.reverse(),
            request.keysOnly());
        List<Entry> entries = merged.entries();
        if (entries.isEmpty() && merged.more() && merged.reached().isPresent()) {
          range = range.beyond(merged.reached().get(), request.reverse());
        } else {
          return Optional.of(new ScanPage(entries, merged.more() && !entries.isEmpty(), position, Optional.of(id)));
        }
      }
    }

    private NavigableMap<Bytes, Known> within(KeyRange range) {
      if (range.isEmpty()) {
        return new TreeMap<>();
      }
      return range.endExclusive().isPresent()
          ? above.subMap(range.startInclusive(), true, range.endExclusive().get(), false)
          : above.tailMap(range.startInclusive(), true);
    }

    synchronized void close() {
      if (!closed) {
        closed = true;
        if (below != null) {
          below.close();
        }
      }
    }
  }

  /** Opens one and answers its first page. */
  void open(Scan operation, ServedBy servedBy, Runnable again) {
    if (refused(operation)) {
      return;
    }
    Bytes partitionKey = operation.request.partitionKey();
    PartitionKeyTable table = leader.memtable().table(partitionKey);
    if (table != null && table.resident) {
      freeze(operation, servedBy, null, Long.MIN_VALUE, again);
    } else if (table == null || !table.tooLarge) {
      reads.fetchWhole(partitionKey, operation, again, () -> open(operation, servedBy, again));
    } else {
      openBelow(operation, servedBy, again);
    }
  }

  /** Whether there may be no more of them; the operation was told. */
  private boolean refused(Scan operation) {
    if (open.size() < leader.config().maxSnapshots()) {
      return false;
    }
    operation.fail(ErrorCode.SLOW_DOWN, open.size() + " snapshot scans are open in this partition, the most there may be;"
        + " they end by themselves within " + leader.config().snapshotMs() / 1000 + " s");
    return true;
  }

  private void openBelow(Scan operation, ServedBy servedBy, Runnable again) {
    long epoch = leader.epoch();
    Memtable memtable = leader.memtable();
    long pin = memtable.pinFloor();
    operation.waitingFor = "the table";
    leader.watch(operation);
    leader.tables().<Optional<TableSnapshot>>ask(t -> t.snapshot(leader.partition()), (below, failure) -> {
      long checkpointLsn = below == null || below.isEmpty() ? 0 : below.get().checkpoint().at().lsn();
      Runnable settle = () -> {
        memtable.unpin(pin); // nothing is forgotten before this step is over
        boolean current = epoch == leader.epoch() && leader.leading() && checkpointLsn <= leader.committedLsn();
        if (below == null) {
          Reads.failTable(operation, failure);
        } else if (below.isEmpty()) {
          operation.fail(ErrorCode.SNAPSHOT_TOO_OLD, "this table offers snapshot scans only of partition keys that fit into"
              + " memory (" + leader.config().residentLimitBytes() + " bytes); scan without snapshot");
        } else if (operation.ended() || !current || checkpointLsn < pin) {
          closeOnTableExecutor(below.get());
          if (current && checkpointLsn < pin) {
            reads.tooOld(operation, checkpointLsn, again);
          } else {
            again.run();
          }
        } else {
          freeze(operation, servedBy, below.get(), checkpointLsn, again);
        }
      };
      if (checkpointLsn > leader.committedLsn()) {
        leader.whenCommitted(checkpointLsn, operation, settle);
      } else {
        settle.run();
      }
    });
  }

  private void freeze(Scan operation, ServedBy servedBy, @Nullable TableSnapshot below, long checkpointLsn, Runnable again) {
    ScanRequest request = operation.request;
    TreeMap<Bytes, Known> above = new TreeMap<>();
    PartitionKeyTable table = leader.memtable().table(request.partitionKey());
    if (table != null) {
      // The whole partition key, not the first page's range alone: an iterator may seek back.
      for (MemtableEntry entry : table.entries.values()) {
        if (entry.known && (below == null || entry.revision > checkpointLsn)) {
          above.put(entry.key, Known.of(entry));
        }
      }
    }
    ReadPosition position = reads.position(servedBy);
    Open snapshot = new Open(Long.toHexString(random.nextLong()), request.partitionKey(), below, above, position,
        leader.clock().monotonicNanos() + leader.config().snapshotMs() * 1_000_000);
    // The table's snapshot is not kept while the operation waits for the lease: that may be long, and may be in vain.
    reads.certifyNow(servedBy, () -> opened(operation, snapshot), () -> {
      onTableExecutor(snapshot::close);
      reads.leaseWanted(operation, again);
    });
  }

  private void opened(Scan operation, Open snapshot) {
    if (operation.ended() || refused(operation)) { // others were opened while the table was asked
      onTableExecutor(snapshot::close);
      return;
    }
    open.put(snapshot.id, snapshot);
    read(operation, snapshot);
  }

  /** Whether it is open here: it outlives the leadership under which it was opened. */
  boolean holds(String id) {
    return open.containsKey(id);
  }

  /** A further page of one that is open. */
  void page(Scan operation, String id) {
    Open snapshot = open.get(id);
    if (snapshot == null || !snapshot.partitionKey.equals(operation.request.partitionKey())) {
      operation.fail(tooOld(id));
      return;
    }
    read(operation, snapshot);
  }

  private void read(Scan operation, Open snapshot) {
    leader.watch(operation);
    try {
      tableExecutor.execute(() -> {
        try {
          Optional<ScanPage> page = snapshot.page(operation.request);
          if (page.isPresent()) {
            operation.answer(page.get());
          } else {
            operation.fail(tooOld(snapshot.id));
          }
        } catch (RuntimeException e) {
          Reads.failTable(operation, e);
        }
      });
    } catch (RejectedExecutionException e) {
      operation.fail(ErrorCode.CLOSED, "the node is closed");
    }
  }

  private StoreException tooOld(String id) {
    return new StoreException(ErrorCode.SNAPSHOT_TOO_OLD, "snapshot " + id + " is not open (any more); one lives at most "
        + leader.config().snapshotMs() / 1000 + " s; start the scan again");
  }

  void end(String id) {
    Open snapshot = open.remove(id);
    if (snapshot != null) {
      onTableExecutor(snapshot::close);
    }
  }

  /** Ends those whose time is over; returns when the next one is, or Long.MAX_VALUE. */
  long expire(long nowNanos) {
    long next = Long.MAX_VALUE;
    for (Iterator<Open> it = open.values().iterator(); it.hasNext();) {
      Open snapshot = it.next();
      long left = snapshot.expiresNanos - nowNanos;
      if (left <= 0) {
        it.remove();
        onTableExecutor(snapshot::close);
      } else {
        next = Math.min(next, left);
      }
    }
    return next;
  }

  /** Ends all of them, at once and in this thread: the table is about to be closed. */
  void closeAll() {
    for (Open snapshot : open.values()) {
      try {
        snapshot.close();
      } catch (RuntimeException e) {
        log.warn("a table snapshot could not be closed", e);
      }
    }
    open.clear();
  }

  private void closeOnTableExecutor(TableSnapshot snapshot) {
    onTableExecutor(snapshot::close);
  }

  private void onTableExecutor(Runnable close) {
    try {
      tableExecutor.execute(() -> {
        try {
          close.run();
        } catch (RuntimeException e) {
          log.warn("a table snapshot could not be closed", e);
        }
      });
    } catch (RejectedExecutionException e) {
      close.run(); // the node is closed, and the pool with it
    }
  }
}
