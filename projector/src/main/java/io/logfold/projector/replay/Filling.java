package io.logfold.projector.replay;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.AnchorTracker;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.LogScan;
import io.logfold.projector.Batch;
import io.logfold.projector.CheckpointProof;
import io.logfold.projector.Meter;
import io.logfold.projector.Reservation;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.RowOf;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Makes one partition of a table that stands nowhere fit for a replay: takes away rows that an interrupted filling left,
 * and copies those of another table. Nothing of it can be seen at a checkpoint: until the copy is whole the table stands
 * before the beginning, under a {@link Reservation}.
 *
 * <p>The copy is fuzzy, whatever the source: its rows are read page by page while it moves on. With c0 the source's
 * checkpoint before the first page and c1 the one behind the last, each row that was read is its key's state at some
 * position between c0 and c1, and a key that had the same row throughout was met. So the events between c0 and c1, applied
 * on top, make of it the fold at c1: a key that one of them changes gets the state of the last of them, whatever was
 * copied; the others were copied as they are at c1. They are applied before the checkpoint moves, in one step from the
 * reservation to c1, so that T1 holds for everybody at every moment (docs/decisions/0017).
 *
 * <p>Owned by one thread, used once.
 */
final class Filling {
  private static final int PAGE_ROWS = 5_000;

  private final ReplayOptions options;
  private final int partition;
  private final LogScan log;
  private final Table table;
  private final Executor appliers;
  private final Cancellation cancellation;
  private final Counter counter;
  private final Meter meter;
  private final Checkpoint mine;

  /** @param number see {@link Reservation#of} */
  Filling(ReplayOptions options, int partition, LogScan log, Table table, Executor appliers,
      Cancellation cancellation, Counter counter, Meter meter, long number) {
    this.options = options;
    this.partition = partition;
    this.log = log;
    this.table = table;
    this.appliers = appliers;
    this.cancellation = cancellation;
    this.counter = counter;
    this.meter = meter;
    this.mine = Reservation.of(options.store(), partition, number);
  }

  static StoreException takenOver(int partition) {
    return new StoreException(ErrorCode.UNAVAILABLE, "partition " + partition + " of the table was empty, and another"
        + " replay has begun to fill it; this one stopped. Wait for the other one, or run this again");
  }

  /** Afterwards the table stands where the source stood, or is empty, or was not to be filled; or it was cancelled. */
  void run(Goal goal) {
    Checkpoint found = table.checkpoint(partition);
    if (!Reservation.orEmpty(found)
        || CheckpointProof.otherStore(found.at(), options.store(), partition).isPresent()) {
      return;
    }
    Optional<Checkpoint> source = options.seedFrom().map(from -> from.checkpoint(partition))
        .filter(checkpoint -> CheckpointProof.stands(checkpoint.at()));
    boolean clean = !Reservation.is(found) && table.rows(partition, Optional.empty(), 1).rows().isEmpty();
    if (source.isEmpty() && clean) {
      return;
    }
    // Before anything is changed: a source that cannot be used leaves the table as it is.
    if (source.isPresent()) {
      check(source.get(), goal);
    }
    try {
      table.apply(partition, List.of(), found, mine);
      removeRows();
      if (source.isPresent() && options.seedFrom().isPresent()) {
        seed(options.seedFrom().get(), source.get(), goal);
      } else if (!cancellation.cancelled()) {
        table.apply(partition, List.of(), mine, Checkpoint.empty(options.store(), partition));
      }
    } catch (CheckpointMovedException e) {
      if (Reservation.orEmpty(table.checkpoint(partition))) {
        throw takenOver(partition);
      }
      // A projector was faster than the reservation: there is nothing to fill any more.
    }
  }

  private void seed(Table from, Checkpoint before, Goal goal) {
    Optional<RowId> last = copyRows(from);
    if (cancellation.cancelled()) {
      return;
    }
    Checkpoint behind = notBefore(from, last);
    if (behind.at().position() < before.at().position()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table to copy from moved back while it was copied, from"
          + " offset " + before.at().position() + " to " + behind.at().position() + "; see who does that");
    }
    goal.refuseIfPassed(behind.at(), "the table to copy from");
    AnchorTracker anchors = new AnchorTracker(before);
    Checkpoint[] whole = {before};
    FoldPass.Sink sink = (changes, to) -> {
      whole[0] = anchors.moved(to);
      table.apply(partition, changes, mine, mine);
    };
    FoldState reached = new FoldPass(before.at(), Goal.offset(behind.at().position()), table.applyLimits(),
        options.batch(), sink, appliers, counter, meter, (event, position) -> {}).run(log, cancellation);
    if (cancellation.cancelled()) {
      return;
    }
    if (reached.lsn() != behind.at().lsn() || !reached.hash().equals(behind.at().hash())) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table to copy from stands at LSN " + behind.at().lsn()
          + ", hash " + behind.at().hash() + ", where the log has LSN " + reached.lsn() + ", hash " + reached.hash()
          + ": it was folded from another log. Copy from another table, or replay without");
    }
    table.apply(partition, List.of(), mine, whole[0]);
    counter.begin = Math.max(0, reached.position());
    counter.stands(reached);
  }

  /**
   * A checkpoint that is not older than any row that was seen. A row may be seen a moment before the checkpoint it belongs
   * to (DynamoDB); a get is of one moment and waits for both.
   */
  private Checkpoint notBefore(Table from, Optional<RowId> seen) {
    return seen.map(row -> from.get(partition, row.partitionKey(), List.of(row.key())).checkpoint())
        .orElseGet(() -> from.checkpoint(partition));
  }

  private void check(Checkpoint source, Goal goal) {
    FoldState at = source.at();
    Optional<String> stranger = CheckpointProof.otherStore(at, options.store(), partition);
    if (stranger.isPresent()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table to copy from: " + stranger.get());
    }
    goal.refuseIfPassed(at, "the table to copy from");
    PartitionReplay.refuseIfAhead(log, at);
    FoldPass.Sink none = (changes, to) -> {};
    new FoldPass(at, Goal.offset(at.position()), table.applyLimits(), options.batch(), none, appliers,
        new Counter(), meter, (event, position) -> {}).run(log, cancellation);
  }

  private void removeRows() {
    changeAll(table, row -> new RowChange(row.partitionKey(), row.row().key(), Optional.empty(), row.row().revision()),
        counter.rowsRemoved::addAndGet);
  }

  /** Returns the last row that was seen. */
  private Optional<RowId> copyRows(Table from) {
    return changeAll(from, row -> {
      Bytes value = row.row().value();
      return new RowChange(row.partitionKey(), row.row().key(), Optional.of(value), row.row().revision());
    }, counter.rowsSeeded::addAndGet);
  }

  private Optional<RowId> changeAll(Table rowsOf, Function<RowOf, RowChange> change, java.util.function.LongConsumer counted) {
    Optional<RowId> after = Optional.empty();
    Batch batch = new Batch();
    while (!cancellation.cancelled()) {
      PartitionPage page = rowsOf.rows(partition, after, PAGE_ROWS);
      for (RowOf row : page.rows()) {
        RowChange next = change.apply(row);
        if (!batch.hasRoomFor(next, table.applyLimits())) {
          apply(batch, counted);
        }
        batch.add(next);
      }
      apply(batch, counted);
      if (!page.rows().isEmpty()) {
        after = Optional.of(page.rows().getLast().id());
      }
      if (!page.more()) {
        break;
      }
    }
    return after;
  }

  private void apply(Batch batch, java.util.function.LongConsumer counted) {
    List<RowChange> changes = batch.changes();
    if (!changes.isEmpty()) {
      table.apply(partition, changes, mine, mine);
      counted.accept(changes.size());
      batch.clear();
    }
  }
}
