package io.logfold.log.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.AppendCallback;
import io.logfold.log.PartitionLog.AppendFailure;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.RawRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link PartitionLog} keeps, P1 to P5, as far as it can be seen without faults. An implementation's test
 * extends this class and says how a log is opened. Logs that are AutoCloseable are closed after each test, in reverse
 * order.
 */
public abstract class PartitionLogContract {
  private static final long PATIENCE_S = 60;
  private final List<PartitionLog> opened = new ArrayList<>();

  /**
   * Opens a log: an empty one for a name that is new, otherwise a further handle on the same log, such as another
   * process would have. Names are unique within one test only.
   */
  protected abstract PartitionLog open(String name) throws Exception;

  /** The largest record that must be taken. */
  protected int largestRecordBytes() {
    return 3 * 1024 * 1024 + 64 * 1024;
  }

  @AfterEach
  void closeLogs() throws Exception {
    for (PartitionLog log : opened.reversed()) {
      if (log instanceof AutoCloseable closeable) {
        closeable.close();
      }
    }
  }

  @Test
  void anEmptyLogReadsAsAnEmptyBatch() throws Exception {
    LogBatch batch = get(log("a").read(0, 1024, 0));
    assertThat(batch).isEqualTo(new LogBatch(List.of(), 0, 0));
  }

  @Test
  void theFirstRecordLiesAtOffsetZero() throws Exception {
    assertThat(get(append(log("a"), Bytes.utf8("x")))).isZero();
  }

  @Test
  void recordsLieInTheOrderOfTheirAppendsAtTheOffsetsAcknowledged() throws Exception {
    PartitionLog log = log("a");
    List<Bytes> values = values("r", 1000);
    List<CompletableFuture<Long>> acks = values.stream().map(value -> append(log, value)).toList();
    List<RawRecord> expected = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      expected.add(new RawRecord(get(acks.get(i)), values.get(i)));
    }
    assertThat(readAll(log, 0, 1 << 20)).isEqualTo(expected);
    assertThat(expected).extracting(RawRecord::offset).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void acknowledgementsComeInTheOrderOfTheAppendsAndOnceEach() throws Exception {
    PartitionLog log = log("a");
    List<Integer> order = java.util.Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<?>[] done = new CompletableFuture<?>[500];
    for (int i = 0; i < done.length; i++) {
      int number = i;
      done[i] = append(log, Bytes.utf8("r" + i), () -> order.add(number));
    }
    get(CompletableFuture.allOf(done));
    assertThat(order).containsExactlyElementsOf(IntStream.range(0, done.length).boxed().toList());
  }

  @Test
  void anAcknowledgedRecordIsInTheNextReadThatDoesNotWait() throws Exception {
    PartitionLog writer = log("a");
    PartitionLog reader = log("a");
    for (int i = 0; i < 50; i++) {
      Bytes value = Bytes.utf8("r" + i);
      long offset = get(append(writer, value));
      assertThat(get(reader.read(offset, 1024, 0)).records()).containsExactly(new RawRecord(offset, value));
    }
  }

  @Test
  void batchesOfAnySizeGiveEachRecordOnceAndInOrder() throws Exception {
    PartitionLog log = log("a");
    Random random = new Random(7);
    List<Bytes> values = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] value = new byte[random.nextInt(500)];
      random.nextBytes(value);
      values.add(Bytes.wrap(value));
    }
    appendAll(log, values);
    for (int maxBytes : new int[] {1, 100, 499, 5_000, 10_000_000}) {
      assertThat(readAll(log, 0, maxBytes)).extracting(RawRecord::value).isEqualTo(values);
    }
  }

  @Test
  void aReadMayBeginAtAnyRecord() throws Exception {
    PartitionLog log = log("a");
    appendAll(log, values("r", 30));
    List<RawRecord> all = readAll(log, 0, 1 << 20);
    for (int i = 0; i < all.size(); i++) {
      assertThat(readAll(log, all.get(i).offset(), 1 << 20)).isEqualTo(all.subList(i, all.size()));
    }
  }

  @Test
  void bytesComeBackAsTheyWere() throws Exception {
    PartitionLog log = log("a");
    byte[] every = new byte[256];
    for (int i = 0; i < every.length; i++) {
      every[i] = (byte) i;
    }
    List<Bytes> values = List.of(Bytes.EMPTY, Bytes.wrap(every), Bytes.wrap(new byte[] {0}), Bytes.EMPTY);
    appendAll(log, values);
    assertThat(readAll(log, 0, 1 << 20)).extracting(RawRecord::value).isEqualTo(values);
  }

  @Test
  void aRecordAboveMaxBytesIsGivenAlone() throws Exception {
    PartitionLog log = log("a");
    byte[] large = new byte[largestRecordBytes()];
    new Random(3).nextBytes(large);
    List<Bytes> values = List.of(Bytes.utf8("before"), Bytes.wrap(large), Bytes.utf8("behind"));
    appendAll(log, values);
    assertThat(readAll(log, 0, 100)).extracting(RawRecord::value).isEqualTo(values);
  }

  @Test
  void aReadAtTheEndWaitsForTheNextRecord() throws Exception {
    PartitionLog writer = log("a");
    PartitionLog reader = log("a");
    long end = get(append(writer, Bytes.utf8("first"))) + 1;
    CompletableFuture<LogBatch> waiting = reader.read(end, 1024, TimeUnit.SECONDS.toMillis(PATIENCE_S));
    long offset = get(append(writer, Bytes.utf8("second")));
    assertThat(get(waiting).records()).containsExactly(new RawRecord(offset, Bytes.utf8("second")));
  }

  @Test
  void aReadThatWaitedInVainIsEmpty() throws Exception {
    PartitionLog log = log("a");
    long end = get(append(log, Bytes.utf8("only"))) + 1;
    LogBatch batch = get(log.read(end, 1024, 20));
    assertThat(batch.records()).isEmpty();
    assertThat(batch.nextOffset()).isEqualTo(end);
  }

  @Test
  void anOffsetFarAboveTheEndIsGone() throws Exception {
    PartitionLog log = log("a");
    get(append(log, Bytes.utf8("only")));
    assertThatThrownBy(() -> get(log.read(1_000, 1024, 0)))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(PartitionLog.OffsetGoneException.class);
  }

  @Test
  void twoAppendersShareOneOrderInWhichEachKeepsItsOwn() throws Exception {
    PartitionLog one = log("a");
    PartitionLog two = log("a");
    List<Bytes> ofOne = values("one-", 300);
    List<Bytes> ofTwo = values("two-", 300);
    CompletableFuture<Void> other = CompletableFuture.runAsync(() -> appendAllUnchecked(two, ofTwo));
    appendAll(one, ofOne);
    get(other);
    List<RawRecord> seen = readAll(one, 0, 1 << 20);
    assertThat(seen).hasSize(600);
    assertThat(readAll(two, 0, 1 << 20)).isEqualTo(seen);
    List<Bytes> order = seen.stream().map(RawRecord::value).toList();
    assertThat(order.stream().filter(value -> value.startsWith(Bytes.utf8("one")))).isEqualTo(ofOne);
    assertThat(order.stream().filter(value -> value.startsWith(Bytes.utf8("two")))).isEqualTo(ofTwo);
  }

  @Test
  void whileOneAppendsEveryReadExtendsTheOneBefore() throws Exception {
    PartitionLog writer = log("a");
    PartitionLog reader = log("a");
    List<Bytes> values = values("r", 500);
    CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> appendAllUnchecked(writer, values));
    List<RawRecord> seen = new ArrayList<>();
    long next = 0;
    long highWatermark = 0;
    while (seen.size() < values.size()) {
      LogBatch batch = get(reader.read(next, 2_000, 1_000));
      assertThat(batch.nextOffset()).isGreaterThanOrEqualTo(next);
      assertThat(batch.highWatermark()).isGreaterThanOrEqualTo(Math.max(highWatermark, batch.nextOffset()));
      highWatermark = batch.highWatermark();
      next = batch.nextOffset();
      seen.addAll(batch.records());
    }
    get(writing);
    assertThat(seen).extracting(RawRecord::value).isEqualTo(values);
    assertThat(readAll(reader, 0, 1 << 20)).isEqualTo(seen);
  }

  @Test
  void logsOfOtherNamesHoldNothingOfThisOne() throws Exception {
    get(append(log("a"), Bytes.utf8("x")));
    assertThat(readAll(log("b"), 0, 1024)).isEmpty();
  }

  private PartitionLog log(String name) throws Exception {
    PartitionLog log = open(name);
    opened.add(log);
    return log;
  }

  private static List<Bytes> values(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> Bytes.utf8(prefix + i)).toList();
  }

  private static void appendAll(PartitionLog log, List<Bytes> values) throws Exception {
    List<CompletableFuture<Long>> acks = values.stream().map(value -> append(log, value)).toList();
    for (CompletableFuture<Long> ack : acks) {
      get(ack);
    }
  }

  private static void appendAllUnchecked(PartitionLog log, List<Bytes> values) {
    CompletableFuture.allOf(values.stream().map(value -> append(log, value)).toArray(CompletableFuture<?>[]::new))
        .orTimeout(PATIENCE_S, TimeUnit.SECONDS)
        .join();
  }

  /** All records from an offset up to the high watermark of the first batch, at least. */
  private static List<RawRecord> readAll(PartitionLog log, long fromOffset, int maxBytes) throws Exception {
    List<RawRecord> all = new ArrayList<>();
    long next = fromOffset;
    while (true) {
      LogBatch batch = get(log.read(next, maxBytes, 0));
      all.addAll(batch.records());
      assertThat(batch.nextOffset()).isGreaterThanOrEqualTo(next);
      if (batch.nextOffset() >= batch.highWatermark()) {
        return all;
      }
      assertThat(batch.nextOffset()).as("progress of a read from %s", next).isGreaterThan(next);
      next = batch.nextOffset();
    }
  }

  private static CompletableFuture<Long> append(PartitionLog log, Bytes value) {
    return append(log, value, () -> {});
  }

  /** Completes with the offset; fails also where the callback is called twice. */
  private static CompletableFuture<Long> append(PartitionLog log, Bytes value, Runnable onAcknowledged) {
    CompletableFuture<Long> ack = new CompletableFuture<>();
    log.append(value, new AppendCallback() {
      @Override
      public void appended(long offset) {
        onAcknowledged.run();
        if (!ack.complete(offset)) {
          ack.obtrudeException(new AssertionError("acknowledged twice: " + value));
        }
      }

      @Override
      public void failed(AppendFailure failure) {
        ack.obtrudeException(failure.cause());
      }
    });
    return ack;
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(PATIENCE_S, TimeUnit.SECONDS);
  }
}
