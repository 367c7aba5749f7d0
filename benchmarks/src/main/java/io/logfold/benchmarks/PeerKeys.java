package io.logfold.benchmarks;

import java.util.concurrent.atomic.LongAdder;

/**
 * The keys of one peer, which holds them all, and how many of the contended SetIfs applied.
 *
 * @param own each written by one lane alone; all of them are there from the beginning
 * @param contended ten that every lane writes, each under a partition key of its own; likewise
 * @param deleted deleted and set again; absent at revision 0
 * @param committed written ten at a time, never read
 * @param ycsb written by any lane; where they are asked for, all of them are there from the beginning
 * @param inserts keys that are added to {@code ycsb}
 */
record PeerKeys(KeySpace own, KeySpace contended, KeySpace deleted, KeySpace committed, KeySpace ycsb, Inserts inserts,
    Wins wins) {
  private static final int PARTITION_KEYS = 10;
  private static final int CONTENDED = 10;

  /** Any thread may add. */
  static final class Wins {
    private final LongAdder won = new LongAdder();
    private final LongAdder lost = new LongAdder();

    void add(boolean applied) {
      (applied ? won : lost).increment();
    }

    double percent() {
      long decided = won.sum() + lost.sum();
      return decided == 0 ? 0 : 100.0 * won.sum() / decided;
    }
  }

  static PeerKeys of(int count, int valueBytes) {
    return new PeerKeys(KeySpace.of("own", count, PARTITION_KEYS, valueBytes),
        KeySpace.of("contended", CONTENDED, CONTENDED, valueBytes),
        KeySpace.of("deleted", count, PARTITION_KEYS, valueBytes),
        KeySpace.of("committed", count, PARTITION_KEYS, valueBytes),
        KeySpace.of("ycsb", count, PARTITION_KEYS, valueBytes), new Inserts(count), new Wins());
  }

  /** The same for a row of its own. */
  PeerKeys forLanes(int lanes) {
    return new PeerKeys(own.forLanes(lanes), contended.sharedBy(lanes), deleted.forLanes(lanes),
        committed.forLanes(lanes), ycsb.sharedBy(lanes), inserts, new Wins());
  }
}
