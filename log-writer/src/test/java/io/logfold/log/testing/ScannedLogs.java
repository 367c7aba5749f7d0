package io.logfold.log.testing;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.PartitionLog.RawRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;

/**
 * Partition logs in memory that can be scanned, and grow while they are. Each scan calls a hook before each record, with
 * the count of records given so far by all scans: there a test cancels, fails or lets something happen. Any thread.
 */
public final class ScannedLogs implements LogScan.Opener {
  private final Map<Integer, List<RawRecord>> records = new ConcurrentHashMap<>();
  private volatile LongConsumer beforeRecord = count -> {};
  private volatile boolean away;
  private long given;

  /** Of one partition; replaces what was there. */
  public ScannedLogs with(int partition, List<RawRecord> log) {
    records.put(partition, List.copyOf(log));
    return this;
  }

  public ScannedLogs beforeRecord(LongConsumer hook) {
    beforeRecord = hook;
    return this;
  }

  /** Whether the log cannot be reached. */
  public void away(boolean isAway) {
    away = isAway;
  }

  public long end(int partition) {
    List<RawRecord> log = records.getOrDefault(partition, List.of());
    return log.isEmpty() ? 0 : log.getLast().offset() + 1;
  }

  private synchronized long count() {
    return given++;
  }

  private void checkThere() {
    if (away) {
      throw new StoreException(ErrorCode.UNAVAILABLE, "the log is away");
    }
  }

  @Override
  public LogScan open() {
    checkThere();
    return new Scan();
  }

  private final class Scan implements LogScan {
    private volatile boolean cancelled;

    @Override
    public Map<Integer, Long> ends(Collection<Integer> partitions) {
      checkThere();
      Map<Integer, Long> ends = new TreeMap<>();
      partitions.forEach(partition -> ends.put(partition, end(partition)));
      return ends;
    }

    @Override
    public void read(int partition, long fromOffset, long toOffset, Receiver receiver) {
      checkThere();
      List<RawRecord> log = new ArrayList<>(records.getOrDefault(partition, List.of()));
      if (fromOffset > end(partition) || (!log.isEmpty() && fromOffset < log.getFirst().offset())) {
        throw new OffsetGoneException("the log does not hold offset " + fromOffset);
      }
      for (RawRecord record : log) {
        if (record.offset() < fromOffset) {
          continue;
        }
        if (cancelled || record.offset() >= toOffset) {
          return;
        }
        beforeRecord.accept(count());
        checkThere();
        if (cancelled || !receiver.record(record.offset(), record.value())) {
          return;
        }
      }
      if (!cancelled && toOffset > end(partition)) {
        throw new StoreException(ErrorCode.UNAVAILABLE, "nothing came below " + toOffset);
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public void close() {
      cancelled = true;
    }
  }
}
