package io.logfold.query.values;

import java.util.Arrays;
import java.util.Optional;

/**
 * Wrapped keys by their ids, in flat arrays: 62 bytes a slot with keys of 45, at most three slots of four used. Open addressing with linear
 * probing; what is removed closes its gap, so that there are no tombstones. It holds as many as an array has room for, some
 * millions; {@link KeyShards} is made of many. Safe for all threads.
 */
final class KeyTable {
  private static final int LEAST = 16;

  private final int width;
  private long[] high = new long[LEAST];
  private long[] low = new long[LEAST];
  private byte[] values;
  private boolean[] used = new boolean[LEAST];
  private int size;

  /** @param width bytes of each value */
  KeyTable(int width) {
    this.width = width;
    this.values = new byte[LEAST * width];
  }

  /** Returns whether it is new. */
  synchronized boolean put(KeyId id, byte[] value) {
    if (size >= used.length / 4 * 3) {
      grow();
    }
    int slot = slot(id);
    boolean added = !used[slot];
    if (added) {
      used[slot] = true;
      high[slot] = id.high();
      low[slot] = id.low();
      size++;
    }
    System.arraycopy(value, 0, values, slot * width, width);
    return added;
  }

  synchronized Optional<byte[]> get(KeyId id) {
    int slot = slot(id);
    return used[slot] ? Optional.of(Arrays.copyOfRange(values, slot * width, (slot + 1) * width)) : Optional.empty();
  }

  /** Returns whether it was there. */
  synchronized boolean remove(KeyId id) {
    int slot = slot(id);
    if (!used[slot]) {
      return false;
    }
    size--;
    clear(slot);
    // Whoever stands behind the gap, and belongs before it, moves into it.
    for (int next = after(slot); used[next]; next = after(next)) {
      int home = home(high[next], low[next]);
      boolean between = slot < next ? home > slot && home <= next : home > slot || home <= next;
      if (!between) {
        used[slot] = true;
        high[slot] = high[next];
        low[slot] = low[next];
        System.arraycopy(values, next * width, values, slot * width, width);
        clear(next);
        slot = next;
      }
    }
    return true;
  }

  synchronized int size() {
    return size;
  }

  private void clear(int slot) {
    used[slot] = false;
    Arrays.fill(values, slot * width, (slot + 1) * width, (byte) 0); // a destroyed key is not left in memory
  }

  /** Where it is, or would be put. */
  private int slot(KeyId id) {
    int slot = home(id.high(), id.low());
    while (used[slot] && (high[slot] != id.high() || low[slot] != id.low())) {
      slot = after(slot);
    }
    return slot;
  }

  private int home(long highBits, long lowBits) {
    return (int) ((highBits ^ lowBits) & (used.length - 1)); // ids are random
  }

  private int after(int slot) {
    return (slot + 1) & (used.length - 1);
  }

  private void grow() {
    long[] oldHigh = high;
    long[] oldLow = low;
    byte[] oldValues = values;
    boolean[] oldUsed = used;
    int slots = Math.multiplyExact(oldUsed.length, 2);
    values = new byte[Math.multiplyExact(slots, width)];
    high = new long[slots];
    low = new long[slots];
    used = new boolean[slots];
    for (int i = 0; i < oldUsed.length; i++) {
      if (oldUsed[i]) {
        int slot = slot(new KeyId(oldHigh[i], oldLow[i]));
        used[slot] = true;
        high[slot] = oldHigh[i];
        low[slot] = oldLow[i];
        System.arraycopy(oldValues, i * width, values, slot * width, width);
      }
    }
    Arrays.fill(oldValues, (byte) 0);
  }
}
