package io.logfold.api;

import java.util.List;

/**
 * A moment of the past that can be read exactly: the state behind an event and before the next one.
 *
 * <p>It is exact because it names positions of the log. A time names, in each partition, the last event whose time is not
 * later: event times never go back within a partition, and a time is taken only once the partition's log is surely past it.
 */
public sealed interface Moment {
  /** Behind the event with this revision, in the partition of the partition key that is asked for; 0: before the first. */
  record Revision(long revision) implements Moment {
    public Revision {
      if (revision < 0) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "a revision is 0 or more; got " + revision);
      }
    }
  }

  /** Behind the last event whose time is at or before this one, milliseconds since the epoch. */
  record Time(long timeMs) implements Moment {
    public Time {
      if (timeMs < 0) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "a time is given in milliseconds since 1970, 0 or more; got " + timeMs);
      }
    }
  }

  /** Behind these revisions: one for each partition of the store, in order. */
  record Positions(List<Long> revisions) implements Moment {
    public Positions {
      revisions = List.copyOf(revisions);
      if (revisions.isEmpty() || revisions.stream().anyMatch(revision -> revision < 0)) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "positions are one revision, 0 or more, for each partition of the store; got " + revisions);
      }
    }
  }
}
