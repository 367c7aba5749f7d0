package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.ReadPosition;
import io.logfold.api.Versioned;
import io.logfold.log.LogRecord;
import io.logfold.query.Reads.ServedBy;
import io.logfold.query.values.StoredValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Linearizable gets that are answered on the caller's own thread, without a message to the leader's: those of keys that were
 * read lately and not written since, while the lease is young. Everything else goes to {@link Reads}.
 *
 * <p>The leader's thread puts here what it reads, and takes it away before a change of it is handed to the log; so these
 * hold, and L5 with them (collect what is in flight, capture, then check the lease):
 *
 * <ul>
 *   <li>What is found here has no change in flight: the event would not have been handed to the log yet.
 *   <li>What is found here, learned at or below the LSN that was looked at first, is how the key stands at that LSN: what was
 *       committed up to it was taken away before, and nothing above it is here yet. So the answer's position is that LSN, and
 *       all keys of one get are of one moment. Whatever was acknowledged before the get began is at or below it.
 *   <li>The lease is checked last, and behind it that this leadership, which {@link #end}s before it gives up its lease,
 *       still answers.
 * </ul>
 *
 * <p>One object for each time that a leader begins to answer. {@link #get} may be called from any thread, all other methods
 * from the leader's alone. In a lease's last two thirds nothing is answered here, so that reads reach the leader, which
 * renews the lease only where it is read under (L9).
 *
 * <p>A table of fixed size, two places for each hash. What finds both taken pushes one out when it comes twice with none of the
 * same hash between: reads all over a large store would else replace everything all the time, and find nothing. Values are the memtable's own
 * and are dropped with it. Only plain ones are here, since others must be opened first, and only short ones: all that one
 * session may ask for in a frame is answered before any of it can be sent. With all places taken it costs less than 2 MiB.
 */
final class CallerReads {
  private static final int SETS = 1 << 13;
  private static final int MOST_VALUE_BYTES = 4 << 10;

  private final int partition;
  private final Lease lease;
  private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(2 * SETS);
  private final AtomicLong committedLsn;
  private volatile boolean ended;

  /** Of each hash the last one that found both places taken, and which of the two the next one takes; the leader's. */
  private final int[] candidates = new int[SETS];
  private int turn;

  /** @param answer how the key stands, as a get of it alone tells; since learnedLsn at the latest, and as long as this is here */
  private record Known(PartitionKeyTable table, MemtableEntry entry, List<Optional<Versioned>> answer, long learnedLsn) {
    boolean is(Bytes partitionKey, Bytes key) {
      return entry.key.equals(key) && table.partitionKey.equals(partitionKey);
    }
  }

  CallerReads(int partition, Lease lease, long committedLsn) {
    this.partition = partition;
    this.lease = lease;
    this.committedLsn = new AtomicLong(committedLsn);
  }

  // ---- any thread

  /** The answer, or null where the leader's thread must be asked. */
  @Nullable GetResult get(GetRequest request) {
    long lsn = committedLsn.getAcquire();
    List<Optional<Versioned>> entries = captured(request, lsn);
    // In this order: a lease that a later leadership got back counts only while this one had not ended.
    return entries != null && lease.young() && !ended
        ? new GetResult(entries, new ReadPosition(lsn, partition, ServedBy.LEASE.label)) : null;
  }

  private @Nullable List<Optional<Versioned>> captured(GetRequest request, long lsn) {
    List<Bytes> keys = request.keys();
    if (keys.size() == 1) {
      Known found = find(request.partitionKey(), keys.get(0), lsn);
      return found == null ? null : found.answer;
    }
    List<Optional<Versioned>> entries = new ArrayList<>(keys.size());
    for (Bytes key : keys) {
      Known found = find(request.partitionKey(), key, lsn);
      if (found == null) {
        return null;
      }
      entries.addAll(found.answer);
    }
    return entries;
  }

  private @Nullable Known find(Bytes partitionKey, Bytes key, long lsn) {
    int place = place(partitionKey, key);
    Known found = known.get(place);
    if (found == null || !found.is(partitionKey, key)) {
      found = known.get(place + 1);
      if (found == null || !found.is(partitionKey, key)) {
        return null;
      }
    }
    if (found.learnedLsn > lsn) {
      return null;
    }
    if (!found.entry.referenced) {
      found.entry.referenced = true;
    }
    if (!found.table.referenced) {
      found.table.referenced = true;
    }
    return found;
  }

  // ---- the leader's thread

  /** Keeps how a key stands, where that is known and plain, and nothing is in flight for it. */
  void learn(PartitionKeyTable table, MemtableEntry entry, Optional<Versioned> state, long lsn) {
    if (!entry.known || entry.pending() || (state.isPresent() && !answeredHere(state.get().value()))) {
      return;
    }
    int place = place(table.partitionKey, entry.key);
    Known first = known.getPlain(place);
    Known second = known.getPlain(place + 1);
    if ((first != null && first.is(table.partitionKey, entry.key)) || (second != null && second.is(table.partitionKey, entry.key))) {
      return;
    }
    if (first != null && second != null && !cameTwice(place, hash(table.partitionKey, entry.key))) {
      return;
    }
    int free = first == null ? 0 : second == null ? 1 : (turn ^= 1);
    known.set(place + free, new Known(table, entry, List.of(state), lsn));
  }

  private boolean cameTwice(int place, int hash) {
    boolean came = candidates[place >> 1] == hash;
    candidates[place >> 1] = hash;
    return came;
  }

  private static boolean answeredHere(Bytes value) {
    return value.size() <= MOST_VALUE_BYTES && StoredValues.isPlain(value);
  }

  /** The event is about to be handed to the log: what it changes is not answered here from now on. */
  void appending(LogRecord.Event event) {
    event.mutations().forEach(mutation -> forget(event.partitionKey(), mutation.key()));
    if (event.redaction().isPresent()) {
      for (int place = 0; place < known.length(); place++) {
        known.set(place, null); // as in Reads, where whatever is asked for waits for a redaction
      }
    }
  }

  /** The memtable forgets it: the value's memory is to be free. */
  void forget(Bytes partitionKey, Bytes key) {
    int place = place(partitionKey, key);
    for (int i = place; i < place + 2; i++) {
      Known there = known.getPlain(i);
      if (there != null && there.is(partitionKey, key)) {
        known.set(i, null);
      }
    }
  }

  /** Everything up to here is committed, and in the memtable; nobody has been told yet. */
  void committed(long lsn) {
    committedLsn.setRelease(lsn);
  }

  /** Nothing is answered here any more. */
  void end() {
    ended = true;
  }

  private static int place(Bytes partitionKey, Bytes key) {
    return (hash(partitionKey, key) >>> 32 - Integer.numberOfTrailingZeros(SETS)) << 1;
  }

  private static int hash(Bytes partitionKey, Bytes key) {
    return (31 * partitionKey.hashCode() + key.hashCode()) * 0x9E3779B9; // the golden ratio: neighbours among keys part here
  }
}
