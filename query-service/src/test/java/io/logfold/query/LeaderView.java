package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.log.FoldState;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a simulation may look at inside a {@link PartitionLeader}, without changing it. Only between two steps of its
 * thread.
 */
public final class LeaderView {
  private final PartitionLeader leader;
  private final Leadership seat;

  public LeaderView(PartitionLeader leader) {
    this.leader = leader;
    this.seat = leader.seat();
  }

  /** Of one key that the memtable knows. */
  public interface Known {
    /** @param value null where the key is absent */
    void key(Bytes partitionKey, Bytes key, @Nullable Bytes value, long revision);
  }

  public FoldState state() {
    return seat.fold().state();
  }

  public boolean leading() {
    return seat.leading();
  }

  /** 0 where it holds no lease. */
  public long leaseLeftNanos() {
    return seat.lease().leftNanos();
  }

  public Optional<String> halted() {
    return leader.halted();
  }

  /** LSN of the newest record that it appended. */
  public long appendedLsn() {
    return seat.pipeline().appendedLsn();
  }

  // ---- the memtable

  public long floor() {
    return seat.memtable().floor();
  }

  public long memtableBytes() {
    return seat.memtable().bytes();
  }

  /** The object itself: another one after a new beginning. */
  public Object memtable() {
    return seat.memtable();
  }

  /** Whether every key that exists under this partition key is known. */
  public boolean resident(Bytes partitionKey) {
    for (PartitionKeyTable table : seat.memtable().tablesAfter(Optional.empty())) {
      if (table.partitionKey.equals(partitionKey)) {
        return table.resident;
      }
    }
    return false;
  }

  public void eachKnown(Known visitor) {
    for (PartitionKeyTable table : seat.memtable().tablesAfter(Optional.empty())) {
      for (MemtableEntry entry : table.entries.values()) {
        if (entry.known) {
          visitor.key(table.partitionKey, entry.key, entry.value, entry.revision);
        }
      }
    }
  }
}
