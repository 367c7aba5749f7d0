package io.logfold.api;

import java.time.Duration;

/** How fresh a read must be. */
public sealed interface Consistency {
  Consistency LINEARIZABLE = new Linearizable();
  Consistency BARRIER = new Barrier();
  Consistency READ_INDEX = new ReadIndex();

  /** Answered by the leader under its lease: every operation that completed before the call began is reflected. */
  record Linearizable() implements Consistency {}

  /** The same guarantee without any assumption about clocks, at the price of one append to the log. */
  record Barrier() implements Consistency {}

  /**
   * As fresh as {@link Linearizable}, answered by the node that was asked: it asks the leader only for its position,
   * applies the log to there, and answers from what it holds itself.
   */
  record ReadIndex() implements Consistency {}

  /** By whoever has applied this revision of the key's partition. */
  record AtLeast(long revision) implements Consistency {
    public AtLeast {
      if (revision < 0) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "at-least must be a revision, 0 or more; got " + revision);
      }
    }
  }

  /** The past, by any node, from its history; it never changes, so there is no fresher or staler answer. */
  record AsOf(Moment moment) implements Consistency {}

  /** By whoever applied a record at most this long ago; assumes synchronised clocks. */
  record Stale(Duration maxAge) implements Consistency {
    /** Longer ages are no bound at all. */
    private static final Duration MOST = Duration.ofDays(3_650);

    public Stale {
      if (maxAge.isNegative() || maxAge.compareTo(MOST) > 0) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "stale must be a duration of 0 to " + MOST.toDays() + " days, got " + maxAge);
      }
    }
  }
}
