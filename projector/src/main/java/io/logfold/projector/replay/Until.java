package io.logfold.projector.replay;

import java.util.Map;

/** How far a replay goes. */
public sealed interface Until {
  /** To the end of each partition's log as it is when the replay begins. */
  record EndOfLog() implements Until {}

  /** To the last valid record at or before this log time, in milliseconds since the epoch. */
  record Time(long timeMs) implements Until {}

  /** To this LSN in every partition, or to the end of the log (as for EndOfLog) of one that ends before it. */
  record AtMost(long lsn) implements Until {}

  /** To this LSN in each of these partitions; others are left as they are. */
  record Position(Map<Integer, Long> lsns) implements Until {
    public Position {
      lsns = Map.copyOf(lsns);
    }
  }
}
