package io.logfold.log.audit;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.RecordCodec;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Whose log it is, by the first records of all its partitions: most of them say so, should some have been changed. */
public final class LogOwner {
  private static final int FIRST_RECORDS = 16;

  private LogOwner() {}

  /**
   * @return empty where there is no record of any store
   * @throws StoreException UNAVAILABLE where the log cannot be reached
   */
  public static Optional<String> find(LogScan log, int partitions) {
    Map<String, Integer> votes = new HashMap<>();
    Map<Integer, Long> ends = log.ends(IntStream.range(0, partitions).boxed().toList());
    ends.forEach((partition, end) -> vote(log, partition, Math.min(end, FIRST_RECORDS), votes));
    return votes.entrySet().stream().max(Map.Entry.<String, Integer>comparingByValue().thenComparing(
        Map.Entry.comparingByKey(Comparator.reverseOrder()))).map(Map.Entry::getKey);
  }

  private static void vote(LogScan log, int partition, long end, Map<String, Integer> votes) {
    try {
      log.read(partition, 0, end, (offset, raw) -> {
        switch (RecordCodec.decode(raw)) {
          case RecordCodec.Decoded.Ok ok -> votes.merge(ok.record().header().store(), 1, Integer::sum);
          case RecordCodec.Decoded.Newer newer -> votes.merge(newer.store(), 1, Integer::sum);
          case RecordCodec.Decoded.Undecodable stray -> { }
        }
        return true;
      });
    } catch (OffsetGoneException e) {
      // The audit will say so.
    } catch (StoreException e) {
      if (e.code() != ErrorCode.CORRUPT) {
        throw e;
      }
    }
  }
}
