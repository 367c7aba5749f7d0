package io.logfold.benchmarks;

import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Store;
import io.logfold.projector.table.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * How long after its acknowledgement a write is in a table: writes are made at a steady rate, whatever becomes of those
 * before (an open loop), and the table's checkpoints are looked at every 5 ms.
 */
final class ProjectionLag {
  private static final long LOOK_NANOS = 5_000_000;
  private static final long WARM_UP_NANOS = 5_000_000_000L;

  private final Store store;
  private final Table table;
  private final int partitions;
  private final int valueBytes;
  private final List<ConcurrentLinkedQueue<Acknowledged>> waiting = new ArrayList<>();

  private record Acknowledged(long revision, long atNanos, boolean counts) {}

  ProjectionLag(Store store, Table table, int partitions, int valueBytes) {
    this.store = store;
    this.table = table;
    this.partitions = partitions;
    this.valueBytes = valueBytes;
    for (int i = 0; i < partitions; i++) {
      waiting.add(new ConcurrentLinkedQueue<>());
    }
  }

  /** Milliseconds, of every write after a warm-up of 5 s. */
  Histogram measure(int perSecond, int seconds) throws InterruptedException {
    Histogram lagMs = new Histogram(3);
    long start = System.nanoTime();
    long end = start + WARM_UP_NANOS + TimeUnit.SECONDS.toNanos(seconds);
    Thread looker = new Thread(() -> look(lagMs, end), "lag-look");
    looker.start();
    Random random = new Random(start); // never that of another run: its request ids would be answered as retries
    long made = 0;
    for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
      long due = (long) ((now - start) / 1e9 * perSecond);
      for (; made < due; made++) {
        write(TablesDriver.set(random, "lag-" + made % 50, "key-" + made % 20_000, valueBytes), now - start > WARM_UP_NANOS);
      }
      LockSupport.parkNanos(2_000_000);
    }
    looker.join();
    return lagMs;
  }

  private void write(CommitRequest request, boolean counts) {
    int partition = TablesDriver.partition(request);
    store.commit(request, CallOptions.timeoutMs(30_000)).thenAccept(outcome -> {
      if (outcome instanceof CommitOutcome.Applied applied) {
        waiting.get(partition).add(new Acknowledged(applied.revision(), System.nanoTime(), counts));
      }
    });
  }

  private void look(Histogram lagMs, long end) {
    List<ArrayDeque<Acknowledged>> behind = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      behind.add(new ArrayDeque<>());
    }
    boolean any = true;
    for (long now = System.nanoTime(); now < end || any; now = System.nanoTime()) {
      any = false;
      for (int partition = 0; partition < partitions; partition++) {
        ArrayDeque<Acknowledged> queue = behind.get(partition);
        for (Acknowledged each = waiting.get(partition).poll(); each != null; each = waiting.get(partition).poll()) {
          queue.add(each);
        }
        long lsn = table.checkpoint(partition).at().lsn();
        long seen = System.nanoTime();
        while (!queue.isEmpty() && queue.peek().revision() <= lsn) {
          Acknowledged done = queue.remove();
          if (done.counts()) {
            lagMs.recordValue(Math.max(0, (seen - done.atNanos()) / 1_000_000));
          }
        }
        any |= !queue.isEmpty();
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
