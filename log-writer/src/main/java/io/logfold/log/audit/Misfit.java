package io.logfold.log.audit;

/**
 * Something in a partition's log that is not as it was written.
 *
 * @param offset of the first record, or missing record, that does not fit
 * @param kind the likeliest of what can have been done; detail says what else it may have been
 * @param suspectFrom first offset at which the log may have been touched
 * @param suspectTo last one; equal to suspectFrom where it is certain which record it is
 * @param detail for people
 */
public record Misfit(int partition, long offset, Kind kind, long suspectFrom, long suspectTo, String detail) {

  /** What was done to the log. */
  public enum Kind {
    /** A record that counted has other bytes. */
    CHANGED,
    /** Records that counted, or the beginning of the log, are gone. */
    REMOVED,
    /** A record lies where another one lay when the next was written. */
    INSERTED,
    /** A record lies behind one that was written after it. */
    REORDERED,
    /** An event is dated before the one before it. */
    RETIMED,
    /** The log ends before a sealed position. */
    TRUNCATED,
    /** The log fits in itself, and not with a seal: it was written anew. */
    REWRITTEN,
    /** Kafka's own checksum of a batch of records is wrong. */
    DAMAGED,
    /** A record of a format that this version does not know. */
    UNREADABLE,
    /** A record that never counted; told only where everything is to be told. */
    STRAY
  }

  /** {@code partition 0, offset 17: CHANGED: ...}. */
  @Override
  public String toString() {
    return "partition " + partition + ", offset " + offset + ": " + kind + ": " + detail;
  }
}
