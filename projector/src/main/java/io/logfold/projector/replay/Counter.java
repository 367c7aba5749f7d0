package io.logfold.projector.replay;

import io.logfold.log.FoldState;
import java.util.concurrent.atomic.AtomicLong;

/** What one partition's replay has done. Written by the partition's threads, read by any. */
public final class Counter {
  final AtomicLong records = new AtomicLong();
  final AtomicLong skipped = new AtomicLong();
  final AtomicLong bytes = new AtomicLong();
  final AtomicLong events = new AtomicLong();
  final AtomicLong rowsSeeded = new AtomicLong();
  final AtomicLong rowsRemoved = new AtomicLong();
  final AtomicLong overtaken = new AtomicLong();
  /** Offsets: where it began, where it has applied to, where it ends; -1: not known yet. */
  volatile long begin = -1;
  volatile long position = -1;
  volatile long end = -1;
  volatile long lsn;

  public long events() {
    return events.get();
  }

  public long records() {
    return records.get();
  }

  public long bytes() {
    return bytes.get();
  }

  public long position() {
    return position;
  }

  void stands(FoldState at) {
    position = at.position();
    lsn = at.lsn();
    if (begin < 0) {
      begin = Math.max(0, at.position());
    }
  }

  ReplayProgress.Partition progress(int partition) {
    return new ReplayProgress.Partition(partition, Math.max(0, begin), Math.max(0, position), end, lsn, events.get(),
        records.get(), rowsSeeded.get());
  }
}
