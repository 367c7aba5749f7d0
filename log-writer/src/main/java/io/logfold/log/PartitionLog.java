package io.logfold.log;

import io.logfold.api.Bytes;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The ordered, durable log of one partition: bytes in, offsets out. It knows nothing of what the bytes mean.
 *
 * <ul>
 *   <li>P1 Records lie in the order of the {@link #append} calls of one appender; with a failure among them, those that
 *       did get in still lie in that order.
 *   <li>P2 Acknowledgements come in the order of the appends. An acknowledged offset is final: the record is below the
 *       high watermark and is never removed.
 *   <li>P3 A failed or unanswered append may still appear in the log, now or later, at most once; unless the failure is
 *       {@link AppendFailure#neverSent}.
 *   <li>P4 Offsets grow; they may have gaps (another appender's records, or offsets that hold none).
 *   <li>P5 {@link #read} gives only records below the high watermark, each exactly once, in order, and never fewer than
 *       an earlier read gave.
 * </ul>
 *
 * <p>{@link #append} is called from one thread; {@link #read} from any. Both return at once. Callbacks and futures are
 * completed by a thread of the log, which must not be blocked.
 */
public interface PartitionLog {
  /** Hands a record over; it is <em>appended</em> when this returns without failing the callback at once. */
  void append(Bytes record, AppendCallback callback);

  /**
   * Reads from an offset on.
   *
   * @param fromOffset the first offset wanted; at least 0
   * @param maxBytes about how much to give, as long as there is one record
   * @param maxWaitMs how long to wait for a record where there is none; 0: answer at once with what the high watermark
   *     allows, which then is one learned after this call began
   * @return fails with {@link LogUnavailableException} where the log cannot be reached, and with
   *     {@link OffsetGoneException} where the offset is above the end or was removed
   */
  CompletableFuture<LogBatch> read(long fromOffset, int maxBytes, long maxWaitMs);

  /** How an append ended; exactly one of the two is called, once. */
  interface AppendCallback {
    /** Committed. offset is -1 where the log knows that it has the record but not where: that proves nothing (L4). */
    void appended(long offset);

    void failed(AppendFailure failure);
  }

  /**
   * @param neverSent true only where the record certainly is not, and never will be, in the log
   * @param cause for people
   */
  record AppendFailure(boolean neverSent, Throwable cause) {}

  /** A record as it lies in the log. */
  record RawRecord(long offset, Bytes value) {}

  /**
   * @param records in order; may be empty
   * @param nextOffset where to read on: behind the last record, and behind offsets that hold none
   * @param highWatermark end of what may be read, as known when the batch was made
   */
  record LogBatch(List<RawRecord> records, long nextOffset, long highWatermark) {}

  /** The log cannot be reached now; trying again makes sense. */
  final class LogUnavailableException extends RuntimeException {
    public LogUnavailableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The log does not hold this offset: it was truncated or removed, or is another log. Nobody may go on from here. */
  final class OffsetGoneException extends RuntimeException {
    public OffsetGoneException(String message) {
      super(message);
    }
  }
}
