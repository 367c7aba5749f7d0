package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.projector.history.HistoryCodec.StoredEvent;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.TablePage;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The events of a partition key, or of a principal in one partition, in the order of their revisions, and how far they were
 * used up: an event of many changes may end in the middle of a page. For one thread.
 */
final class EventWalk {
  final int partition;
  private final HistoryTable history;
  private final Bytes partitionKey;
  private final Bytes prefix;
  private final boolean oldestFirst;
  private final int chunk;
  private final ArrayDeque<StoredEvent> events = new ArrayDeque<>();
  private long low;
  private long high;
  private boolean more = true;
  /** The last event that was used up; or, where {@link #used} is not 0, that which so many changes were used of. */
  private long revision;
  private int used;

  /**
   * @param partitionKey of the history's rows
   * @param prefix of their keys, before the revision
   * @param low revisions above this one
   * @param high revisions up to this one
   */
  EventWalk(HistoryTable history, int partition, Bytes partitionKey, Bytes prefix, long low, long high, boolean oldestFirst,
      int chunk) {
    this.history = history;
    this.partition = partition;
    this.partitionKey = partitionKey;
    this.prefix = prefix;
    this.low = low;
    this.high = high;
    this.oldestFirst = oldestFirst;
    this.chunk = chunk;
  }

  /** Goes on where {@link #revision} and {@link #used} said; revision 0: at the beginning. */
  EventWalk behind(long lastRevision, int lastUsed) {
    if (lastRevision > 0) {
      revision = lastRevision;
      used = lastUsed;
      long whole = lastUsed > 0 ? 0 : 1;
      if (oldestFirst) {
        low = Math.max(low, lastRevision - 1 + whole);
      } else {
        high = Math.min(high, lastRevision - whole);
      }
    }
    return this;
  }

  @Nullable StoredEvent peek() {
    while (events.isEmpty() && more) {
      if (low >= high) {
        more = false;
        return null;
      }
      TablePage page = history.scan(partition, partitionKey, HistoryKeys.at(prefix, high), HistoryKeys.at(prefix, low), chunk,
          oldestFirst);
      for (Row row : page.rows()) {
        events.add(HistoryCodec.event(row));
        if (oldestFirst) {
          low = row.revision();
        } else {
          high = row.revision() - 1;
        }
      }
      more = page.more();
    }
    return events.peek();
  }

  /** How many changes of {@link #peek} were used already. */
  int used() {
    StoredEvent event = events.peek();
    return event != null && event.revision() == revision ? used : 0;
  }

  /** So many changes of {@link #peek} are used now. */
  void use(int changes) {
    StoredEvent event = events.element();
    revision = event.revision();
    used = changes;
    if (changes >= event.changed().size()) {
      used = 0;
      events.remove();
    }
  }

  long revision() {
    return revision;
  }

  int usedOfRevision() {
    return used;
  }
}
