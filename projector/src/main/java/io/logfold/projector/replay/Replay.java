package io.logfold.projector.replay;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.LogScan;
import io.logfold.projector.Meter;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Builds a table from history: each partition from where its checkpoint stands, from nothing, or from a copy of another
 * table, to the end of the log, a time or a position.
 *
 * <ul>
 *   <li>Nothing is folded on a checkpoint that this log does not prove ({@link io.logfold.projector.CheckpointProof}),
 *       and nothing is overwritten: whatever does not fit is refused with what to do.
 *   <li>Every step is one compare-and-set of rows and checkpoint (T2), so it may be ended at any moment, killed too, and
 *       another replay, or a projector, goes on where the table stands. Several at once end in the right table: who is
 *       overtaken goes on from where the other one got.
 *   <li>A partition that stands nowhere is cleared of what an interrupted seeding has left ({@link Filling}).
 * </ul>
 *
 * <p>Used once. {@link #run} blocks its caller; {@link #cancel} and {@link #progress} are for any thread. The table and
 * the one to copy from stay open.
 */
public final class Replay {
  private static final AtomicLong THREADS = new AtomicLong();

  private final ReplayOptions options;
  private final LogScan.Opener log;
  private final Table table;
  private final LongSupplier clockNs;
  private final LongSupplier numbers;
  private final Meter meter;
  private final TreeMap<Integer, Counter> counters = new TreeMap<>();
  private final Set<LogScan> scans = ConcurrentHashMap.newKeySet();
  private final Cancellation cancellation = new Cancellation();

  public Replay(ReplayOptions options, LogScan.Opener log, Table table) {
    this(options, log, table, System::nanoTime, () -> ThreadLocalRandom.current().nextLong());
  }

  /**
   * @param clockNs a clock that never goes back, in nanoseconds
   * @param numbers random ones, that tell this replay from others
   */
  public Replay(
      ReplayOptions options, LogScan.Opener log, Table table, LongSupplier clockNs, LongSupplier numbers) {
    this.options = options;
    this.log = log;
    this.table = table;
    this.clockNs = clockNs;
    this.numbers = numbers;
    this.meter = new Meter(clockNs);
    wanted(options).forEach(partition -> counters.put(partition, new Counter()));
  }

  /**
   * Replays, and returns when all partitions are where they should be, or soon after {@link #cancel}.
   *
   * @throws StoreException where table and log do not fit (INVALID_ARGUMENT), the log contradicts itself (CORRUPT) or is
   *     of a newer format (UNSUPPORTED), or log or table cannot be reached (UNAVAILABLE): what to do is in the message.
   *     What was applied before stays
   */
  public ReplayResult run() {
    long beganNs = clockNs.getAsLong();
    ExecutorService workers = Executors.newFixedThreadPool(options.threads(), named("replay-fold-"));
    ExecutorService appliers = Executors.newFixedThreadPool(options.threads(), named("replay-apply-"));
    try {
      Map<Integer, Long> ends = ends();
      List<Future<ReplayResult.Partition>> running = new ArrayList<>();
      counters.forEach((partition, counter) -> {
        long end = ends.getOrDefault(partition, 0L);
        running.add(workers.submit(() -> partition(partition, counter, end, appliers)));
      });
      List<ReplayResult.Partition> done = results(running);
      long elapsedMs = TimeUnit.NANOSECONDS.toMillis(clockNs.getAsLong() - beganNs);
      return new ReplayResult(!cancellation.cancelled(), done, elapsedMs);
    } catch (TableException e) {
      throw failed(e);
    } finally {
      cancel();
      workers.close();
      appliers.close();
    }
  }

  /** Ends {@link #run} soon: what is being applied is waited for, what was only read is dropped. May be called again. */
  public void cancel() {
    cancellation.cancel();
    scans.forEach(LogScan::cancel);
  }

  public ReplayProgress progress() {
    List<ReplayProgress.Partition> partitions = new ArrayList<>();
    counters.forEach((partition, counter) -> partitions.add(counter.progress(partition)));
    boolean known = partitions.stream().allMatch(each -> each.end() >= 0);
    long total = partitions.stream().mapToLong(each -> Math.max(0, each.end() - each.begin())).sum();
    long left = partitions.stream().mapToLong(each -> Math.max(0, each.end() - each.begin() - each.records())).sum();
    double rate = meter.perSecond();
    return new ReplayProgress(partitions, sum(counters.values(), Counter::records), known ? total : -1,
        sum(counters.values(), Counter::events), sum(counters.values(), Counter::bytes),
        sum(counters.values(), counter -> counter.rowsSeeded.get()), rate,
        known && rate > 0 ? Math.round(left / rate) : -1);
  }

  private static long sum(Collection<Counter> counters, java.util.function.ToLongFunction<Counter> part) {
    return counters.stream().mapToLong(part).sum();
  }

  private Map<Integer, Long> ends() {
    try (LogScan scan = open()) {
      Map<Integer, Long> ends = scan.ends(counters.keySet());
      counters.forEach((partition, counter) -> {
        counter.begin = Math.max(0, table.checkpoint(partition).at().position());
        counter.end = ends.getOrDefault(partition, 0L);
      });
      return ends;
    }
  }

  private ReplayResult.Partition partition(int partition, Counter counter, long end, ExecutorService appliers) {
    try (LogScan scan = open()) {
      Goal goal = Goal.of(options.until(), partition, end);
      if (!cancellation.cancelled()) {
        new Filling(options, partition, scan, table, appliers, cancellation, counter, meter, numbers.getAsLong())
            .run(goal);
      }
      Checkpoint stands = cancellation.cancelled() ? table.checkpoint(partition)
          : new PartitionReplay(options, partition, scan, table, appliers, cancellation, counter, meter).run(goal);
      return new ReplayResult.Partition(partition, stands, counter.events(), counter.records(), counter.skipped.get(),
          counter.bytes(), counter.rowsSeeded.get(), counter.rowsRemoved.get(), counter.overtaken.get());
    }
  }

  /** A scan that {@link #cancel} reaches. */
  private LogScan open() {
    LogScan scan = log.open();
    scans.add(scan);
    if (cancellation.cancelled()) {
      scan.cancel();
    }
    return new Registered(scan);
  }

  private List<ReplayResult.Partition> results(List<Future<ReplayResult.Partition>> running) {
    List<ReplayResult.Partition> done = new ArrayList<>();
    RuntimeException first = null;
    for (Future<ReplayResult.Partition> each : running) {
      try {
        done.add(each.get());
      } catch (ExecutionException e) {
        RuntimeException failure =
            e.getCause() instanceof RuntimeException known ? known : StoreException.from(e);
        if (first == null || isCancellation(first)) {
          first = failure;
        }
        cancel();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreException(ErrorCode.CANCELLED, "the replay was interrupted; another one goes on from where the"
            + " table stands", e);
      }
    }
    if (first != null) {
      throw first;
    }
    return done;
  }

  private static boolean isCancellation(RuntimeException failure) {
    return failure instanceof StoreException store && store.code() == ErrorCode.CANCELLED;
  }

  private static StoreException failed(TableException e) {
    return new StoreException(ErrorCode.UNAVAILABLE, "the table failed: " + e.getMessage()
        + ". What was applied stays; run the replay again, it goes on from where the table stands", e);
  }

  private static Collection<Integer> wanted(ReplayOptions options) {
    if (!(options.until() instanceof Until.Position position)) {
      return IntStream.range(0, options.partitions()).boxed().toList();
    }
    position.lsns().forEach((partition, lsn) -> {
      if (partition < 0 || partition >= options.partitions() || lsn < 0) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a position gives LSNs of 0 or more for partitions 0 to "
            + (options.partitions() - 1) + ", got " + lsn + " for " + partition);
      }
    });
    return new TreeSet<>(position.lsns().keySet());
  }

  private static ThreadFactory named(String prefix) {
    return task -> {
      Thread thread = new Thread(task, prefix + THREADS.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  private final class Registered implements LogScan {
    private final LogScan scan;

    Registered(LogScan scan) {
      this.scan = scan;
    }

    @Override
    public Map<Integer, Long> ends(Collection<Integer> partitions) {
      return scan.ends(partitions);
    }

    @Override
    public void read(int partition, long fromOffset, long toOffset, Receiver receiver) {
      scan.read(partition, fromOffset, toOffset, receiver);
    }

    @Override
    public void cancel() {
      scan.cancel();
    }

    @Override
    public void close() {
      scans.remove(scan);
      scan.close();
    }
  }
}
