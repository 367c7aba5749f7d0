package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import io.logfold.query.testing.ManualClock;
import io.logfold.query.testing.StepExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LogTailTest {
  private final ManualClock clock = new ManualClock(-1_000_000_000, 0, 0);
  private final StepExecutor leaderThread = new StepExecutor();
  private final ScriptedLog log = new ScriptedLog();
  private final Heard heard = new Heard();
  private final LogTail tail = new LogTail(log, leaderThread, clock, heard);

  /** Reads are answered by the test. */
  private static final class ScriptedLog implements PartitionLog {
    record Read(long from, long maxWaitMs, CompletableFuture<LogBatch> answer) {}

    final Deque<Read> reads = new ArrayDeque<>();

    @Override
    public void append(Bytes record, AppendCallback callback) {
      throw new AssertionError("a tail only reads");
    }

    @Override
    public CompletableFuture<LogBatch> read(long fromOffset, int maxBytes, long maxWaitMs) {
      Read read = new Read(fromOffset, maxWaitMs, new CompletableFuture<>());
      reads.add(read);
      return read.answer();
    }
  }

  private static final class Heard implements LogTail.Listener {
    final List<String> said = new ArrayList<>();
    long position;
    boolean mayRead = true;
    boolean patient = true;

    @Override
    public long position() {
      return position;
    }

    @Override
    public boolean mayRead() {
      return mayRead;
    }

    @Override
    public void record(long offset, Bytes raw) {
      said.add("record " + offset);
      position = offset + 1;
    }

    @Override
    public void atEnd() {
      said.add("end");
    }

    @Override
    public boolean patient() {
      return patient;
    }

    @Override
    public void gapClosed() {
      said.add("gap closed");
    }

    @Override
    public void gone(String why) {
      said.add("gone");
    }
  }

  @Test
  void theEndIsKnownAsSoonAsABatchReachesIt() {
    tail.follow();
    answer(2, 2, 0, 1);
    assertThat(heard.said).containsExactly("record 0", "record 1", "end");
    assertThat(log.reads.getFirst().maxWaitMs()).as("from now on it waits for more").isPositive();
  }

  @Test
  void aQuietPartitionIsAskedForLessAndLessUntilSomethingHappens() {
    tail.follow();
    answer(0, 0);
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      waits.add(log.reads.getFirst().maxWaitMs());
      answer(0, 0);
    }
    assertThat(waits).containsExactly(500L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 16_000L, 16_000L);
    answer(1, 1, 0);
    assertThat(log.reads.getFirst().maxWaitMs()).isEqualTo(500);
    heard.patient = false;
    answer(1, 1);
    answer(1, 1);
    assertThat(log.reads.getFirst().maxWaitMs()).as("somebody waits at the end").isEqualTo(500);
  }

  @Test
  void offsetsThatHoldNoRecordArePassedAndNotReadAgain() {
    tail.follow();
    answer(5, 9); // nothing up to offset 5
    assertThat(log.reads.getFirst().from()).isEqualTo(5);
    answer(9, 9, 7);
    assertThat(heard.said).containsExactly("record 7", "end");
    assertThat(log.reads.getFirst().from()).isEqualTo(9);
  }

  @Test
  void aReadFromBeforeAGapSaysNothingOfTheEndAsItIsNow() {
    tail.follow();
    answer(0, 0);
    ScriptedLog.Read old = log.reads.remove();
    tail.stop();
    tail.closeGap(-1);
    old.answer().complete(new PartitionLog.LogBatch(List.of(), 0, 0));
    runAll();
    assertThat(heard.said).containsExactly("end");
    answer(1, 1, 0);
    assertThat(heard.said).containsExactly("end", "record 0", "gap closed");
  }

  @Test
  void aGapIsReadToItsEndAndThenNothingMore() {
    tail.closeGap(2);
    answer(2, 2, 0, 1);
    assertThat(heard.said).doesNotContain("gap closed");
    assertThat(log.reads.getFirst().maxWaitMs()).as("no spinning where the broker does not show it yet").isPositive();
    answer(3, 3, 2);
    assertThat(heard.said).endsWith("gap closed");
    assertThat(log.reads).isEmpty();
  }

  @Test
  void aReadThatFailedIsRepeatedAfterAPause() {
    tail.follow();
    log.reads.remove().answer().completeExceptionally(
        new PartitionLog.LogUnavailableException("down", new RuntimeException("ordered")));
    runAll();
    tail.tick(clock.monotonicNanos());
    assertThat(log.reads).isEmpty();
    tail.tick(clock.monotonicNanos() + tail.nextWakeupNanos(clock.monotonicNanos()));
    assertThat(log.reads).hasSize(1);
  }

  @Test
  void whileNothingMayBeKeptNothingIsReadAndTheTailDoesNotSpin() {
    heard.mayRead = false;
    tail.follow();
    assertThat(log.reads).isEmpty();
    assertThat(tail.nextWakeupNanos(clock.monotonicNanos())).isBetween(10_000_000L, 1_000_000_000L);
    heard.mayRead = true;
    tail.tick(clock.monotonicNanos());
    assertThat(log.reads).hasSize(1);
  }

  @Test
  void anOffsetThatIsGoneIsToldOnce() {
    tail.follow();
    log.reads.remove().answer().completeExceptionally(new PartitionLog.OffsetGoneException("truncated"));
    runAll();
    tail.tick(clock.monotonicNanos());
    assertThat(heard.said).containsExactly("gone");
    assertThat(log.reads).isEmpty();
  }

  private void answer(long nextOffset, long highWatermark, long... offsets) {
    List<PartitionLog.RawRecord> records = new ArrayList<>();
    for (long offset : offsets) {
      records.add(new PartitionLog.RawRecord(offset, Bytes.utf8("r")));
    }
    log.reads.remove().answer().complete(new PartitionLog.LogBatch(records, nextOffset, highWatermark));
    runAll();
  }

  private void runAll() {
    for (int i = 0; i < 1_000 && leaderThread.runOne(); i++) {
      assertThat(i).isLessThan(999);
    }
  }
}
