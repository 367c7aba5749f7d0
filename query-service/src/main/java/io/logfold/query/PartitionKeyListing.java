package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.KeyRange;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.projector.table.Table;
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

  private record Below(List<Bytes> partitionKeys, boolean more, long oldestCheckpointLsn, long newestCheckpointLsn,
      boolean oneMoment) {
    static Below of(Table table, int partition, Optional<Bytes> after, int limit) {
      long oldest = table.checkpoint(partition).at().lsn();
      List<Bytes> keys = table.partitionKeys(partition, after, limit + 1);
      long newest = table.checkpoint(partition).at().lsn();
      return new Below(keys, keys.size() > limit, oldest, newest, table.scansOneMoment());
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
      long reach = below == null ? 0 : reads.reach(below.newestCheckpointLsn(), below.oneMoment());
      if (below != null && reach > leader.committedLsn()) {
        leader.whenCommitted(reach, operation,
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
    long lookedAtLsn = leader.committedLsn();
    leader.tables().<Dead>ask(table -> Dead.of(table, leader.partition(), doubtful), (dead, failure) -> {
      memtable.unpin(pin);
      if (epoch != leader.epoch() || !leader.leading()) {
        list(operation);
      } else if (dead == null) {
        Reads.failTable(operation, failure);
      } else if (dead.checkpointLsn() < pin) {
        reads.tooOld(operation, dead.checkpointLsn(), () -> list(operation));
      } else if (doubtful.keySet().stream().anyMatch(key -> changedSince(memtable, key, lookedAtLsn))) {
        list(operation); // the table was asked at a later moment than the memtable, and it matters
      } else {
        listed.removeAll(dead.partitionKeys());
        finish(operation, servedBy, below.more(), Optional.ofNullable(lastBelow), listed);
      }
    });
  }

  private static boolean changedSince(Memtable memtable, Bytes partitionKey, long lsn) {
    PartitionKeyTable table = memtable.table(partitionKey);
    return table == null || table.appendedLsn > lsn;
  }

  /**
   * Which partition keys have no row but those that are known to be deleted.
   *
   * @param checkpointLsn of the oldest of the pages that say so
   */
  private record Dead(Set<Bytes> partitionKeys, long checkpointLsn) {
    /** On the table's executor. */
    static Dead of(Table table, int partition, Map<Bytes, Set<Bytes>> doubtful) {
      Set<Bytes> dead = new HashSet<>();
      long oldest = Long.MAX_VALUE;
      for (Map.Entry<Bytes, Set<Bytes>> each : doubtful.entrySet()) {
        Set<Bytes> deleted = each.getValue();
        KeyRange range = KeyRange.ALL;
        while (true) {
          TablePage page = table.scan(partition, each.getKey(), range, deleted.size() + 1, false, true);
          oldest = Math.min(oldest, page.checkpoint().at().lsn());
          if (page.rows().stream().anyMatch(row -> !deleted.contains(row.key()))) {
            break;
          }
          if (!page.more()) {
            dead.add(each.getKey());
            break;
          }
          range = range.beyond(page.rows().get(page.rows().size() - 1).key(), false);
        }
      }
      return new Dead(dead, oldest);
    }
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
