package io.logfold.projector;

import java.util.List;
import java.util.Optional;

/**
 * How a projector stands.
 *
 * @param partitions those that this process projects now, ascending
 * @param eventsPerSecond applied by this process, over the last seconds
 * @param streams state of the Kafka Streams application, in Kafka's words
 * @param lastError what last went wrong in the application as a whole; empty: nothing did
 */
public record ProjectorStatus(List<PartitionStatus> partitions, double eventsPerSecond, String streams, String lastError) {

  public Optional<PartitionStatus> partition(int partition) {
    return partitions.stream().filter(each -> each.partition() == partition).findFirst();
  }

  /** What a partition's projection is doing. */
  public enum State {
    /** It has not yet found, in the log, the record its table stands on. */
    STARTING,
    /** It applies what comes. */
    RUNNING,
    /** It cannot go on now and tries again by itself: lastError says why. */
    BLOCKED,
    /** It must not go on: log and table contradict each other, or the log itself. lastError says why and what to do. */
    HALTED
  }

  /**
   * @param position offset of the table's checkpoint
   * @param lsn of the table's checkpoint
   * @param events applied to the table by this process
   * @param skipped records that were not valid, met by this process
   * @param lag records of the log that were not yet read, as far as known; -1: not known
   * @param oldestWaitingMs log time of the oldest event that was read and not yet applied, in milliseconds since the epoch;
   *     0: there is none
   * @param lastError what last went wrong; empty: nothing did
   */
  public record PartitionStatus(
      int partition, State state, long position, long lsn, long events, long skipped, long lag,
      long oldestWaitingMs, String lastError) {}
}
