package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import io.logfold.api.KeyRange;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.query.Reads.ServedBy;
import io.logfold.query.ScanMerge.Known;
import io.logfold.query.ScanMerge.Merged;
import io.logfold.query.values.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Pages of scans: from memory where the partition key is resident; else the floor is pinned, a page of the table is read
 * and the memtable laid over it, which then holds whatever was changed since the page's checkpoint.
 */
final class Scans {
  private final Leadership leader;
  private final Reads reads;
  private final Snapshots snapshots;

  Scans(Leadership leader, Reads reads, Snapshots snapshots) {
    this.leader = leader;
    this.reads = reads;
    this.snapshots = snapshots;
  }

  static final class Scan extends Operation<ScanPage> {
    final ScanRequest request;
    private final Values values;

    Scan(ScanRequest request, Values values, long deadlineNanos) {
      super(deadlineNanos);
      this.request = request;
      this.values = values;
      this.followerMayAnswer = !request.snapshot() && Reads.followerMayAnswer(request.consistency());
    }

    /** Stored bytes become values here, and nowhere else on a scan's way out. */
    @Override
    void answer(ScanPage stored) {
      if (request.keysOnly() || Values.allPlain(stored)) {
        super.answer(stored);
      } else if (request.snapshotId().isPresent()) {
        // A page of a snapshot rests on no lease: whoever answers it may have missed a redaction.
        open(values.caughtUp().thenCompose(all -> values.open(stored)));
      } else {
        open(values.open(stored));
      }
    }
  }

  void scan(Scan operation) {
    if (operation.ended()) {
      return;
    }
    ScanRequest request = operation.request;
    if (request.snapshotId().isPresent() && (leader.leading() || snapshots.holds(request.snapshotId().get()))) {
      snapshots.page(operation, request.snapshotId().get());
      return;
    }
    if (!leader.answers(operation)) {
      leader.parkUntilLeading(operation, () -> scan(operation));
      return;
    }
    PartitionKeyTable table = leader.memtable().table(request.partitionKey());
    long changed = table == null ? 0 : Math.min(table.appendedLsn, leader.pipeline().appendedLsn());
    reads.after(Math.max(changed, reads.redactions()), operation, request.consistency(), () -> scan(operation), servedBy -> {
      if (request.snapshot()) {
        snapshots.open(operation, servedBy, () -> scan(operation));
      } else {
        page(operation, servedBy);
      }
    });
  }

  private void page(Scan operation, ServedBy servedBy) {
    if (operation.ended()) {
      return;
    }
    ScanRequest request = operation.request;
    Bytes partitionKey = request.partitionKey();
    PartitionKeyTable table = leader.memtable().table(partitionKey);
    if (table != null && table.resident) {
      finish(operation, servedBy, resident(table, request));
    } else if (table == null || !table.tooLarge) {
      reads.fetchWhole(partitionKey, operation, () -> scan(operation), () -> page(operation, servedBy));
    } else {
      tablePage(operation, servedBy, request.range(), leader.epoch(), leader.memtable(), leader.memtable().pinFloor());
    }
  }

  /**
   * One page of the table, from where pages before it came to nothing. They all lie under one pin: of what those pages
   * held everything is in the memtable, so that the answer is of one moment all the same.
   *
   * @param range what of the range is still to be read from the table
   */
  private void tablePage(Scan operation, ServedBy servedBy, KeyRange range, long epoch, Memtable memtable, long pin) {
    ScanRequest request = operation.request;
    operation.waitingFor = "the table";
    leader.watch(operation);
    leader.tables().<Answer>ask(
        t -> new Answer(t.scan(leader.partition(), request.partitionKey(), range, request.pageSize(), request.reverse(),
            request.keysOnly()), t.scansOneMoment()),
        (answer, failure) -> {
          TablePage page = answer == null ? null : answer.page();
          long reach = answer == null ? 0 : reads.reach(answer.page().checkpoint().at().lsn(), answer.oneMoment());
          if (answer != null && !answer.oneMoment() && !leader.leading()) {
            memtable.unpin(pin); // rows newer than their checkpoint end with what is appended: only the leader knows that
            reads.toTheLeader(operation, () -> scan(operation));
          } else if (reach > leader.committedLsn()) {
            leader.whenCommitted(reach, operation,
                () -> settle(operation, servedBy, range, epoch, memtable, pin, page, failure));
          } else {
            settle(operation, servedBy, range, epoch, memtable, pin, page, failure);
          }
        });
  }

  private record Answer(TablePage page, boolean oneMoment) {}

  private void settle(Scan operation, ServedBy servedBy, KeyRange range, long epoch, Memtable memtable, long pin,
      @Nullable TablePage page, @Nullable RuntimeException failure) {
    ScanRequest request = operation.request;
    boolean current = !operation.ended() && epoch == leader.epoch() && leader.answers(operation);
    if (current && page != null && page.checkpoint().at().lsn() >= pin
        && page.checkpoint().at().lsn() <= leader.committedLsn()) {
      KeyRange covered = ScanMerge.covered(request.range(), page.rows(), page.more(), request.reverse());
      PartitionKeyTable table = memtable.table(request.partitionKey());
      NavigableMap<Bytes, Known> known = table == null ? new TreeMap<>() : known(table, covered, request);
      Merged merged = ScanMerge.merge(request.partitionKey(), page.rows(), page.more(), known, request.pageSize(),
          request.reverse(), request.keysOnly());
      if (merged.entries().isEmpty() && merged.more() && merged.reached().isPresent()) {
        KeyRange rest = range.beyond(merged.reached().get(), request.reverse());
        tablePage(operation, servedBy, rest, epoch, memtable, pin);
        return;
      }
      memtable.unpin(pin); // nothing is forgotten before this step is over
      finish(operation, servedBy, merged);
      return;
    }
    memtable.unpin(pin);
    if (operation.ended()) {
      return;
    }
    if (!current) {
      scan(operation);
    } else if (page == null) {
      Reads.failTable(operation, failure);
    } else if (page.checkpoint().at().lsn() < pin) {
      reads.tooOld(operation, page.checkpoint().at().lsn(), () -> scan(operation));
    } else {
      scan(operation);
    }
  }

  private void finish(Scan operation, ServedBy servedBy, Merged merged) {
    List<Entry> entries = merged.entries();
    ScanPage page = new ScanPage(entries, merged.more() && !entries.isEmpty(), reads.position(servedBy), Optional.empty());
    reads.certify(servedBy, operation, () -> scan(operation), () -> operation.answer(page));
  }

  /** A page of a partition key that is wholly in memory: nothing lies below that it would have to be laid over. */
  static Merged resident(PartitionKeyTable table, ScanRequest request) {
    List<Entry> entries = new ArrayList<>(Math.min(request.pageSize(), table.entries.size()));
    NavigableMap<Bytes, MemtableEntry> view = table.in(request.range());
    long bytes = 0;
    for (MemtableEntry entry : (request.reverse() ? view.descendingMap() : view).values()) {
      Bytes value = entry.value;
      if (entry.known && value != null) {
        if (entries.size() == request.pageSize() || bytes >= Table.PAGE_BYTES) {
          return new Merged(entries, true, Optional.of(entries.getLast().key()));
        }
        Bytes shown = request.keysOnly() ? Bytes.EMPTY : value;
        entries.add(new Entry(table.partitionKey, entry.key, shown, entry.revision));
        bytes += entry.key.size() + shown.size();
      }
    }
    return new Merged(entries, false, Optional.empty());
  }

  /** What is known of a range, at most as much as a page can need beyond the rows it is laid over. */
  static NavigableMap<Bytes, Known> known(PartitionKeyTable table, KeyRange range, ScanRequest request) {
    TreeMap<Bytes, Known> known = new TreeMap<>();
    int live = 0;
    NavigableMap<Bytes, MemtableEntry> view = table.in(range);
    for (Map.Entry<Bytes, MemtableEntry> each : (request.reverse() ? view.descendingMap() : view).entrySet()) {
      MemtableEntry entry = each.getValue();
      if (entry.known) {
        known.put(each.getKey(), Known.of(entry));
        if (entry.value != null && ++live > request.pageSize()) {
          break;
        }
      }
    }
    return known;
  }
}
