package io.logfold.query;

import io.logfold.api.RequestId;
import io.logfold.log.LogFold;
import io.logfold.query.values.Values;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What reads, writes and scans see of the partition leader they work for. Everything runs on the leader's thread, and
 * whatever is handed over as "then" is run on it, never inside the call itself.
 */
interface Leadership {
  LeaderConfig config();

  LeaderClock clock();

  /** Fixed; the one thing here that may be asked from any thread, as calls of the table do. */
  int partition();

  Memtable memtable();

  LogFold fold();

  /** How values are stored and shown. From any thread. */
  Values values();

  Pipeline pipeline();

  Lease lease();

  /** What callers are answered on their own threads; null while nothing is. */
  @Nullable CallerReads callerReads();

  TableAccess tables();

  /** Leading, and not closing. */
  boolean leading();

  /** Whether this operation may be answered here: leading, or it asks for no more than a follower knows. */
  boolean answers(Operation<?> operation);

  /** Whether what is read of the table now is of use: leading, or following. */
  boolean readsOn();

  /** Monotonic time before which no data may be appended (L2). */
  long dataFromNanos();

  /** A request that was in flight when a leadership ended, and whose fate the log has not told yet. */
  Optional<InFlight> undecided(RequestId id);

  /** Grows with each leadership: whoever comes back from a table read can tell whether it is still the same. */
  long epoch();

  /** The operation cannot go on now: it is run again when the phase changes, or fails where that is clear already. */
  void parkUntilLeading(Operation<?> operation, Runnable then);

  /** Runs when L2 has elapsed. */
  void parkUntilData(Operation<?> operation, Runnable then);

  /** Runs when this LSN is committed, or the leadership has ended. */
  void whenCommitted(long lsn, Operation<?> operation, Runnable then);

  /** Runs when a record that renews the lease is committed, or the leadership has ended; sees to it that there is one. */
  void whenLeaseRenewed(Operation<?> operation, Runnable then);

  /** Runs when a Barrier that is appended at the end of this turn is committed, or the leadership has ended. */
  void whenBarrierCommitted(Operation<?> operation, Runnable then);

  /** Runs when the memtable may have room again. */
  void whenRoom(Operation<?> operation, Runnable then);

  /** Runs again soon: the table it waits for may have come further. */
  void whenTableMoved(Operation<?> operation, Runnable then);

  /** Runs when a further record was read from the log, or this node leads. */
  void whenLogMoved(Operation<?> operation, Runnable then);

  /** From any thread. */
  void onLeaderThread(Runnable then);

  /** The memtable may have room again: those who wait for it go on. */
  void mayHaveRoom();

  /** A read was answered under the lease: it is worth keeping. */
  void leaseUsed();

  /** The operation is not ended by this turn: watch its deadline. */
  void watch(Operation<?> operation);

  default long committedLsn() {
    return fold().state().lsn();
  }
}
