package io.logfold.log;

import io.logfold.api.Bytes;
import java.util.Collection;
import java.util.Map;

/**
 * Reads whole stretches of partition logs, as fast as they come: for those who fold a history, not for those who tail
 * one ({@link PartitionLog}).
 *
 * <ul>
 *   <li>S1 A read gives every record of its stretch, once, in order, and only committed ones.
 *   <li>S2 A stretch that the log does not hold is an error ({@link PartitionLog.OffsetGoneException}), never a jump.
 *   <li>S3 It never waits for ever: where nothing comes for a while, it fails as UNAVAILABLE.
 * </ul>
 *
 * <p>For one thread at a time, but for {@link #cancel}, which any may call.
 */
public interface LogScan extends AutoCloseable {
  /**
   * The offset behind the last record of each partition that may be read, learned after this call began.
   *
   * @throws io.logfold.api.StoreException UNAVAILABLE where the log cannot be reached, or has no such partition
   */
  Map<Integer, Long> ends(Collection<Integer> partitions);

  /**
   * Hands over the records of a stretch, until all were or the receiver wants no more, or somebody cancels.
   *
   * @param fromOffset the first offset wanted; at least 0
   * @param toOffset the first one not wanted; it waits for what lies below and is not yet there
   * @throws PartitionLog.OffsetGoneException where the log does not hold fromOffset
   * @throws io.logfold.api.StoreException UNAVAILABLE where the log does not answer; CORRUPT, with a
   *     {@link DamagedException} as its cause, where it holds bytes there that it cannot read itself
   */
  void read(int partition, long fromOffset, long toOffset, Receiver receiver);

  /** Ends a read that is under way, soon, and every later one at once: they return as if the receiver had said so. */
  void cancel();

  /** Does not wait for anybody. */
  @Override
  void close();

  /** Takes records, on the reading thread. */
  @FunctionalInterface
  interface Receiver {
    /** Returns whether it wants more. */
    boolean record(long offset, Bytes raw);
  }

  /** What lies at an offset cannot be read any more: its checksum is wrong. Trying again does not help. */
  final class DamagedException extends RuntimeException {
    private final long offset;

    /** @param offset first one that cannot be read */
    public DamagedException(long offset, String message) {
      super(message);
      this.offset = offset;
    }

    public long offset() {
      return offset;
    }
  }

  /** Begins a scan of its own for whoever asks; who asks closes it. Any thread. */
  @FunctionalInterface
  interface Opener {
    /** @throws io.logfold.api.StoreException UNAVAILABLE where the log cannot be reached */
    LogScan open();
  }
}
