package io.logfold.log.kafka;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.AppendCallback;
import io.logfold.log.PartitionLog.AppendFailure;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.RawRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;

/** Appends numbered records and remembers how each ended. */
final class Appends {
  final PartitionLog log;
  final Map<Integer, Long> acknowledged = new ConcurrentSkipListMap<>();
  final Map<Integer, AppendFailure> failed = new ConcurrentSkipListMap<>();
  int count;

  Appends(PartitionLog log) {
    this.log = log;
  }

  void append() {
    append(Bytes.EMPTY);
  }

  /** A record that begins with its number in text and goes on with the filling. */
  void append(Bytes filling) {
    int number = count++;
    byte[] digits = String.format("%08d", number).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    byte[] value = java.util.Arrays.copyOf(digits, digits.length + filling.size());
    System.arraycopy(filling.unsafeArray(), 0, value, digits.length, filling.size());
    log.append(Bytes.wrap(value), new AppendCallback() {
      @Override
      public void appended(long offset) {
        acknowledged.put(number, offset);
      }

      @Override
      public void failed(AppendFailure failure) {
        failed.put(number, failure);
      }
    });
  }

  boolean allAnswered() {
    return acknowledged.size() + failed.size() == count;
  }

  static int number(RawRecord record) {
    return Integer.parseInt(record.value().utf8().substring(0, 8));
  }

  static List<RawRecord> readAll(PartitionLog log) throws Exception {
    List<RawRecord> all = new ArrayList<>();
    long next = 0;
    while (true) {
      LogBatch batch = log.read(next, 1 << 20, 0).get(60, TimeUnit.SECONDS);
      all.addAll(batch.records());
      next = batch.nextOffset();
      if (next >= batch.highWatermark()) {
        return all;
      }
    }
  }

  static Throwable failureOf(CompletableFuture<?> future) {
    return future.handle((value, failure) -> failure == null ? new AssertionError("no failure: " + value) : failure)
        .orTimeout(60, TimeUnit.SECONDS).join();
  }
}
