package io.logfold.log.kafka;

import io.logfold.log.PartitionLog.AppendCallback;
import io.logfold.log.PartitionLog.AppendFailure;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the outcomes of one partition's appends in the order of the appends (P2).
 *
 * <p>The producer nearly always answers in order by itself, but not after a change of the partition's leader, when a
 * later batch may be acknowledged before the retry of an earlier one is recognised as a duplicate. An outcome waits here
 * until all before it are known.
 *
 * <p>{@link #open} is called by the appending thread, the rest by any; callbacks run one at a time and outside the lock.
 */
final class AckQueue {
  private static final Logger LOG = LoggerFactory.getLogger(AckQueue.class);

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private boolean delivering;

  /** One append on its way. */
  static final class Entry {
    private final AppendCallback callback;
    private boolean settled;
    private boolean withdrawn;
    private long offset;
    private @Nullable AppendFailure failure;

    private Entry(AppendCallback callback) {
      this.callback = callback;
    }

    private void deliver() {
      try {
        if (failure != null) {
          callback.failed(failure);
        } else {
          callback.appended(offset);
        }
      } catch (RuntimeException e) {
        LOG.error("a callback of an append failed; the log goes on", e);
      }
    }
  }

  synchronized Entry open(AppendCallback callback) {
    Entry entry = new Entry(callback);
    entries.add(entry);
    return entry;
  }

  /** Takes the entry out without an outcome: it was never handed over, and its caller is told at once. */
  void withdraw(Entry entry) {
    synchronized (this) {
      entry.withdrawn = true;
      entry.settled = true;
    }
    deliverSettled();
  }

  void appended(Entry entry, long offset) {
    synchronized (this) {
      entry.offset = offset;
      entry.settled = true;
    }
    deliverSettled();
  }

  void failed(Entry entry, AppendFailure failure) {
    synchronized (this) {
      entry.failure = failure;
      entry.settled = true;
    }
    deliverSettled();
  }

  private void deliverSettled() {
    while (true) {
      Entry next;
      synchronized (this) {
        next = delivering ? null : entries.peek();
        if (next == null || !next.settled) {
          return;
        }
        entries.remove();
        delivering = !next.withdrawn;
      }
      if (!next.withdrawn) {
        next.deliver();
        synchronized (this) {
          delivering = false;
        }
      }
    }
  }
}
