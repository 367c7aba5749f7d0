package io.logfold.query;

import io.logfold.api.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What the leader knows of one key: its committed state, where known, and on top of it the newest change that is
 * appended and not yet committed.
 */
final class MemtableEntry {
  /** What an entry costs beside its bytes: the objects, a tree node, queue slots. Rough, on the safe side. */
  static final int OVERHEAD_BYTES = 160;

  final Bytes key;

  /** Whether value and revision below say how the key stands; false where only a pending change is here. */
  boolean known;

  /** Committed; null: the key is absent. */
  @Nullable Bytes value;

  /** LSN of the event that last changed the key, deletes included; 0 where the key is absent and was never seen. */
  long revision;

  /** LSN of the newest appended, uncommitted change; 0: none. */
  long pendingRevision;

  /** Null: the pending change is a delete. */
  @Nullable Bytes pendingValue;

  /** Read since the eviction hand passed last. No more than a hint: {@link CallerReads} sets it from any thread. */
  boolean referenced;

  MemtableEntry(Bytes key) {
    this.key = key;
  }

  boolean pending() {
    return pendingRevision != 0;
  }

  /** Whether the newest appended state of the key is known. */
  boolean appendedKnown() {
    return known || pending();
  }

  @Nullable Bytes appendedValue() {
    return pending() ? pendingValue : value;
  }

  long appendedRevision() {
    return pending() ? pendingRevision : revision;
  }

  long bytes() {
    return OVERHEAD_BYTES + key.size() + (value == null ? 0 : value.size())
        + (pendingValue == null ? 0 : pendingValue.size());
  }
}
