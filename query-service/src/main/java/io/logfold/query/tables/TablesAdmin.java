package io.logfold.query.tables;

import io.logfold.api.CallOptions;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Provenance;
import io.logfold.api.StoreException;
import io.logfold.query.NodeTables;
import io.logfold.query.PartitionStatus;
import io.logfold.query.ServeOutcome;
import io.logfold.query.StoreNode;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;

/**
 * What an operator does with a node's tables: sees how they stand beside the log, and lets another one serve. Its methods
 * block; any thread may call them.
 */
public final class TablesAdmin {
  private static final long STATUS_MS = 5_000;

  private final StoreNode node;
  private final TableRegistry tables;
  private final InstantSource clock;

  /** A table that is about to serve is not removed: many may let one serve at once, but none while one is removed. */
  private final ReadWriteLock serving = new ReentrantReadWriteLock();

  private volatile Set<String> lastServing = Set.of(NodeTables.MAIN);

  public TablesAdmin(StoreNode node, TableRegistry tables, InstantSource clock) {
    this.node = node;
    this.tables = tables;
    this.clock = clock;
  }

  public TableRegistry tables() {
    return tables;
  }

  /**
   * A table beside the log.
   *
   * @param lagEvents of all partitions together: valid records of the log that it does not hold yet; -1: not known
   * @param lagMs of the partition that is furthest behind: how old the oldest event is that it does not hold; -1: not known
   * @param serves partitions whose misses it answers
   */
  public record Standing(TableView view, long lagEvents, long lagMs, int serves, List<PartitionStanding> partitions) {}

  /** @param committed LSN that the log has, as this node knows */
  public record PartitionStanding(TableView.Partition view, boolean serving, long committed, long lagEvents, long lagMs) {}

  /** What became of a partition where another table was to serve; one of the two is there. */
  public record ServeResult(int partition, Optional<ServeOutcome> outcome, Optional<StoreException> failure) {}

  public List<Standing> standings() {
    List<TableView> views = tables.views(); // before the log is asked: else a table could seem to be ahead of it
    List<PartitionStatus> log = log();
    return views.stream().map(view -> standing(view, log)).toList();
  }

  public Standing standing(String name) {
    TableView view = tables.view(name);
    return standing(view, log());
  }

  private Standing standing(TableView view, List<PartitionStatus> log) {
    List<PartitionStanding> partitions = new ArrayList<>();
    for (TableView.Partition partition : view.partitions()) {
      PartitionStatus status = log.get(partition.partition());
      long lagEvents = partition.lsn() < 0 ? -1 : Math.max(0, status.committed() - partition.lsn());
      partitions.add(new PartitionStanding(partition, status.serving().equals(view.name()), status.committed(), lagEvents,
          lagMs(partition, lagEvents)));
    }
    boolean known = partitions.stream().noneMatch(each -> each.lagEvents() < 0);
    return new Standing(view, known ? partitions.stream().mapToLong(PartitionStanding::lagEvents).sum() : -1,
        known ? partitions.stream().mapToLong(PartitionStanding::lagMs).max().orElse(0) : -1,
        (int) partitions.stream().filter(PartitionStanding::serving).count(), partitions);
  }

  /** The age of the oldest event that waits; where none was read yet, of the last one that the table holds. */
  private long lagMs(TableView.Partition partition, long lagEvents) {
    if (lagEvents <= 0) {
      return lagEvents;
    }
    long since = partition.oldestWaitingMs() > 0 ? partition.oldestWaitingMs() : partition.logTimeMs();
    return since <= 0 ? -1 : Math.max(0, clock.millis() - since);
  }

  private List<PartitionStatus> log() {
    try {
      return remember(node.status().get(STATUS_MS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw StoreException.from(e);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw StoreException.from(e);
    }
  }

  private List<PartitionStatus> remember(List<PartitionStatus> statuses) {
    lastServing = statuses.stream().map(PartitionStatus::serving).collect(Collectors.toUnmodifiableSet());
    return statuses;
  }

  /**
   * Why the node is not as it should be: the projection into a table that serves has halted. Does not wait: which ones
   * serve is as it was when last asked, and asked again.
   */
  public Optional<String> halted() {
    node.status().thenAccept(this::remember);
    return tables.halted(lastServing);
  }

  /** Lets the table serve in every partition; each answers for itself. */
  public List<ServeResult> serve(String name, Provenance provenance, CallOptions options) {
    Limits.checkTableName(name);
    tables.refuseUnknown(name); // one refusal, not one for each partition
    serving.readLock().lock();
    try {
      return serveEach(name, provenance, options);
    } finally {
      serving.readLock().unlock();
    }
  }

  private List<ServeResult> serveEach(String name, Provenance provenance, CallOptions options) {
    List<ServeResult> results = new ArrayList<>();
    List<CompletableFuture<ServeOutcome>> answers = node.serve(name, provenance, options);
    for (int partition = 0; partition < answers.size(); partition++) {
      try {
        results.add(new ServeResult(partition, Optional.of(answers.get(partition).join()), Optional.empty()));
      } catch (RuntimeException e) {
        results.add(new ServeResult(partition, Optional.empty(), Optional.of(StoreException.from(e))));
      }
    }
    return results;
  }

  /** Stops, forgets and closes a table that serves nowhere. */
  public void remove(String name) {
    if (!serving.writeLock().tryLock()) {
      throw new StoreException(ErrorCode.SLOW_DOWN, "a table is being made to serve, or removed, just now; try again");
    }
    try {
      tables.remove(name, log().stream().flatMap(status -> status.mayServe().stream()).distinct().toList());
    } finally {
      serving.writeLock().unlock();
    }
  }
}
