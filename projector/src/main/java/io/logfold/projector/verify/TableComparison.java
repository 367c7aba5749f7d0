package io.logfold.projector.verify;

import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.projector.Reservation;
import io.logfold.projector.replay.Cancellation;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowOf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Whether two tables of one store hold the same rows, without its log.
 *
 * <p>Without the log rows can be compared only at one position: both tables must stand at the same one (LSN and hash),
 * before and after. Where they do not, that is the partition's problem, and what to do: stop their projectors, bring the
 * older one up by replay, or verify each against the log, which needs neither and says more; two tables that equal one
 * log are the same. A partition that moves while it is compared is tried again twice.
 *
 * <p>Blocks; used by one thread.
 */
public final class TableComparison {
  private static final int TRIES = 3;

  private final Table left;
  private final Table right;
  private final int partitions;
  private final int maxDifferences;
  private final Cancellation cancellation;
  private final List<Difference> first = new ArrayList<>();

  private TableComparison(
      Table left, Table right, int partitions, int maxDifferences, Cancellation cancellation) {
    this.left = left;
    this.right = right;
    this.partitions = partitions;
    this.maxDifferences = maxDifferences;
    this.cancellation = cancellation;
  }

  /**
   * Compares all partitions; what differs is told as if the left one were right.
   *
   * @param maxDifferences so many are shown; all are counted
   * @param cancellation ends it soon; the result is then not complete
   * @throws io.logfold.projector.table.TableException where a table cannot be reached
   */
  public static VerifyResult between(
      Table left, Table right, int partitions, int maxDifferences, Cancellation cancellation) {
    return new TableComparison(left, right, partitions, maxDifferences, cancellation).run();
  }

  private VerifyResult run() {
    long beganNs = System.nanoTime();
    List<VerifyResult.Partition> results = new ArrayList<>();
    for (int p = 0; p < partitions && !cancellation.cancelled(); p++) {
      results.add(partition(p));
    }
    return new VerifyResult(!cancellation.cancelled(), results, List.copyOf(first),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs));
  }

  private VerifyResult.Partition partition(int partition) {
    VerifyResult.Partition result = compare(partition);
    for (int i = 1; i < TRIES && !result.problem().isEmpty(); i++) {
      result = compare(partition);
    }
    return result;
  }

  private VerifyResult.Partition compare(int partition) {
    Checkpoint leftAt = left.checkpoint(partition);
    Checkpoint rightAt = right.checkpoint(partition);
    RowDigest digest = new RowDigest(partition);
    if (!same(leftAt, rightAt)) {
      return new VerifyResult.Partition(partition, leftAt, "the tables stand at different positions, " + words(leftAt)
          + " and " + words(rightAt) + "; stop their projectors and bring the older one up by replay, or verify each"
          + " against the log", 0, 0, 0, 0, digest.digest());
    }
    List<Difference> found = new ArrayList<>();
    long[] count = {0};
    RowJoin.run(partition, new RowCursor(left, partition), new RowCursor(right, partition), new RowJoin.Visitor() {
      @Override
      public void differs(Difference difference) {
        count[0]++;
        if (found.size() < maxDifferences) {
          found.add(difference);
        }
      }

      @Override
      public void met(RowOf row, boolean onLeft) {
        if (onLeft) {
          digest.add(row);
        }
      }
    }, cancellation::cancelled);
    if (!same(leftAt, left.checkpoint(partition)) || !same(rightAt, right.checkpoint(partition))) {
      return new VerifyResult.Partition(partition, leftAt, "the tables moved while they were compared; stop their"
          + " projectors, or verify each against the log", 0, 0, 0, 0, new RowDigest(partition).digest());
    }
    found.stream().limit(Math.max(0, maxDifferences - first.size())).forEach(first::add);
    return new VerifyResult.Partition(
        partition, leftAt, "", digest.rows(), 0, count[0], 0, digest.digest());
  }

  private static boolean same(Checkpoint one, Checkpoint other) {
    FoldState a = one.at();
    FoldState b = other.at();
    return a.store().equals(b.store()) && a.partition() == b.partition() && a.lsn() == b.lsn()
        && a.hash().equals(b.hash()) && !Reservation.is(one) && !Reservation.is(other);
  }

  private static String words(Checkpoint checkpoint) {
    return checkpoint.at().store() + "/" + checkpoint.at().partition() + (Reservation.is(checkpoint)
        ? " being filled" : " LSN " + checkpoint.at().lsn() + " (hash " + checkpoint.at().hash() + ")");
  }
}
