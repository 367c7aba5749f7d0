package io.logfold.benchmarks;

import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;

/** The keys that are added to those that were loaded, in the order of their numbers. Any thread. */
final class Inserts {
  private final int loaded;
  private final AtomicInteger next;
  private final BitSet acknowledged = new BitSet();
  private volatile int newest;

  /** @param loaded keys that are there from the beginning */
  Inserts(int loaded) {
    this.loaded = loaded;
    this.next = new AtomicInteger(loaded);
    this.newest = loaded - 1;
  }

  /** The number of the next one, which nobody else is given. */
  int next() {
    return next.getAndIncrement();
  }

  /** It is there. */
  synchronized void acknowledged(int key) {
    acknowledged.set(key - loaded);
    newest = loaded + acknowledged.nextClearBit(newest + 1 - loaded) - 1;
  }

  /** The last key up to which all are there: one that is being added, or one behind it, may not be read yet. */
  int newest() {
    return newest;
  }
}
