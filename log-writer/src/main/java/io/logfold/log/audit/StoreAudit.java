package io.logfold.log.audit;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.log.LogScan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Audits all partitions of a log, some at a time. Used once; {@link #run} blocks, {@link #counter} is for any thread. */
public final class StoreAudit {
  private final String store;
  private final int partitions;
  private final LogScan.Opener log;
  private final List<Seal.Signed> seals;
  private final Optional<Seal.Signed> after;
  private final boolean strict;
  private final int threads;
  private final AuditCounter counter = new AuditCounter();
  private final Set<LogScan> scans = ConcurrentHashMap.newKeySet();

  /**
   * @param partitions how many the log has
   * @param seals what the log must come by; their signatures were checked
   * @param after where to begin, instead of at the beginning; its signature was checked
   * @param strict as {@link LogAudit} has it
   * @param threads how many partitions are read at once
   * @throws StoreException INVALID_ARGUMENT where a seal is of another store
   */
  public StoreAudit(String store, int partitions, LogScan.Opener log, List<Seal.Signed> seals,
      Optional<Seal.Signed> after, boolean strict, int threads) {
    this.store = store;
    this.partitions = partitions;
    this.log = log;
    this.seals = List.copyOf(seals);
    this.after = after;
    this.strict = strict;
    this.threads = threads;
    seals.forEach(this::refuseAnotherStores);
    after.ifPresent(this::refuseAnotherStores);
  }

  private void refuseAnotherStores(Seal.Signed sealed) {
    Seal seal = sealed.seal();
    if (!seal.store().equals(store) || seal.partitions() != partitions) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the seal " + sealed.name() + " is of another store: of '"
          + seal.store() + "' with " + seal.partitions() + " partitions, the log is of '" + store + "' with "
          + partitions + "; give the seal of this store, or the log of that one");
    }
  }

  /**
   * Audits; what is wrong with the log is in the result.
   *
   * @throws StoreException UNAVAILABLE where the log cannot be reached
   */
  public AuditResult run() {
    long beganNs = System.nanoTime();
    ExecutorService workers = Executors.newFixedThreadPool(Math.max(1, Math.min(threads, partitions)),
        Thread.ofPlatform().daemon().name("audit-", 1).factory());
    try {
      List<Future<PartitionAudit>> running =
          IntStream.range(0, partitions).mapToObj(p -> workers.submit(() -> partition(p))).toList();
      List<PartitionAudit> done = new ArrayList<>();
      for (Future<PartitionAudit> each : running) {
        done.add(each.get());
      }
      return new AuditResult(store, done, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs));
    } catch (ExecutionException e) {
      throw StoreException.from(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(ErrorCode.CANCELLED, "the audit was interrupted", e);
    } finally {
      workers.shutdownNow();
      scans.forEach(LogScan::cancel);
    }
  }

  /** How far it is. */
  public AuditCounter counter() {
    return counter;
  }

  private PartitionAudit partition(int partition) {
    try (LogScan scan = log.open()) {
      scans.add(scan);
      try {
        SealedPoint from = after.map(each -> each.seal().points().get(partition)).orElse(SealedPoint.NOTHING);
        List<LogAudit.SealedBy> sealed = seals.stream()
            .map(each -> new LogAudit.SealedBy(each.name(), each.seal().points().get(partition))).toList();
        return new LogAudit(start(partition, from), from.genesis(), sealed, strict, counter).run(scan, true);
      } finally {
        scans.remove(scan);
      }
    }
  }

  /** Leader and serving table are not in a seal, and judging does not need them; nor Genesis, but that there is one. */
  private FoldState start(int partition, SealedPoint from) {
    return from.position() == 0 ? FoldState.empty(store, partition)
        : new FoldState(store, partition, from.position(), from.token(), from.lsn(), from.position() - 1, from.hash(),
            from.timeMs(), from.genesis().equals(Hash.ZERO) ? Optional.empty()
                : Optional.of(GenesisConfig.defaults(partitions)), "", "", "");
  }
}
