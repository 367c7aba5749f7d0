package io.logfold.projector.replay;

import java.util.List;

/**
 * How far a replay is.
 *
 * @param partitions each, ascending
 * @param records read from the log
 * @param totalRecords to be read in all, as known when the replay began, holes in the offsets counted as records;
 *     -1: not known yet. A replay that ends at a time or a position ends before them
 * @param events applied to the table
 * @param bytes of records read
 * @param rowsSeeded copied from another table
 * @param recordsPerSecond over the last seconds
 * @param secondsLeft at that rate, for all of totalRecords; -1: not known
 */
public record ReplayProgress(List<Partition> partitions, long records, long totalRecords, long events, long bytes,
    long rowsSeeded, double recordsPerSecond, long secondsLeft) {

  /**
   * @param begin offset from which it began
   * @param position offset up to which the table reflects the log now
   * @param end offset at which it ends at the latest; -1: not known yet
   * @param lsn of the table's checkpoint
   */
  public record Partition(int partition, long begin, long position, long end, long lsn, long events, long records,
      long rowsSeeded) {}
}
