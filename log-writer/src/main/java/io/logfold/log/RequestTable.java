package io.logfold.log;

import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import java.util.Arrays;
import java.util.Optional;

/**
 * The requests of the recent past and how each was answered: the dedupe part of the fold. Fed by {@link LogFold} with
 * every valid event; owned by the fold's thread.
 *
 * <ul>
 *   <li>R1 A request's time counts as at most log time + {@link GenesisConfig#MAX_CLOCK_LEAD_MS} at its event. (Leaders
 *       refuse requests further ahead, so this changes nothing in a log they wrote.)
 *   <li>R2 An event is dropped when {@code time + window < log time}, and, where more than {@code max} would be kept,
 *       in the order of (time, LSN). The horizon is the greatest time that was dropped by count.
 *   <li>R3 A request that is not found is expired when {@code time <= horizon} or {@code time + window < log time}: it
 *       may have happened, so it must be refused. One that is neither found nor expired has not happened.
 *   <li>R4 An id with two events (no leader writes that) keeps both; found is the one that came first.
 * </ul>
 *
 * <h2>Why a fold may begin at an anchor</h2>
 *
 * Let W be the window, N the max, S the events so far, T the log time, and order events by (time, LSN). R2 keeps
 *
 * <pre>K(S) = the N greatest of { e in S : time(e) >= T - W }</pre>
 *
 * whatever order they came in: an event is dropped by count only when N greater ones are kept, those can leave only
 * after everything below them would have left too (both rules drop from below), and T never goes back.
 *
 * <p>Let {@code anchor} and {@code at} be states with {@code T(anchor) + LEAD + W < T(at)}. By R1 every event up to
 * anchor has {@code time <= T(anchor) + LEAD < T(at) - W}: call such times old. So at {@code at} no event up to anchor
 * is kept, and K is that of the events behind anchor alone: {@code find} is the same for a table that began empty at
 * anchor.
 *
 * <p>{@code expired} depends on max(horizon, T - W - 1), so only drops by count of events that are not old matter.
 * Such an event x was dropped because N greater ones were kept; they are not old either, so x and all N lie behind
 * anchor, and the table that began there has dropped x by then as well. Conversely its events are a part of all
 * events, so what it dropped by count was dropped by count in the other, or is old. Hence {@code expired} is the same
 * at {@code at}, and from there on. The horizon at the anchor plays no part, so it need not be kept in any checkpoint;
 * between anchor and {@code at} the answers may differ, so nobody may be answered there. ∎
 *
 * <h2>Memory</h2>
 *
 * Entries lie in parallel arrays, ordered by a binary heap of slots, found by open addressing: 48 bytes a slot and 5 to
 * 11 in the index. Measured on Java 25: 54 bytes an id with a million of them, 63 with 900,000; arrays grow by half, so
 * at most about 90 right after they grew, and at that moment old and new ones exist. They shrink when three quarters
 * are empty. An id costs 0.2 to 0.3 us of one core while the table fills and about 1.4 us at the maximum, where each
 * drops another; a look-up 0.06 us.
 */
public final class RequestTable {
  private static final int LEAST_CAPACITY = 64;
  private static final int APPLIED = -1;
  private static final int UNCHANGED = -2;
  private static final int CANCELLED = -3;

  private long windowMs;
  private int max;
  private long logTimeMs;
  private long horizonMs = -1;

  /** The number of entries; {@code heap[0..size)} are their slots, the least (time, LSN) first. */
  private int size;

  private int[] heap = new int[0];
  private long[] high = new long[0];
  private long[] low = new long[0];
  private long[] timeMs = new long[0];
  private long[] lsn = new long[0];
  private long[] revision = new long[0];
  /** The index of the failed predicate, or one of the negative constants; in a free slot the next free one. */
  private int[] outcome = new int[0];

  private int freeSlot = -1;
  /** Slot + 1, or 0; linear probing, its length a power of two. */
  private int[] index = new int[0];

  /**
   * How a request was decided.
   *
   * @param lsn of its event, which is the revision where the outcome is Applied
   */
  public record Remembered(long lsn, Outcome outcome) {}

  /** Remembers nothing until it is configured. */
  RequestTable() {}

  void configure(long newWindowMs, int newMax) {
    windowMs = newWindowMs;
    max = newMax;
  }

  /** The outcome of the request with this id, where it is remembered. */
  public Optional<Remembered> find(RequestId id) {
    int found = -1;
    if (size > 0) {
      int mask = index.length - 1;
      for (int i = home(id.high(), id.low()); index[i] != 0; i = (i + 1) & mask) {
        int slot = index[i] - 1;
        if (low[slot] == id.low() && high[slot] == id.high() && (found < 0 || lsn[slot] < lsn[found])) {
          found = slot;
        }
      }
    }
    return found < 0 ? Optional.empty() : Optional.of(new Remembered(lsn[found], outcomeAt(found)));
  }

  /**
   * Whether a request of this time that is not found may have happened and been forgotten (R3). Ask {@link #find}
   * first.
   *
   * @param requestTimeMs as in {@link RequestInfo#timeMs}
   */
  public boolean expired(long requestTimeMs) {
    return requestTimeMs <= horizonMs || requestTimeMs < logTimeMs - windowMs;
  }

  /** How many are remembered. */
  public int size() {
    return size;
  }

  /** Moves log time, which never goes back, and drops by time. */
  void advance(long newLogTimeMs) {
    logTimeMs = newLogTimeMs;
    long leastMs = logTimeMs - windowMs;
    while (size > 0 && timeMs[heap[0]] < leastMs) {
      removeLeast();
    }
    if (heap.length > LEAST_CAPACITY && size < heap.length / 4) {
      resize(Math.max(LEAST_CAPACITY, heap.length / 2));
    }
  }

  /** Remembers a valid event; log time was advanced to it. LSNs grow from call to call. */
  void remember(RequestInfo request, long eventLsn, Outcome eventOutcome) {
    long lead = GenesisConfig.MAX_CLOCK_LEAD_MS;
    long latestMs = logTimeMs > Long.MAX_VALUE - lead ? Long.MAX_VALUE : logTimeMs + lead;
    long countedMs = Math.min(request.timeMs(), latestMs);
    if (countedMs < logTimeMs - windowMs) {
      return;
    }
    if (size >= max) {
      // Its LSN is the greatest, so at equal times the one that is kept already is the lesser.
      if (max == 0 || countedMs < timeMs[heap[0]]) {
        horizonMs = Math.max(horizonMs, countedMs);
        return;
      }
      horizonMs = Math.max(horizonMs, timeMs[heap[0]]);
      removeLeast();
    }
    if (size == heap.length) {
      resize((int) Math.min(Math.max(LEAST_CAPACITY, size + (long) size / 2), max));
    }
    int slot = freeSlot;
    freeSlot = outcome[slot];
    high[slot] = request.id().high();
    low[slot] = request.id().low();
    timeMs[slot] = countedMs;
    lsn[slot] = eventLsn;
    switch (eventOutcome) {
      case Outcome.Applied applied -> outcome[slot] = APPLIED;
      case Outcome.Unchanged unchanged -> outcome[slot] = UNCHANGED;
      case Outcome.Cancelled cancelled -> outcome[slot] = CANCELLED;
      case Outcome.PredicateFailed failed -> {
        outcome[slot] = failed.index();
        revision[slot] = failed.revision();
      }
    }
    enter(slot);
    siftUp(size++, slot);
  }

  private Outcome outcomeAt(int slot) {
    return switch (outcome[slot]) {
      case APPLIED -> Outcome.APPLIED;
      case UNCHANGED -> Outcome.UNCHANGED;
      case CANCELLED -> Outcome.CANCELLED;
      default -> new Outcome.PredicateFailed(outcome[slot], revision[slot]);
    };
  }

  private void removeLeast() {
    int slot = heap[0];
    leave(slot);
    outcome[slot] = freeSlot;
    freeSlot = slot;
    size--;
    if (size > 0) {
      siftDown(heap[size]);
    }
  }

  // The heap.

  private boolean less(int slot, int other) {
    return timeMs[slot] != timeMs[other] ? timeMs[slot] < timeMs[other] : lsn[slot] < lsn[other];
  }

  private void siftUp(int from, int slot) {
    int i = from;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      if (!less(slot, heap[parent])) {
        break;
      }
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = slot;
  }

  private void siftDown(int slot) {
    int i = 0;
    for (int child = 1; child < size; child = 2 * i + 1) {
      if (child + 1 < size && less(heap[child + 1], heap[child])) {
        child++;
      }
      if (!less(heap[child], slot)) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = slot;
  }

  // The index.

  private int home(long idHigh, long idLow) {
    long h = (idHigh * 0x9E3779B97F4A7C15L) + idLow;
    h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
    h = (h ^ (h >>> 32)) * 0xD6E8FEB86659FD93L;
    return (int) (h ^ (h >>> 32)) & (index.length - 1);
  }

  private void enter(int slot) {
    int mask = index.length - 1;
    int i = home(high[slot], low[slot]);
    while (index[i] != 0) {
      i = (i + 1) & mask;
    }
    index[i] = slot + 1;
  }

  /** Takes the slot out and closes the gap, so that no tombstones pile up. */
  private void leave(int slot) {
    int mask = index.length - 1;
    int gap = home(high[slot], low[slot]);
    while (index[gap] != slot + 1) {
      gap = (gap + 1) & mask;
    }
    for (int i = (gap + 1) & mask; index[i] != 0; i = (i + 1) & mask) {
      int home = home(high[index[i] - 1], low[index[i] - 1]);
      // It may move into the gap unless its home lies behind the gap.
      if (((i - home) & mask) >= ((i - gap) & mask)) {
        index[gap] = index[i];
        gap = i;
      }
    }
    index[gap] = 0;
  }

  /** Moves all entries into new arrays, in the heap's order, which is a heap again. */
  private void resize(int capacity) {
    high = inHeapOrder(high, capacity);
    low = inHeapOrder(low, capacity);
    timeMs = inHeapOrder(timeMs, capacity);
    lsn = inHeapOrder(lsn, capacity);
    revision = inHeapOrder(revision, capacity);
    int[] newOutcome = new int[capacity];
    for (int i = 0; i < size; i++) {
      newOutcome[i] = outcome[heap[i]];
    }
    outcome = newOutcome;
    heap = Arrays.copyOf(heap, capacity);
    for (int i = 0; i < size; i++) {
      heap[i] = i;
    }
    freeSlot = -1;
    for (int slot = capacity - 1; slot >= size; slot--) {
      outcome[slot] = freeSlot;
      freeSlot = slot;
    }
    int atLeast = (int) Math.min((capacity * 4L + 2) / 3 + 1, 1 << 30);
    index = new int[Integer.highestOneBit(atLeast - 1) << 1];
    for (int slot = 0; slot < size; slot++) {
      enter(slot);
    }
  }

  private long[] inHeapOrder(long[] from, int capacity) {
    long[] to = new long[capacity];
    for (int i = 0; i < size; i++) {
      to[i] = from[heap[i]];
    }
    return to;
  }
}
