package io.logfold.log.audit;

import java.util.concurrent.atomic.LongAdder;

/** How far audits are, of all partitions together. Any thread. */
public final class AuditCounter {
  private final LongAdder total = new LongAdder();
  private final LongAdder records = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  void began(long recordsAhead) {
    total.add(recordsAhead);
  }

  void read(long moreRecords, long moreBytes) {
    records.add(moreRecords);
    bytes.add(moreBytes);
  }

  /** Records that the partitions begun so far have; more where strangers leave offsets without records. */
  public long total() {
    return total.sum();
  }

  public long records() {
    return records.sum();
  }

  public long bytes() {
    return bytes.sum();
  }
}
