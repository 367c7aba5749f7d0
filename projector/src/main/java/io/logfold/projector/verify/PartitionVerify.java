package io.logfold.projector.verify;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.LogScan;
import io.logfold.projector.CheckpointProof;
import io.logfold.projector.Reservation;
import io.logfold.projector.replay.Cancellation;
import io.logfold.projector.replay.Counter;
import io.logfold.projector.replay.Goal;
import io.logfold.projector.replay.PartitionReplay;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowOf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Verifies one partition; {@link Verify} says how and why. Used once, by one thread. */
final class PartitionVerify {
  /** So many rows in question are settled together. */
  private static final int SETTLE_ROWS = 1_000;

  private final String store;
  private final int partition;
  private final LogScan log;
  private final Table table;
  private final Table scratch;
  private final PartitionReplay replay;
  private final Counter counter;
  private final Cancellation cancellation;
  private final AtomicLong rowsCompared;
  private final Consumer<Difference> report;
  private long differences;
  private long settled;

  PartitionVerify(String store, int partition, LogScan log, Table table, Table scratch, PartitionReplay replay,
      Counter counter, Cancellation cancellation, AtomicLong rowsCompared, Consumer<Difference> report) {
    this.store = store;
    this.partition = partition;
    this.log = log;
    this.table = table;
    this.scratch = scratch;
    this.replay = replay;
    this.counter = counter;
    this.cancellation = cancellation;
    this.rowsCompared = rowsCompared;
    this.report = report;
  }

  VerifyResult.Partition run() {
    String problem = "";
    try {
      foldToTheTable();
      compare();
    } catch (Mismatch e) {
      problem = String.valueOf(e.getMessage());
    } catch (StoreException e) {
      if (e.code() != ErrorCode.INVALID_ARGUMENT && e.code() != ErrorCode.CORRUPT
          && e.code() != ErrorCode.UNSUPPORTED) {
        throw e;
      }
      problem = String.valueOf(e.getMessage());
    }
    RowDigest digest = new RowDigest(partition);
    RowCursor rows = new RowCursor(scratch, partition);
    for (RowOf row = rows.peek(); row != null && !cancellation.cancelled(); row = rows.peek()) {
      digest.add(row);
      rows.advance();
    }
    return new VerifyResult.Partition(partition, scratch.checkpoint(partition), problem, digest.rows(),
        counter.events(), differences, settled, digest.digest());
  }

  private void foldToTheTable() {
    Checkpoint stands = table.checkpoint(partition);
    FoldState at = stands.at();
    Optional<String> stranger = CheckpointProof.otherStore(at, store, partition);
    if (stranger.isPresent()) {
      throw new Mismatch(stranger.get());
    }
    if (Reservation.is(stands)) {
      throw new Mismatch("the table is being filled by a replay that has not ended; run the replay again, then verify");
    }
    long end = log.ends(List.of(partition)).getOrDefault(partition, 0L);
    if (at.position() > end) {
      throw new Mismatch("the table stands at offset " + at.position() + ", LSN " + at.lsn()
          + ", and the log ends at offset " + end + ": the log was truncated or is another one, or the table was"
          + " restored from a later time. Restore the log, or replay it into a new table");
    }
    Checkpoint folded = replay.run(Goal.offset(at.position()));
    if (!cancellation.cancelled()) {
      Mismatch.check(folded, stands);
    }
  }

  private void compare() {
    Settling settling = new Settling(partition, table, scratch, replay);
    List<Difference> candidates = new ArrayList<>();
    RowJoin.run(partition, new RowCursor(scratch, partition), new RowCursor(table, partition), new RowJoin.Visitor() {
      @Override
      public void differs(Difference difference) {
        candidates.add(difference);
        if (candidates.size() == SETTLE_ROWS) {
          settle(settling, candidates);
        }
      }

      @Override
      public void met(RowOf row, boolean expected) {
        rowsCompared.incrementAndGet();
      }
    }, cancellation::cancelled);
    settle(settling, candidates);
  }

  private void settle(Settling settling, List<Difference> candidates) {
    if (candidates.isEmpty() || cancellation.cancelled()) {
      return;
    }
    List<Difference> real = settling.settle(candidates);
    settled += candidates.size() - real.size();
    candidates.clear();
    if (!cancellation.cancelled()) {
      differences += real.size();
      real.forEach(report);
    }
  }
}
