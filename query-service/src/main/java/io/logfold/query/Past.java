package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.Consistency;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.Moment;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;
import io.logfold.log.PartitionHash;
import io.logfold.projector.history.HistoryReader;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.query.values.Values;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The past, from this node's history: which revision a moment is, what was then, and who changed what. Nothing of it is
 * routed to a leader, which knows no past; leaders are asked for positions alone (see {@link PastPositions}).
 *
 * <ul>
 *   <li>P1 A history reflects every write that completed before the call began: the leader tells its position after the
 *       call has come, and the history must have come there. Where it does not in time: HISTORY_BEHIND.
 *   <li>P2 A read as of a revision is answered once the history has come there. A revision that the leader has not appended
 *       is no moment yet: NO_SUCH_MOMENT.
 *   <li>P3 A read as of a time is answered once the partition's log is past that time, since then no event of that time can
 *       come any more. Where it is not, a barrier moves the log's time, and what is then still ahead of it lies in the future.
 * </ul>
 *
 * <p>Any thread may call it, none blocks: the table is asked on the table threads.
 */
final class Past {
  private final int partitions;
  private final Supplier<Optional<Table>> history;
  private final PastPositions positions;
  private final LeaderClock clock;
  private final Executor tableThreads;
  private final PastValuesOpened values;
  private final LongAdder rowsRead = new LongAdder();

  /** @param values opens what the history holds as it is stored */
  Past(int partitions, Supplier<Optional<Table>> history, PastPositions positions, LeaderClock clock, Executor tableThreads,
      Values values) {
    this.partitions = partitions;
    this.history = history;
    this.positions = positions;
    this.clock = clock;
    this.tableThreads = tableThreads;
    this.values = new PastValuesOpened(values);
  }

  /** Rows of the history's table that were read since the node began. */
  long rowsRead() {
    return rowsRead.sum();
  }

  CompletableFuture<GetResult> get(GetRequest request, Moment moment, long deadlineNanos) {
    return at(partition(request.partitionKey()), moment, deadlineNanos).thenCompose(revision ->
        read(deadlineNanos, reader -> reader.get(request.partitionKey(), request.keys(), revision)))
        .thenCompose(stored -> values.open(request, stored));
  }

  CompletableFuture<ScanPage> scan(ScanRequest request, Moment moment, long deadlineNanos) {
    return at(partition(request.partitionKey()), moment, deadlineNanos).thenCompose(revision ->
        read(deadlineNanos, reader -> reader.scan(request.partitionKey(), request.range(), revision, request.pageSize(),
            request.reverse(), request.keysOnly()))).thenCompose(values::open);
  }

  CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, Moment moment, long deadlineNanos) {
    List<CompletableFuture<PartitionKeysPage>> pages = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      pages.add(partitionKeys(partition, request, moment, deadlineNanos));
    }
    return PartitionKeysMerge.of(request, pages);
  }

  CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request, Moment moment,
      long deadlineNanos) {
    if (moment instanceof Moment.Revision && partitions > 1) {
      return CompletableFuture.failedFuture(new StoreException(ErrorCode.INVALID_ARGUMENT, "a revision counts within one"
          + " partition, and the partition keys are of all " + partitions + "; give a time, or a position for each partition"));
    }
    return at(partition, moment, deadlineNanos).thenCompose(revision -> read(deadlineNanos, reader ->
        reader.partitionKeys(partition, request.after(), request.pageSize(), revision)));
  }

  CompletableFuture<HistoryPage> history(HistoryRequest request, long deadlineNanos) {
    List<CompletableFuture<Void>> fresh = new ArrayList<>();
    switch (request.scope()) {
      case HistoryScope.OfKey of -> fresh.add(fresh(partition(of.partitionKey()), deadlineNanos));
      case HistoryScope.OfPrefix of -> fresh.add(fresh(partition(of.partitionKey()), deadlineNanos));
      case HistoryScope.OfPrincipal of -> {
        for (int partition = 0; partition < partitions; partition++) {
          fresh.add(fresh(partition, deadlineNanos));
        }
      }
    }
    return CompletableFuture.allOf(fresh.toArray(CompletableFuture<?>[]::new))
        .thenCompose(all -> read(deadlineNanos, reader -> reader.history(request)))
        .thenCompose(page -> values.open(page, change -> read(deadlineNanos,
            reader -> reader.redactedBy(change.partitionKey(), change.key(), change.revision())),
            change -> fresh(partition(change.partitionKey()), deadlineNanos)));
  }

  /** What an event put under a key, as it is stored; empty where it put nothing. */
  CompletableFuture<Optional<Bytes>> stored(Bytes partitionKey, Bytes key, long revision, long deadlineNanos) {
    return atRevision(partition(partitionKey), revision, deadlineNanos).thenCompose(reached ->
        read(deadlineNanos, reader -> reader.stored(partitionKey, key, revision)));
  }

  CompletableFuture<DiffPage> diff(DiffRequest request, long deadlineNanos) {
    int partition = partition(request.partitionKey());
    Optional<long[]> understood = HistoryReader.momentsOf(request);
    Moment from = understood.<Moment>map(moments -> new Moment.Revision(moments[0])).orElse(request.from());
    Moment to = understood.<Moment>map(moments -> new Moment.Revision(moments[1])).orElse(request.to());
    return at(partition, from, deadlineNanos).thenCompose(first -> at(partition, to, deadlineNanos).thenCompose(second ->
        read(deadlineNanos, reader -> reader.diff(request, first, second))))
        .thenCompose(page -> values.open(request.partitionKey(), page));
  }

  /** P1. */
  private CompletableFuture<Void> fresh(int partition, long deadlineNanos) {
    return table().thenCompose(table -> positions.index(partition, deadlineNanos)
        .thenCompose(index -> positions.reached(table, partition, index.appendedLsn(), deadlineNanos))
        .thenApply(state -> null));
  }

  /** P2 and P3: what the moment is in this partition; from when this is done the history has come there. */
  private CompletableFuture<Long> at(int partition, Moment moment, long deadlineNanos) {
    return switch (moment) {
      case Moment.Revision revision -> atRevision(partition, revision.revision(), deadlineNanos);
      case Moment.Positions vector -> vector.revisions().size() == partitions
          ? atRevision(partition, vector.revisions().get(partition), deadlineNanos)
          : CompletableFuture.failedFuture(new StoreException(ErrorCode.NO_SUCH_MOMENT, "this store has " + partitions
              + " partitions, and the moment has " + vector.revisions().size() + " positions: it is another store's"));
      case Moment.Time time -> table().thenCompose(table -> atTime(table, partition, time.timeMs(), deadlineNanos))
          .thenCompose(passed -> read(deadlineNanos, reader -> reader.revisionAt(partition, time.timeMs())));
    };
  }

  private CompletableFuture<Long> atRevision(int partition, long revision, long deadlineNanos) {
    return table().thenCompose(table -> positions.now(table, partition).thenCompose(state -> {
      if (state.lsn() >= revision) {
        return CompletableFuture.completedFuture(revision);
      }
      return positions.index(partition, deadlineNanos).thenCompose(index -> index.appendedLsn() < revision
          ? CompletableFuture.<Long>failedFuture(new StoreException(ErrorCode.NO_SUCH_MOMENT, "revision " + revision
              + " is in the future: partition " + partition + " has come to " + index.appendedLsn()))
          : positions.reached(table, partition, revision, deadlineNanos).thenApply(reached -> revision));
    }));
  }

  private CompletableFuture<FoldState> atTime(Table table, int partition, long timeMs, long deadlineNanos) {
    return positions.now(table, partition).thenCompose(state -> state.logTimeMs() > timeMs
        ? CompletableFuture.completedFuture(state)
        : timeMs > clock.wallMs() + PastPositions.CLOCKS_APART_MS
            ? CompletableFuture.failedFuture(future(partition, timeMs, clock.wallMs()))
            : positions.passed(table, partition, timeMs, deadlineNanos).thenCompose(passed -> passed.logTimeMs() > timeMs
                ? CompletableFuture.completedFuture(passed)
                : CompletableFuture.failedFuture(future(partition, timeMs, passed.logTimeMs()))));
  }

  private static StoreException future(int partition, long timeMs, long nowMs) {
    return new StoreException(ErrorCode.NO_SUCH_MOMENT, Instant.ofEpochMilli(timeMs)
        + " is in the future: partition " + partition + " has come to " + Instant.ofEpochMilli(nowMs));
  }

  private CompletableFuture<Table> table() {
    return history.get().map(CompletableFuture::completedFuture).orElseGet(() -> CompletableFuture.failedFuture(
        new StoreException(ErrorCode.UNSUPPORTED, "this node keeps no history (it was switched off, or its table has no place"
            + " for one), so it cannot tell the past")));
  }

  private <T> CompletableFuture<T> read(long deadlineNanos, Function<HistoryReader, T> question) {
    return table().thenCompose(table -> {
      try {
        return CompletableFuture.supplyAsync(() -> {
          try {
            return question.apply(new HistoryReader(table, partitions, rowsRead, () -> patience(deadlineNanos)));
          } catch (TableException e) {
            throw new StoreException(ErrorCode.UNAVAILABLE, "the history cannot be read now: " + e.getMessage(), e);
          }
        }, tableThreads);
      } catch (RejectedExecutionException e) {
        return CompletableFuture.failedFuture(new StoreException(ErrorCode.CLOSED, "the node is closing", e));
      }
    });
  }

  private void patience(long deadlineNanos) {
    if (clock.monotonicNanos() - deadlineNanos >= 0) {
      throw new StoreException(ErrorCode.DEADLINE_EXCEEDED,
          "the history did not answer within the time of the call; ask for a smaller page, or give more time");
    }
  }

  private int partition(Bytes partitionKey) {
    return PartitionHash.partition(partitionKey, partitions);
  }

  /** The moment that a read asks for, where it asks for one. */
  static Optional<Moment> moment(Consistency consistency) {
    return consistency instanceof Consistency.AsOf asOf ? Optional.of(asOf.moment()) : Optional.empty();
  }
}
