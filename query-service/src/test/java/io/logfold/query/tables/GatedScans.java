package io.logfold.query.tables;

import io.logfold.log.LogScan;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Real scans of a log that stand still before their first record, or fail, while a test wants it. */
final class GatedScans implements LogScan.Opener {
  private final LogScan.Opener below;
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  final AtomicInteger waiting = new AtomicInteger();

  GatedScans(LogScan.Opener below) {
    this.below = below;
  }

  void shut() {
    gate = new CountDownLatch(1);
  }

  void release() {
    gate.countDown();
  }

  /** The next read fails so. */
  void fail(RuntimeException with) {
    failure.set(with);
  }

  @Override
  public LogScan open() {
    LogScan scan = below.open();
    CountDownLatch mine = gate;
    CountDownLatch cancelled = new CountDownLatch(1);
    return new LogScan() {
      @Override
      public Map<Integer, Long> ends(Collection<Integer> partitions) {
        return scan.ends(partitions);
      }

      @Override
      public void read(int partition, long fromOffset, long toOffset, Receiver receiver) {
        RuntimeException planned = failure.getAndSet(null);
        if (planned != null) {
          throw planned;
        }
        waiting.incrementAndGet();
        try {
          while (mine.getCount() > 0 && cancelled.getCount() > 0) {
            var unused = cancelled.await(5, TimeUnit.MILLISECONDS);
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        } finally {
          waiting.decrementAndGet();
        }
        scan.read(partition, fromOffset, toOffset, receiver);
      }

      @Override
      public void cancel() {
        cancelled.countDown();
        scan.cancel();
      }

      @Override
      public void close() {
        scan.close();
      }
    };
  }
}
