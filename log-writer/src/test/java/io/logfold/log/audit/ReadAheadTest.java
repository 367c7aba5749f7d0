package io.logfold.log.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReadAheadTest {
  private final AtomicLong given = new AtomicLong();
  private final StoreException broken = new StoreException(ErrorCode.UNAVAILABLE, "gone");

  /** Gives a record for each offset below failAt, and fails there. */
  private class Numbers implements LogScan {
    private final long failAt;
    private final int size;

    Numbers(long failAt, int size) {
      this.failAt = failAt;
      this.size = size;
    }

    @Override
    public void read(int partition, long fromOffset, long toOffset, Receiver receiver) {
      for (long offset = fromOffset; offset < toOffset; offset++) {
        if (offset == failAt) {
          throw broken;
        }
        given.incrementAndGet();
        if (!receiver.record(offset, Bytes.wrap(new byte[size]))) {
          return;
        }
      }
    }

    @Override
    public Map<Integer, Long> ends(Collection<Integer> partitions) {
      return Map.of();
    }

    @Override
    public void cancel() {}

    @Override
    public void close() {}
  }

  private static List<Long> readAll(LogScan scan, long to, List<Long> seen) {
    new ReadAhead(scan).read(0, 3, to, each -> seen.add(each.offset()));
    return seen;
  }

  @Test
  void allRecordsComeInOrderAndAFailureBehindThoseBeforeIt() {
    assertThat(readAll(new Numbers(-1, 10), 12_345, new ArrayList<>()))
        .isEqualTo(LongStream.range(3, 12_345).boxed().toList());
    assertThat(readAll(new Numbers(-1, 10), 3, new ArrayList<>())).isEmpty();
    List<Long> seen = new ArrayList<>();
    assertThatThrownBy(() -> readAll(new Numbers(5_432, 10), 12_345, seen)).isSameAs(broken);
    assertThat(seen).isEqualTo(LongStream.range(3, 5_432).boxed().toList());
  }

  @Test
  void aFaultOfTheReadingThreadIsToldAndNotWaitedForForEver() {
    LogScan faulty = new Numbers(-1, 10) {
      @Override
      public void read(int partition, long fromOffset, long toOffset, Receiver receiver) {
        super.read(partition, fromOffset, toOffset, receiver);
        throw new StackOverflowError("of a test");
      }
    };
    List<Long> seen = new ArrayList<>();
    assertThatThrownBy(() -> readAll(faulty, 2_000, seen)).isInstanceOfSatisfying(StoreException.class,
        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL));
    assertThat(seen).isEqualTo(LongStream.range(3, 2_000).boxed().toList());
  }

  @Test
  void readingGoesOnWhileTheReceiverWorksButNotWithoutEnd() {
    List<Thread> receivers = new ArrayList<>();
    new ReadAhead(new Numbers(-1, 100 << 10)).read(0, 0, 1_000_000, each -> {
      long offset = each.offset();
      receivers.add(Thread.currentThread());
      long before = given.get();
      assertThat(before).as("read ahead of %s", offset).isLessThan(offset + 150);
      if (offset == 0) { // the next ones come without this one's return
        Awaitility.await().until(() -> given.get() > 50);
      }
      return offset < 300;
    });
    assertThat(receivers).hasSize(301).containsOnly(Thread.currentThread());
    long atReturn = given.get();
    assertThat(atReturn).as("the reading has ended").isLessThan(600);
  }
}
