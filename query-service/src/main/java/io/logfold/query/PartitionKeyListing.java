package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.KeyRange;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.query.Reads.ServedBy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lists the partition keys of this partition that hold a key: those of the table, with those laid over them that the
 * memtable knows to live, and without those whose every row was deleted since.
 */
final class PartitionKeyListing {
  private final Leadership leader;
  private final Reads reads;

  PartitionKeyListing(Leadership leader, Reads reads) {
    this.leader = leader;
    this.reads = reads;
  }

  static final class Listing extends Operation<PartitionKeysPage> {
    final PartitionKeysRequest request;

    /** How far it has come, where pages of the table came to nothing. */
    Optional<Bytes> after;

    Listing(PartitionKeysRequest request, long deadlineNanos) {
      super(deadlineNanos);
      this.request = request;
      this.after = request.after();
    }
  }

  private record Below(List<Bytes> partitionKeys, boolean more, long oldestCheckpointLsn, long newestCheckpointLsn) {
    static Below of(Table table, int partition, Optional<Bytes> after, int limit) {
      long oldest = table.checkpoint(partition).at().lsn();
      List<Bytes> keys = table.partitionKeys(partition, after, limit + 1);
      long newest = table.checkpoint(partition).at().lsn();
      return new Below(keys, keys.size() > limit, oldest, newest);
    }
  }

  void list(Listing operation) {
    if (operation.ended()) {
      return;
    }
    if (!leader.leading()) {
      leader.parkUntilLeading(operation, () -> list(operation));
      return;
    }
    operation.after = operation.request.after();
    reads.after(leader.pipeline().appendedLsn(), operation, Consistency.LINEARIZABLE, () -> list(operation),
        servedBy -> read(operation, servedBy));
  }

  private void read(Listing operation, ServedBy servedBy) {
    long epoch = leader.epoch();
    Memtable memtable = leader.memtable();
    long pin = memtable.pinFloor();
    operation.waitingFor = "the table";
    leader.watch(operation);
    Optional<Bytes> after = operation.after;
    leader.tables().<Below>ask(table -> Below.of(table, leader.partition(), after, operation.request.pageSize()), (below, failure) -> {
      if (below != null && below.newestCheckpointLsn() > leader.committedLsn()) {
        leader.whenCommitted(below.newestCheckpointLsn(), operation,
            () -> settle(operation, servedBy, epoch, memtable, pin, below, null));
      } else {
        settle(operation, servedBy, epoch, memtable, pin, below, failure);
      }
    });
  }

  private void settle(Listing operation, ServedBy servedBy, long epoch, Memtable memtable, long pin, @Nullable Below below,
      @Nullable RuntimeException failure) {
    Runnable again = () -> list(operation);
    if (operation.ended()) {
      memtable.unpin(pin);
    } else if (epoch != leader.epoch() || !leader.leading()
        || (below != null && below.newestCheckpointLsn() > leader.committedLsn())) {
      memtable.unpin(pin);
      again.run();
    } else if (below == null) {
      memtable.unpin(pin);
      Reads.failTable(operation, failure);
    } else if (below.oldestCheckpointLsn() < pin) {
      memtable.unpin(pin);
      reads.tooOld(operation, below.oldestCheckpointLsn(), again);
    } else {
      overlay(operation, servedBy, epoch, memtable, pin, below);
    }
  }

  private void overlay(Listing operation, ServedBy servedBy, long epoch, Memtable memtable, long pin, Below below) {
    TreeSet<Bytes> listed = new TreeSet<>(below.partitionKeys());
    Bytes lastBelow = below.more() ? listed.last() : null;
    TreeMap<Bytes, Set<Bytes>> doubtful = new TreeMap<>();
    for (PartitionKeyTable table : memtable.tablesAfter(operation.after)) {
      if (lastBelow != null && table.partitionKey.compareTo(lastBelow) > 0) {
        break;
      }
      boolean lives = false;
      Set<Bytes> deleted = new HashSet<>();
      for (MemtableEntry entry : table.entries.values()) {
        if (entry.known && entry.value != null) {
          lives = true;
          break;
        } else if (entry.known) {
          deleted.add(entry.key);
        }
      }
      if (lives) {
        listed.add(table.partitionKey);
      } else if (listed.contains(table.partitionKey) && !deleted.isEmpty()) {
        doubtful.put(table.partitionKey, deleted);
      }
    }
    if (doubtful.isEmpty()) {
      memtable.unpin(pin);
      finish(operation, servedBy, below.more(), Optional.ofNullable(lastBelow), listed);
      return;
    }
    leader.tables().<Set<Bytes>>ask(table -> dead(table, doubtful), (dead, failure) -> {
      memtable.unpin(pin);
      if (epoch != leader.epoch() || !leader.leading()) {
        list(operation);
      } else if (dead == null) {
        Reads.failTable(operation, failure);
      } else {
        listed.removeAll(dead);
        finish(operation, servedBy, below.more(), Optional.ofNullable(lastBelow), listed);
      }
    });
  }

  /** Which of these have no row but those that are known to be deleted. On the table's executor. */
  private Set<Bytes> dead(Table table, Map<Bytes, Set<Bytes>> doubtful) {
    Set<Bytes> dead = new HashSet<>();
    doubtful.forEach((partitionKey, deleted) -> {
      KeyRange range = KeyRange.ALL;
      while (true) {
        TablePage page = table.scan(leader.partition(), partitionKey, range, deleted.size() + 1, false, true);
        if (page.rows().stream().anyMatch(row -> !deleted.contains(row.key()))) {
          return;
        }
        if (!page.more()) {
          dead.add(partitionKey);
          return;
        }
        Row last = page.rows().get(page.rows().size() - 1);
        range = range.beyond(last.key(), false);
      }
    });
    return dead;
  }

  private void finish(Listing operation, ServedBy servedBy, boolean moreBelow, Optional<Bytes> lastBelow, TreeSet<Bytes> listed) {
    List<Bytes> page = new ArrayList<>();
    boolean more = moreBelow;
    for (Bytes partitionKey : listed) {
      if (page.size() == operation.request.pageSize()) {
        more = true;
        break;
      }
      page.add(partitionKey);
    }
    if (page.isEmpty() && moreBelow && lastBelow.isPresent()) {
      operation.after = lastBelow; // all that the table listed is dead: go on behind it
      read(operation, servedBy);
      return;
    }
    PartitionKeysPage result = new PartitionKeysPage(page, more);
    reads.certify(servedBy, operation, () -> list(operation), () -> operation.answer(result));
  }
}
