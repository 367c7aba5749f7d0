package io.logfold.projector.verify;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.projector.replay.Cancellation;
import io.logfold.projector.replay.Counter;
import io.logfold.projector.replay.PartitionReplay;
import io.logfold.projector.replay.ReplayOptions;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a table is the fold of its log: folds the log anew into a scratch table, and compares all rows both ways.
 *
 * <p>The table may be written meanwhile. Per partition:
 *
 * <ol>
 *   <li>The log is folded from its beginning to c0, the table's checkpoint at the beginning, and must have the table's
 *       hash and LSN there.
 *   <li>The rows of both are walked side by side. What is the same in both is right: the table has the row as the log
 *       has it at c0 or later. What is not (another row, a row that only one of them has) is in question: the table may
 *       have moved.
 *   <li>Rows in question are read again and compared with all that the log made of them between the checkpoints before
 *       and behind the read ({@link Settling}): only what none of that explains is a difference. The scratch table moves
 *       on with it, so the end comes however fast the table moves.
 * </ol>
 *
 * <p>So "equal" says: every row that the table held or lacked was what the log makes of it, at a position between c0 and
 * the end of the verification. Any damage that was there at c0 is found, unless an event since then has repaired it by
 * overwriting the row; damage done while the verification runs may be found or not. Rows, events and digest are those of
 * the log at one position, which the result names.
 *
 * <p>Nothing is written to the table. Used once; {@link #run} blocks, {@link #cancel} and {@link #progress} are for any
 * thread.
 */
public final class Verify {
  private static final Logger LOG = LoggerFactory.getLogger(Verify.class);

  private final VerifyOptions options;
  private final LogScan.Opener log;
  private final Table table;
  private final List<Counter> counters = new ArrayList<>();
  private final AtomicLong totalRecords = new AtomicLong(-1);
  private final AtomicLong rowsCompared = new AtomicLong();
  private final AtomicLong differences = new AtomicLong();
  private final AtomicInteger done = new AtomicInteger();
  private final List<Difference> firstDifferences = new ArrayList<>();
  private final Set<LogScan> scans = ConcurrentHashMap.newKeySet();
  private final Cancellation cancellation = new Cancellation();

  public Verify(VerifyOptions options, LogScan.Opener log, Table table) {
    this.options = options;
    this.log = log;
    this.table = table;
    for (int p = 0; p < options.partitions(); p++) {
      counters.add(new Counter());
    }
  }

  /**
   * Verifies all partitions. What is wrong with the table is in the result, never an exception.
   *
   * @throws StoreException UNAVAILABLE where log or table cannot be reached
   */
  public VerifyResult run() {
    long beganNs = System.nanoTime();
    Path folder = scratchFolder();
    ExecutorService workers = Executors.newFixedThreadPool(options.threads(), daemon("verify-"));
    ExecutorService appliers = Executors.newFixedThreadPool(options.threads(), daemon("verify-apply-"));
    try (Table scratch = Tables.open("rocksdb:" + folder.resolve("expected"), options.store(), options.partitions())) {
      totalRecords.set(IntStream.range(0, options.partitions())
          .mapToLong(p -> Math.max(0, table.checkpoint(p).at().position())).sum());
      List<Future<VerifyResult.Partition>> running = IntStream.range(0, options.partitions())
          .mapToObj(p -> workers.submit(() -> partition(p, scratch, appliers))).toList();
      List<VerifyResult.Partition> partitions = new ArrayList<>();
      try {
        for (Future<VerifyResult.Partition> each : running) {
          partitions.add(each.get());
        }
      } finally {
        // Before the scratch table is closed under them.
        stop(running, workers, appliers);
      }
      long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
      synchronized (firstDifferences) {
        return new VerifyResult(done.get() == options.partitions(), partitions,
            firstDifferences.stream().sorted(Comparator.comparingInt(Difference::partition)).toList(), elapsedMs);
      }
    } catch (ExecutionException e) {
      throw failed(e);
    } catch (TableException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(ErrorCode.CANCELLED, "the verification was interrupted", e);
    } finally {
      workers.shutdown();
      appliers.shutdown();
      remove(folder);
    }
  }

  /** Ends {@link #run} soon, with a result that is not complete. May be called again. */
  public void cancel() {
    cancellation.cancel();
    scans.forEach(LogScan::cancel);
  }

  public VerifyProgress progress() {
    long records = counters.stream().mapToLong(Counter::records).sum();
    long total = totalRecords.get();
    return new VerifyProgress(records, total < 0 ? -1 : Math.max(total, records), rowsCompared.get(), differences.get(),
        done.get(), options.partitions());
  }

  private VerifyResult.Partition partition(int partition, Table scratch, ExecutorService appliers) {
    try (LogScan scan = log.open()) {
      scans.add(scan);
      if (cancellation.cancelled()) {
        scan.cancel();
      }
      try {
        Counter counter = counters.get(partition);
        ReplayOptions replaying = ReplayOptions.of(options.store(), options.partitions()).tableRetries(0);
        PartitionReplay replay =
            new PartitionReplay(replaying, partition, scan, scratch, appliers, cancellation, counter);
        VerifyResult.Partition result = new PartitionVerify(options.store(), partition, scan, table, scratch, replay,
            counter, cancellation, rowsCompared, this::differs).run();
        if (!cancellation.cancelled()) {
          done.incrementAndGet();
        }
        return result;
      } finally {
        scans.remove(scan);
      }
    }
  }

  private void differs(Difference difference) {
    differences.incrementAndGet();
    synchronized (firstDifferences) {
      if (firstDifferences.size() < options.maxDifferences()) {
        firstDifferences.add(difference);
      }
    }
  }

  private void stop(List<? extends Future<?>> running, ExecutorService workers, ExecutorService appliers) {
    if (running.stream().anyMatch(each -> each.state() != Future.State.SUCCESS)) {
      cancel();
    }
    workers.close();
    appliers.close();
  }

  private static StoreException failed(Throwable failure) {
    Throwable cause = failure.getCause() != null && failure instanceof ExecutionException ? failure.getCause() : failure;
    if (cause instanceof TableException) {
      return new StoreException(
          ErrorCode.UNAVAILABLE, "a table failed: " + cause.getMessage() + "; verify again", cause);
    }
    return StoreException.from(cause);
  }

  private Path scratchFolder() {
    try {
      return Files.createTempDirectory(options.scratchIn(), "logfold-verify-");
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "cannot make a temporary folder in " + options.scratchIn()
          + ": " + e + "; give a folder that this user may write, with room for the table", e);
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("the temporary folder {} could not be removed: {}", folder, e.toString());
    }
  }

  private static java.util.concurrent.ThreadFactory daemon(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
