package io.logfold.log.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The states seen so far, numbered in the order of their discovery, each with the number of the state it was first
 * reached from.
 *
 * <p>Whole states are kept, not fingerprints of them, so "no violation" is not a matter of probability.
 */
final class StateTable {
  private static final int CHUNK_BITS = 14;
  private static final int CHUNK = 1 << CHUNK_BITS;

  private final int words;
  private final List<long[]> states = new ArrayList<>();
  private final List<int[]> parents = new ArrayList<>();
  private int[] slots = new int[1 << 12];
  private int size;

  StateTable(int words) {
    this.words = words;
  }

  int size() {
    return size;
  }

  long[] chunkOf(int index) {
    return states.get(index >>> CHUNK_BITS);
  }

  int offsetOf(int index) {
    return (index & (CHUNK - 1)) * words;
  }

  int parentOf(int index) {
    return parents.get(index >>> CHUNK_BITS)[index & (CHUNK - 1)];
  }

  /** True if the state is new. */
  boolean add(long[] state, int parent) {
    if (size * 5L > slots.length * 3L) {
      grow();
    }
    int slot = slotOf(state, 0);
    if (slots[slot] != 0) {
      return false;
    }
    if ((size & (CHUNK - 1)) == 0) {
      states.add(new long[CHUNK * words]);
      parents.add(new int[CHUNK]);
    }
    System.arraycopy(state, 0, chunkOf(size), offsetOf(size), words);
    parents.get(size >>> CHUNK_BITS)[size & (CHUNK - 1)] = parent;
    slots[slot] = ++size;
    return true;
  }

  private int slotOf(long[] source, int offset) {
    long hash = 0;
    for (int i = 0; i < words; i++) {
      hash = (hash ^ source[offset + i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 32;
    }
    int mask = slots.length - 1;
    int slot = (int) hash & mask;
    while (slots[slot] != 0 && !same(slots[slot] - 1, source, offset)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean same(int index, long[] source, int offset) {
    long[] chunk = chunkOf(index);
    int at = offsetOf(index);
    for (int i = 0; i < words; i++) {
      if (chunk[at + i] != source[offset + i]) {
        return false;
      }
    }
    return true;
  }

  private void grow() {
    slots = new int[slots.length * 2];
    for (int index = 0; index < size; index++) {
      slots[slotOf(chunkOf(index), offsetOf(index))] = index + 1;
    }
  }
}
