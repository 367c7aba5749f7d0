package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffPage.Difference;
import io.logfold.api.DiffRequest;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.KeyRange;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.ReadPosition;
import io.logfold.api.ScanPage;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import io.logfold.log.PartitionHash;
import io.logfold.projector.history.HistoryCodec.StoredEvent;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Answers from a history: who changed what, and what was at a moment. It answers from what the table holds; whether that is
 * far enough is for the caller to see to.
 *
 * <ul>
 *   <li>A page of a key's history reads one row more than it has changes, however deep it lies.
 *   <li>A page of a prefix's or a principal's history reads an event's row for each event, and two rows for each change. Of
 *       events that do not touch the prefix it passes at most {@link #EVENTS_A_PAGE}: then it ends early, with a next one.
 *   <li>A read as of a moment reads little more than the rows it gives, where keys have few changes; a key of many costs a
 *       jump. A page of a scan, of partition keys or of differences reads at most {@link #BUDGET_A_PAGE}, or hardly more: then
 *       it ends early, perhaps empty, and says where to go on.
 * </ul>
 *
 * <p>Methods block, and throw what {@link Table}'s do. An instance is for one call at a time and costs nothing to make; the
 * counter may be shared.
 */
public final class HistoryReader {
  /** How many events a page of a prefix's history passes at most, beside those it shows. */
  static final int EVENTS_A_PAGE = 5_000;

  /** How much a page of keys reads at most, counted as {@link HistoryTable#spent}. */
  static final int BUDGET_A_PAGE = 20_000;

  private static final int MOST_EVENTS_AT_ONCE = 256;
  private static final int PARTITION_KEYS_AT_ONCE = 100;

  private final HistoryTable history;
  private final int partitions;
  private final long budget;

  /**
   * @param partitions of the store
   * @param rowsRead counts rows of the table that are read
   * @param patience asked before every read of the table; throws where nobody waits for the answer any more
   */
  public HistoryReader(Table table, int partitions, LongAdder rowsRead, Runnable patience) {
    this(table, partitions, rowsRead, patience, BUDGET_A_PAGE);
  }

  HistoryReader(Table table, int partitions, LongAdder rowsRead, Runnable patience, long budget) {
    this.history = new HistoryTable(table, rowsRead, patience);
    this.partitions = partitions;
    this.budget = budget;
  }

  /** The revision of the last event at or before this time that changed anything; 0 where there is none. */
  public long revisionAt(int partition, long timeMs) {
    if (timeMs < 0) {
      return 0;
    }
    Bytes end = timeMs == Long.MAX_VALUE ? HistoryKeys.time(timeMs) : HistoryKeys.time(timeMs + 1);
    TablePage page = history.scan(partition, HistoryKeys.TIMES, Bytes.EMPTY, end, 1, true);
    return page.rows().isEmpty() ? 0 : page.rows().get(0).revision();
  }

  // ---- histories

  /** @throws StoreException INVALID_ARGUMENT where the cursor is not one of this question */
  public HistoryPage history(HistoryRequest request) {
    return switch (request.scope()) {
      case HistoryScope.OfKey of -> ofKey(request, of);
      case HistoryScope.OfPrefix of -> {
        int partition = partition(of.partitionKey());
        List<Long> left = left(request, 2);
        yield ofEvents(request, List.of(walk(request, partition, HistoryKeys.ofPartitionKey(of.partitionKey()),
            HistoryKeys.EVENTS_PREFIX).behind(left.get(0), left.get(1).intValue())), key -> key.startsWith(of.prefix()));
      }
      case HistoryScope.OfPrincipal of -> {
        if (of.principal().isEmpty()) {
          throw new StoreException(ErrorCode.INVALID_ARGUMENT,
              "a history by principal needs the name of one; what nobody signed is found by key and prefix");
        }
        List<Long> left = left(request, 2 * partitions);
        List<EventWalk> walks = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
          walks.add(walk(request, partition, HistoryKeys.ofPrincipal(of.principal()), Bytes.EMPTY)
              .behind(left.get(2 * partition), left.get(2 * partition + 1).intValue()));
        }
        yield ofEvents(request, walks, key -> true);
      }
    };
  }

  private static List<Long> left(HistoryRequest request, int count) {
    return request.cursor().map(cursor -> HistoryCursor.of(request).read(cursor, count).numbers())
        .orElseGet(() -> java.util.Collections.nCopies(count, 0L));
  }

  /** Revisions above this one are asked for. */
  private long low(HistoryRequest request, int partition) {
    long before = request.fromMs().map(from -> revisionAt(partition, Math.max(0, from) - 1)).orElse(0L);
    return Math.max(before, request.afterRevision().orElse(0L));
  }

  /** Revisions up to this one are asked for. */
  private long high(HistoryRequest request, int partition) {
    return request.toMs().map(to -> revisionAt(partition, Math.max(0, to) - 1)).orElse(Long.MAX_VALUE);
  }

  private HistoryPage ofKey(HistoryRequest request, HistoryScope.OfKey of) {
    int partition = partition(of.partitionKey());
    Bytes partitionKey = HistoryKeys.ofPartitionKey(of.partitionKey());
    Bytes place = HistoryKeys.place(of.key());
    long last = left(request, 1).get(0);
    long low = low(request, partition);
    long high = high(request, partition);
    if (last > 0 && request.oldestFirst()) {
      low = Math.max(low, last);
    } else if (last > 0) {
      high = Math.min(high, last - 1);
    }
    if (low >= high) {
      return new HistoryPage(List.of(), Optional.empty());
    }
    List<Change> changes = new ArrayList<>();
    boolean more;
    if (request.oldestFirst()) {
      TablePage page = history.scan(partition, partitionKey, HistoryKeys.at(place, high), HistoryKeys.at(place, low),
          request.pageSize(), true);
      long previous = page.rows().isEmpty() ? 0 : history.revisionAt(partition, partitionKey, place, low);
      for (Row row : page.rows()) {
        StoredChange change = HistoryCodec.change(row);
        changes.add(told(of.partitionKey(), change, previous));
        previous = change.changesTheKey() ? HistoryTable.revisionOf(change) : previous;
      }
      more = page.more();
    } else {
      // One more than asked for, older than the range too: it is what the last one of the page replaced.
      TablePage page = history.scan(partition, partitionKey, HistoryKeys.at(place, high), HistoryKeys.at(place, 0),
          request.pageSize() + 1, false);
      List<StoredChange> read = page.rows().stream().map(HistoryCodec::change).toList();
      int shown = 0;
      while (shown < read.size() && shown < request.pageSize() && read.get(shown).revision() > low) {
        OptionalLong previous = previousOf(read, shown, !page.more());
        changes.add(told(of.partitionKey(), read.get(shown), previous.isPresent() ? previous.getAsLong()
            : history.revisionAt(partition, partitionKey, place, read.get(shown).revision() - 1)));
        shown++;
      }
      more = shown > 0 && (shown < read.size() ? read.get(shown).revision() > low : page.more());
    }
    return new HistoryPage(changes, more
        ? Optional.of(HistoryCursor.of(request).text(List.of(changes.get(changes.size() - 1).revision()), Bytes.EMPTY))
        : Optional.empty());
  }

  /** Of newest-first changes, the revision that this one replaced, as far as they tell. */
  private static OptionalLong previousOf(List<StoredChange> changes, int index, boolean complete) {
    for (StoredChange older : changes.subList(index + 1, changes.size())) {
      if (older.changesTheKey()) {
        return OptionalLong.of(HistoryTable.revisionOf(older));
      }
    }
    return complete ? OptionalLong.of(0) : OptionalLong.empty();
  }

  private EventWalk walk(HistoryRequest request, int partition, Bytes partitionKey, Bytes prefix) {
    return new EventWalk(history, partition, partitionKey, prefix, low(request, partition), high(request, partition),
        request.oldestFirst(), Math.min(MOST_EVENTS_AT_ONCE, request.pageSize()));
  }

  private HistoryPage ofEvents(HistoryRequest request, List<EventWalk> walks, Predicate<Bytes> wanted) {
    List<Change> changes = new ArrayList<>();
    long bytes = 0;
    int passed = 0;
    EventWalk next = first(walks, request.oldestFirst());
    while (next != null && changes.size() < request.pageSize() && bytes < Table.PAGE_BYTES && passed < EVENTS_A_PAGE) {
      StoredEvent event = java.util.Objects.requireNonNull(next.peek());
      int used = next.used();
      boolean shown = used > 0;
      while (used < event.changed().size() && changes.size() < request.pageSize() && bytes < Table.PAGE_BYTES) {
        Bytes key = event.changed().get(used++);
        if (wanted.test(key)) {
          Change change = change(next.partition, event, key);
          changes.add(change);
          bytes += change.key().size() + change.value().map(Bytes::size).orElse(0);
          shown = true;
        }
      }
      next.use(used);
      passed += shown ? 0 : 1;
      next = first(walks, request.oldestFirst());
    }
    if (next == null) {
      return new HistoryPage(changes, Optional.empty());
    }
    List<Long> left = new ArrayList<>();
    walks.forEach(walk -> {
      left.add(walk.revision());
      left.add((long) walk.usedOfRevision());
    });
    return new HistoryPage(changes, Optional.of(HistoryCursor.of(request).text(left, Bytes.EMPTY)));
  }

  /** Whose event comes next by time; null where none has one. */
  private static @Nullable EventWalk first(List<EventWalk> walks, boolean oldestFirst) {
    EventWalk first = null;
    long firstMs = 0;
    for (EventWalk walk : walks) {
      StoredEvent event = walk.peek();
      if (event != null && (first == null || (oldestFirst ? event.timeMs() < firstMs : event.timeMs() > firstMs))) {
        first = walk;
        firstMs = event.timeMs();
      }
    }
    return first;
  }

  private Change change(int partition, StoredEvent event, Bytes key) {
    Bytes partitionKey = HistoryKeys.ofPartitionKey(event.partitionKey());
    Bytes place = HistoryKeys.place(key);
    TablePage page = history.scan(partition, partitionKey, HistoryKeys.at(place, event.revision()), HistoryKeys.at(place, 0), 2,
        false);
    List<StoredChange> read = page.rows().stream().map(HistoryCodec::change).toList();
    if (read.isEmpty() || read.get(0).revision() != event.revision()) {
      throw new StoreException(ErrorCode.INTERNAL, "the history holds the event of revision " + event.revision()
          + " in partition " + partition + ", and not its change of " + key + "; delete the history to have it made anew");
    }
    OptionalLong previous = previousOf(read, 0, !page.more());
    return told(event.partitionKey(), read.get(0), previous.isPresent() ? previous.getAsLong()
        : history.revisionAt(partition, partitionKey, place, event.revision() - 1));
  }

  /** The value that the event of this revision put under the key, as it is stored; empty where it put none. */
  public Optional<Bytes> stored(Bytes partitionKey, Bytes key, long revision) {
    return row(partitionKey, HistoryKeys.at(HistoryKeys.place(key), revision)).map(HistoryCodec::change)
        .filter(change -> change.kind() == Change.Kind.PUT).map(change -> value(partitionKey, change));
  }

  /** The event that made the value of this revision unreadable; 0: none did. */
  public long redactedBy(Bytes partitionKey, Bytes key, long revision) {
    return row(partitionKey, HistoryKeys.redacted(key, revision)).map(Row::revision).orElse(0L);
  }

  private Optional<Row> row(Bytes partitionKey, Bytes place) {
    return history.get(partition(partitionKey), HistoryKeys.ofPartitionKey(partitionKey), place);
  }

  // ---- as of a moment

  /** What keys were behind this revision. */
  public GetResult get(Bytes partitionKey, List<Bytes> keys, long revision) {
    int partition = partition(partitionKey);
    List<Optional<Versioned>> entries = new ArrayList<>(keys.size());
    for (Bytes key : keys) {
      entries.add(revision == 0 ? Optional.empty() : versioned(partitionKey,
          history.stateAt(partition, HistoryKeys.ofPartitionKey(partitionKey), HistoryKeys.place(key), revision)));
    }
    return new GetResult(entries, position(partition, revision));
  }

  /** The keys of a range as they were behind this revision. */
  public ScanPage scan(Bytes partitionKey, KeyRange range, long revision, int limit, boolean reverse, boolean keysOnly) {
    int partition = partition(partitionKey);
    List<Entry> entries = new ArrayList<>();
    boolean more = false;
    Optional<Bytes> reached = Optional.empty();
    if (revision > 0 && !range.isEmpty()) {
      KeyWalk walk = new KeyWalk(history, partition, HistoryKeys.ofPartitionKey(partitionKey), range, revision, reverse,
          limit + 1, budget, change -> change.kind() == Change.Kind.PUT);
      long bytes = 0;
      for (StoredChange each = walk.next(); each != null; each = walk.next()) {
        if (entries.size() == limit || bytes >= Table.PAGE_BYTES) {
          more = true;
          break;
        }
        Bytes value = keysOnly ? Bytes.EMPTY : value(partitionKey, each);
        bytes += each.key().size() + value.size();
        entries.add(new Entry(partitionKey, each.key(), value, each.revision()));
      }
      reached = more ? Optional.empty() : walk.cutBehind();
    }
    return new ScanPage(entries, more || reached.isPresent(), position(partition, revision), Optional.empty(), reached);
  }

  /** Partition keys of a partition that held a key behind this revision. */
  public PartitionKeysPage partitionKeys(int partition, Optional<Bytes> after, int limit, long revision) {
    long enough = history.spent() + budget;
    List<Bytes> found = new ArrayList<>();
    Optional<Bytes> behind = Optional.of(HistoryKeys.ofPartitionKey(after.orElse(Bytes.EMPTY)));
    while (revision > 0) {
      List<Bytes> next = history.table().partitionKeys(partition, behind, PARTITION_KEYS_AT_ONCE);
      for (Bytes each : next) {
        if (each.at(0) != HistoryKeys.PARTITION_KEY) {
          return new PartitionKeysPage(found, false);
        }
        Bytes partitionKey = Bytes.wrap(java.util.Arrays.copyOfRange(each.unsafeArray(), 1, each.size()));
        if (holdsAny(partitionKey, revision)) {
          if (found.size() == limit) {
            return new PartitionKeysPage(found, true);
          }
          found.add(partitionKey);
        }
        behind = Optional.of(each);
        if (history.spent() >= enough) {
          return new PartitionKeysPage(found, true, Optional.of(partitionKey));
        }
      }
      if (next.size() < PARTITION_KEYS_AT_ONCE) {
        break;
      }
    }
    return new PartitionKeysPage(found, false);
  }

  /** One partition key is looked through to its end: a cursor cannot stand within one. */
  private boolean holdsAny(Bytes partitionKey, long revision) {
    KeyRange range = KeyRange.ALL;
    while (true) {
      ScanPage page = scan(partitionKey, range, revision, 1, false, true);
      if (!page.entries().isEmpty() || !page.more()) {
        return !page.entries().isEmpty();
      }
      range = range.beyond(page.last(), false);
    }
  }

  // ---- differences

  /** Both moments, as a cursor has kept them: what they were first understood as; empty where there is no cursor. */
  public static Optional<long[]> momentsOf(DiffRequest request) {
    return request.cursor().map(cursor -> {
      List<Long> numbers = HistoryCursor.of(request).read(cursor, 2).numbers();
      return new long[] {numbers.get(0), numbers.get(1)};
    });
  }

  /** @param from revision of the first moment, and to that of the second; they may lie either way */
  public DiffPage diff(DiffRequest request, long from, long to) {
    int partition = partition(request.partitionKey());
    Bytes partitionKey = HistoryKeys.ofPartitionKey(request.partitionKey());
    KeyRange range = request.cursor()
        .map(cursor -> request.range().beyond(HistoryCursor.of(request).read(cursor, 2).key(), false)).orElse(request.range());
    long older = Math.min(from, to);
    long newer = Math.max(from, to);
    List<Difference> differences = new ArrayList<>();
    Bytes last = Bytes.EMPTY;
    if (older < newer && !range.isEmpty()) {
      KeyWalk walk = new KeyWalk(history, partition, partitionKey, range, newer, false, request.pageSize() + 1,
          budget, change -> change.revision() > older);
      long bytes = 0;
      for (StoredChange after = walk.next(); after != null; after = walk.next()) {
        if (differences.size() == request.pageSize() || bytes >= Table.PAGE_BYTES) {
          return new DiffPage(differences, from, to, next(request, from, to, last));
        }
        Optional<Versioned> now = versioned(request.partitionKey(), after);
        Optional<Versioned> then = older == 0 ? Optional.empty() : versioned(request.partitionKey(),
            history.stateAt(partition, partitionKey, after.place(), older));
        last = after.key();
        if (now.isPresent() || then.isPresent()) {
          bytes += now.map(value -> value.value().size()).orElse(0) + then.map(value -> value.value().size()).orElse(0);
          differences.add(from <= to ? new Difference(after.key(), then, now) : new Difference(after.key(), now, then));
        }
      }
      if (walk.cutBehind().isPresent()) {
        return new DiffPage(differences, from, to, next(request, from, to, walk.cutBehind().get()));
      }
    }
    return new DiffPage(differences, from, to, Optional.empty());
  }

  private static Optional<String> next(DiffRequest request, long from, long to, Bytes behind) {
    return Optional.of(HistoryCursor.of(request).text(List.of(from, to), behind));
  }

  // ---- what leaves

  private Change told(Bytes partitionKey, StoredChange change, long previous) {
    return new Change(partitionKey, change.key(), change.revision(),
        change.kind() == Change.Kind.REDACT ? change.target() : previous, change.kind(),
        change.kind() == Change.Kind.PUT ? Optional.of(value(partitionKey, change)) : Optional.empty(), 0, change.timeMs(),
        change.provenance(), change.requestId());
  }

  private static Optional<Versioned> versioned(Bytes partitionKey, @Nullable StoredChange state) {
    return state == null || state.kind() != Change.Kind.PUT ? Optional.empty()
        : Optional.of(new Versioned(value(partitionKey, state), state.revision()));
  }

  /** The one place where values leave a history: as they are stored. */
  private static Bytes value(Bytes partitionKey, StoredChange change) {
    return change.stored();
  }

  private static ReadPosition position(int partition, long revision) {
    return new ReadPosition(revision, partition, "as-of");
  }

  private int partition(Bytes partitionKey) {
    return PartitionHash.partition(partitionKey, partitions);
  }
}
