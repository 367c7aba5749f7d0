package io.logfold.benchmarks;

import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * A core workload of YCSB (B. Cooper et al., "Benchmarking cloud serving systems with YCSB", 2010, section 4): shares of
 * operations in percent, of keys that are chosen by a scrambled zipfian distribution with the constant 0.99, or, in D, the
 * latest first. Updates are unconditional, and several lanes may write one key at the same time.
 *
 * <p>What differs from YCSB: a record has one field, of which all is read and written, not ten of 100 bytes; keys lie in ten
 * partition keys, a scan stays within one of them (at its end it has fewer rows), and keys that are inserted are the last of
 * them, in order; the zipfian distribution is that of the keys there are, where YCSB's is one of 10^10, folded; scans begin
 * at keys that were loaded; a read-modify-write is one operation, with one latency.
 *
 * @param latest whether reads are of the newest keys
 */
record Ycsb(int reads, int updates, int inserts, int scans, int readModifyWrites, boolean latest) {
  static final Ycsb A = new Ycsb(50, 50, 0, 0, 0, false);
  static final Ycsb B = new Ycsb(95, 5, 0, 0, 0, false);
  static final Ycsb C = new Ycsb(100, 0, 0, 0, 0, false);
  static final Ycsb D = new Ycsb(95, 0, 5, 0, 0, true);
  static final Ycsb E = new Ycsb(0, 0, 5, 95, 0, false);
  static final Ycsb F = new Ycsb(50, 0, 0, 0, 50, false);

  static final int MOST_ROWS = 100;
  private static final Zipfian ZIPFIAN = new Zipfian(0.99);

  Ycsb {
    if (reads + updates + inserts + scans + readModifyWrites != 100) {
      throw new IllegalArgumentException("the shares must make 100 percent");
    }
  }

  Work at(Peer peer, KeySpace keys, Inserts inserted) {
    return lane -> {
      int dice = keys.below(lane, 100);
      if (dice < reads) {
        return peer.get(keys, chosen(keys, lane, inserted));
      }
      if (dice < reads + updates) {
        return peer.set(keys, lane, chosen(keys, lane, inserted));
      }
      if (dice < reads + updates + inserts) {
        int key = inserted.next();
        return peer.set(keys, lane, key).thenRun(() -> inserted.acknowledged(key));
      }
      if (dice < reads + updates + inserts + scans) {
        return peer.scanFrom(keys, chosen(keys, lane, inserted), 1 + keys.below(lane, MOST_ROWS));
      }
      int key = chosen(keys, lane, inserted);
      CompletableFuture<?> read = peer.get(keys, key);
      return read.thenCompose(value -> peer.set(keys, lane, key));
    };
  }

  private int chosen(KeySpace keys, int lane, Inserts inserted) {
    SplittableRandom random = keys.random(lane);
    if (latest) {
      int newest = inserted.newest();
      return newest - ZIPFIAN.rank(newest + 1, random);
    }
    return Zipfian.scrambled(ZIPFIAN.rank(keys.size(), random), keys.size());
  }
}
