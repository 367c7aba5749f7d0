package io.logfold.projector.replay;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.FoldState;

/**
 * Where one partition's replay ends: before the first record that lies at toOffset or above, or is of a later log time,
 * and behind the record of that LSN.
 *
 * @param lsn Long.MAX_VALUE: whatever the LSN
 * @param timeMs Long.MAX_VALUE: whatever the time
 * @param atMost whether the log may end before the LSN
 */
public record Goal(long toOffset, long lsn, long timeMs, boolean atMost) {
  public static Goal offset(long toOffset) {
    return new Goal(toOffset, Long.MAX_VALUE, Long.MAX_VALUE, false);
  }

  static Goal of(Until until, int partition, long end) {
    return switch (until) {
      case Until.EndOfLog all -> offset(end);
      case Until.Time time -> new Goal(end, Long.MAX_VALUE, time.timeMs(), false);
      case Until.AtMost most -> new Goal(end, most.lsn(), Long.MAX_VALUE, true);
      case Until.Position position ->
          new Goal(end, position.lsns().getOrDefault(partition, Long.MAX_VALUE), Long.MAX_VALUE, false);
    };
  }

  boolean reached(FoldState at) {
    return at.lsn() >= lsn;
  }

  boolean hasTime() {
    return timeMs != Long.MAX_VALUE;
  }

  /** @throws StoreException where a table at this state has already gone further than LSN or time */
  void refuseIfPassed(FoldState at, String whose) {
    if (at.lsn() > lsn || at.logTimeMs() > timeMs) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, whose + " stands at LSN " + at.lsn() + ", log time "
          + at.logTimeMs() + " in partition " + at.partition() + ", behind the " + asked()
          + " that was asked for, and a table does not go back: replay into a new table");
    }
  }

  /** @throws StoreException where the log ended before the LSN */
  void refuseIfMissed(FoldState at) {
    if (!atMost && lsn != Long.MAX_VALUE && at.lsn() < lsn) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the log of partition " + at.partition() + " ends at LSN "
          + at.lsn() + ", before the " + asked() + " that was asked for; the table stands at its end now");
    }
  }

  private String asked() {
    return hasTime() ? "log time " + timeMs : "LSN " + lsn;
  }
}
