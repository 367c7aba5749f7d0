package io.logfold.projector.replay;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.AnchorTracker;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.projector.CheckpointProof;
import io.logfold.projector.Meter;
import io.logfold.projector.Reservation;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.TableException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.ObjLongConsumer;

/**
 * Brings one partition of a table from where it stands to a goal.
 *
 * <ul>
 *   <li>Only the table knows what was applied: after any failure it begins again at the table's checkpoint, and proves
 *       it.
 *   <li>Where somebody else moved the checkpoint forward (a projector, another replay) it goes on from there: whoever
 *       moves it by compare-and-set, along one log that was proven, makes the same table. Moved back is an error.
 * </ul>
 *
 * <p>Owned by one thread, which runs it again and again if it likes.
 */
public final class PartitionReplay {
  private static final long FIRST_RETRY_MS = 100;

  private final String store;
  private final int partition;
  private final LogScan log;
  private final Table table;
  private final BatchSize batch;
  private final int tableRetries;
  private final Executor appliers;
  private final Cancellation cancellation;
  private final Counter counter;
  private final Meter meter;
  private volatile Checkpoint applied;

  PartitionReplay(ReplayOptions options, int partition, LogScan log, Table table, Executor appliers,
      Cancellation cancellation, Counter counter, Meter meter) {
    this.store = options.store();
    this.partition = partition;
    this.log = log;
    this.table = table;
    this.batch = options.batch();
    this.tableRetries = options.tableRetries();
    this.appliers = appliers;
    this.cancellation = cancellation;
    this.counter = counter;
    this.meter = meter;
    this.applied = Checkpoint.empty(store, partition);
  }

  /** For a table that nobody else writes. */
  public PartitionReplay(ReplayOptions options, int partition, LogScan log, Table table, Executor appliers,
      Cancellation cancellation, Counter counter) {
    this(options, partition, log, table, appliers, cancellation, counter, new Meter(System::nanoTime));
  }

  /**
   * Runs to the goal, or as far as it gets before it is cancelled.
   *
   * @return where the table stands
   * @throws StoreException where table and log contradict each other, the log cannot be folded on, or is UNAVAILABLE
   * @throws TableException where the table went on failing
   */
  public Checkpoint run(Goal goal) {
    return run(goal, (event, position) -> {});
  }

  /**
   * As {@link #run(Goal)}, and shows each valid event, with the position behind it, to a watcher on the calling thread;
   * after a failure that was tried again, some of them twice.
   */
  public Checkpoint run(Goal goal, ObjLongConsumer<LogRecord.Event> watcher) {
    int failures = 0;
    while (true) {
      try {
        Checkpoint start = load(goal);
        applied = start;
        pass(start, goal, watcher);
        if (!cancellation.cancelled()) {
          goal.refuseIfMissed(applied.at());
        }
        return applied;
      } catch (CheckpointMovedException e) {
        checkMovedForward(e);
        counter.overtaken.incrementAndGet();
        failures = 0;
      } catch (TableException e) {
        if (cancellation.cancelled()) {
          return applied;
        }
        if (failures++ >= tableRetries) {
          throw e;
        }
        cancellation.pause(FIRST_RETRY_MS << Math.min(failures, 6));
      }
    }
  }

  private Checkpoint load(Goal goal) {
    Checkpoint found = table.checkpoint(partition);
    FoldState at = found.at();
    Optional<String> stranger = CheckpointProof.otherStore(at, store, partition);
    if (stranger.isPresent()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, stranger.get());
    }
    if (Reservation.is(found)) {
      throw Filling.takenOver(partition);
    }
    goal.refuseIfPassed(at, "the table");
    if (at.position() > goal.toOffset()) {
      refuseIfAhead(log, at);
    }
    counter.stands(at);
    return found;
  }

  /** @throws StoreException where the log, asked now, ends before this state's position */
  static void refuseIfAhead(LogScan log, FoldState at) {
    long end = log.ends(List.of(at.partition())).getOrDefault(at.partition(), 0L);
    if (at.position() > end) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          CheckpointProof.logLost(at, CheckpointProof.offset(at), "the log ends at offset " + end));
    }
  }

  private void pass(Checkpoint start, Goal goal, ObjLongConsumer<LogRecord.Event> watcher) {
    AnchorTracker anchors = new AnchorTracker(start);
    FoldPass.Sink sink = (List<RowChange> changes, FoldState to) -> {
      Checkpoint next = anchors.moved(to);
      table.apply(partition, changes, applied, next);
      applied = next;
    };
    new FoldPass(start.at(), goal, table.applyLimits(), batch, sink, appliers, counter, meter,
        watcher).run(log, cancellation);
  }

  private void checkMovedForward(CheckpointMovedException moved) {
    Checkpoint now = table.checkpoint(partition);
    if (Reservation.is(now)) {
      throw Filling.takenOver(partition);
    }
    if (now.at().position() <= applied.at().position()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "partition " + partition + " of the table stood at offset "
          + applied.at().position() + " and now stands at " + now.at().position() + " (hash " + now.at().hash()
          + "): somebody restored or replaced it. Nothing was changed; see who does, and run again", moved);
    }
  }
}
