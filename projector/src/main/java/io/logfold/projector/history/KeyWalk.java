package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Walks the keys of a partition key in order, and gives of each the newest change that made it what it was at one moment.
 *
 * <p>It reads rows by the page and jumps over what is left of a key that is done, or newer than the moment: a key of many
 * changes costs no more than a small page. Keys of one group (see {@link HistoryKeys}) are put in order here; of a large
 * group as many are kept as were asked for, and it is read again for those behind. For one thread.
 *
 * <p>It reads no more than its budget, by about one page, as far as it has passed a key that one can go on behind: not within
 * a group.
 */
final class KeyWalk {
  private static final int FEW = 8;
  private static final int MANY = 256;

  private final HistoryTable history;
  private final int partition;
  private final Bytes partitionKey;
  private final long at;
  private final boolean reverse;
  private final Predicate<StoredChange> wanted;
  private final int most;
  private final long budget;

  private KeyRange range;
  private Bytes low;
  private Bytes high;
  private final ArrayDeque<Row> rows = new ArrayDeque<>();
  private boolean more = true;
  private int chunk = 32;
  /** The key whose rows are skipped from here on (ascending), or being looked at (descending). */
  private @Nullable Bytes current;
  private @Nullable StoredChange best;
  private @Nullable StoredChange pending;

  /** Of the row read last; all keys up to {@link #passed} are done with. */
  private @Nullable Bytes looked;
  private @Nullable Bytes passed;
  private boolean cut;

  private final TreeMap<Bytes, StoredChange> group;
  /** The group that is being read. */
  private @Nullable Bytes collecting;
  private boolean groupCut;

  /**
   * @param partitionKey of the history's rows
   * @param at the moment's revision
   * @param wanted others are left out
   * @param most how many the caller will ask for at most, about
   * @param budget how much may be {@link HistoryTable#spent} from now on
   */
  KeyWalk(HistoryTable history, int partition, Bytes partitionKey, KeyRange range, long at, boolean reverse, int most,
      long budget, Predicate<StoredChange> wanted) {
    this.history = history;
    this.partition = partition;
    this.partitionKey = partitionKey;
    this.at = at;
    this.reverse = reverse;
    this.most = most;
    this.budget = history.spent() + budget;
    this.wanted = wanted;
    this.group = new TreeMap<>(reverse ? Comparator.<Bytes>reverseOrder() : Comparator.<Bytes>naturalOrder());
    this.range = range;
    this.low = HistoryKeys.lowerBound(range.startInclusive());
    this.high = range.endExclusive().map(HistoryKeys::upperBound).orElse(HistoryKeys.end());
  }

  /** Where the budget ended the walk: the key to go on behind. Empty where it came to the end of the range. */
  Optional<Bytes> cutBehind() {
    return cut ? Optional.ofNullable(passed) : Optional.empty();
  }

  /** The next key's; null where there is none, or {@link #cutBehind} says where the walk was cut. */
  @Nullable StoredChange next() {
    while (true) {
      Map.Entry<Bytes, StoredChange> first = group.pollFirstEntry();
      if (first != null) {
        if (group.isEmpty() && groupCut) {
          startAgainBehind(first.getKey());
        }
        return first.getValue();
      }
      StoredChange change = pending == null ? inPlaceOrder() : pending;
      pending = null;
      if (change == null) {
        return null;
      }
      if (HistoryKeys.isLong(change.place())) {
        collectGroup(change);
      } else {
        passed = change.key();
        if (isWanted(change)) {
          return change;
        }
      }
    }
  }

  private boolean isWanted(StoredChange change) {
    return range.contains(change.key()) && wanted.test(change);
  }

  private void collectGroup(StoredChange first) {
    Bytes id = HistoryKeys.groupOf(first.place());
    collecting = id;
    collect(first, id);
    collecting = null;
  }

  private void collect(StoredChange first, Bytes id) {
    long bytes = 0;
    for (StoredChange each = first; each != null; each = inPlaceOrder()) {
      if (!HistoryKeys.groupOf(each.place()).equals(id)) {
        pending = each;
        return;
      }
      if (isWanted(each)) {
        group.put(each.key(), each);
        bytes += each.stored().size();
        while (group.size() > 1 && (group.size() > most || bytes > Table.PAGE_BYTES)) {
          bytes -= group.pollLastEntry().getValue().stored().size();
          groupCut = true;
        }
      }
    }
  }

  private void startAgainBehind(Bytes key) {
    groupCut = false;
    cut = false;
    looked = null;
    passed = key;
    range = range.beyond(key, reverse);
    low = HistoryKeys.lowerBound(range.startInclusive());
    high = range.endExclusive().map(HistoryKeys::upperBound).orElse(HistoryKeys.end());
    rows.clear();
    more = true;
    current = null;
    best = null;
    pending = null;
  }

  private @Nullable StoredChange inPlaceOrder() {
    return reverse ? descending() : ascending();
  }

  private @Nullable StoredChange ascending() {
    while (true) {
      Row row = rows.poll();
      if (row == null) {
        if (!more || !read()) {
          return null;
        }
        continue;
      }
      Bytes place = HistoryKeys.placeOf(row.key());
      look(place);
      low = row.key().successor();
      if (current != null && place.equals(current)) {
        jumpTo(HistoryKeys.at(place, 0));
      } else if (row.revision() > at) {
        jumpTo(HistoryKeys.at(place, at));
      } else {
        StoredChange change = HistoryCodec.change(row);
        if (change.changesTheKey()) {
          current = place;
          jumpTo(HistoryKeys.at(place, 0));
          return change;
        }
      }
    }
  }

  /** Where what was read ends before there, the next read begins there. */
  private void jumpTo(Bytes there) {
    Row last = rows.peekLast();
    if (last == null || last.key().compareTo(there) < 0) {
      if (more && last != null) {
        chunk = FEW; // much was read in vain
      }
      rows.clear();
      low = there;
    }
  }

  private @Nullable StoredChange descending() {
    while (true) {
      Row row = rows.peek();
      if (row == null) {
        StoredChange found = null;
        Bytes place = current;
        if (place != null && more && best != null && high.compareTo(HistoryKeys.at(place, at)) > 0) {
          // Newer ones of this key may follow, perhaps very many: asked for from the other end.
          found = history.stateAt(partition, partitionKey, place, at);
          high = place;
          chunk = FEW;
          current = null;
          best = null;
        }
        if (found != null) {
          return found;
        }
        if (!more || !read()) {
          return taken();
        }
        continue;
      }
      Bytes place = HistoryKeys.placeOf(row.key());
      if (current != null && !place.equals(current)) {
        StoredChange found = taken();
        if (found != null) {
          return found;
        }
      }
      rows.poll();
      look(place);
      high = row.key();
      if (row.revision() > at) { // and so are all that follow of this key
        StoredChange found = taken();
        Row last = rows.peekLast();
        if (last == null || HistoryKeys.placeOf(last.key()).equals(place)) {
          rows.clear();
          high = place;
          chunk = FEW;
        }
        if (found != null) {
          return found;
        }
        continue;
      }
      current = place;
      StoredChange change = HistoryCodec.change(row);
      best = change.changesTheKey() ? change : best;
    }
  }

  private @Nullable StoredChange taken() {
    StoredChange found = best;
    best = null;
    current = null;
    return found;
  }

  private void look(Bytes place) {
    Bytes before = looked;
    if (before != null && !before.equals(place)) {
      if (!HistoryKeys.isLong(before)) {
        passed = HistoryKeys.keyOf(before);
      } else if (!HistoryKeys.groupOf(before).equals(HistoryKeys.groupOf(place))) {
        passed = reverse ? HistoryKeys.firstOfGroup(before) : HistoryKeys.lastOfGroup(before);
      }
    }
    looked = place;
  }

  /** Whether the budget is used up, and a walk that goes on behind the last key passed has less to do than this one had. */
  private boolean mustStop() {
    return history.spent() >= budget && passed != null && range.contains(passed)
        && (collecting == null || looked == null || !HistoryKeys.groupOf(looked).equals(collecting));
  }

  private boolean read() {
    if (low.compareTo(high) >= 0) {
      more = false;
      return false;
    }
    cut = mustStop();
    if (cut) {
      return false;
    }
    TablePage page = history.scan(partition, partitionKey, low, high, chunk, reverse);
    rows.addAll(page.rows());
    more = page.more();
    chunk = Math.min(MANY, chunk * 2);
    return !page.rows().isEmpty();
  }
}
