package io.logfold.log.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.LogBatch;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.SharedBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one node's connection does beyond the contract of a single log. */
class KafkaLogsTest {
  private static final int PARTITIONS = 4;
  private final String topic = topic();
  private final KafkaLogs logs =
      KafkaLogs.open(KafkaLogsConfig.defaults(SharedBroker.bootstrapServers(), topic, "node"));

  private static String topic() {
    String fresh = SharedBroker.freshTopic("logs");
    TopicSetup.createIfAbsent(SharedBroker.bootstrapServers(), TopicSpec.development(fresh, PARTITIONS), Map.of(),
        Duration.ofSeconds(30));
    return fresh;
  }

  @AfterEach
  void close() {
    logs.close();
  }

  @Test
  void appendsToAllPartitionsAtOnceComeBackInOrderToReadersThatTailThem() throws Exception {
    int each = 2_000;
    List<Appends> appends = IntStream.range(0, PARTITIONS).mapToObj(p -> new Appends(logs.log(p))).toList();
    List<CompletableFuture<List<RawRecord>>> tails = appends.stream()
        .map(a -> CompletableFuture.supplyAsync(() -> tail(a.log, each), Thread::startVirtualThread)).toList();
    for (int i = 0; i < each; i++) {
      appends.forEach(Appends::append);
    }
    for (int p = 0; p < PARTITIONS; p++) {
      assertThat(tails.get(p).get(60, TimeUnit.SECONDS)).extracting(Appends::number)
          .containsExactlyElementsOf(IntStream.range(0, each).boxed().toList());
      Appends mine = appends.get(p);
      await().until(mine::allAnswered);
      assertThat(mine.acknowledged).hasSize(each);
    }
  }

  private static List<RawRecord> tail(PartitionLog log, int count) {
    List<RawRecord> seen = new ArrayList<>();
    long next = 0;
    while (seen.size() < count) {
      LogBatch batch = log.read(next, 3_000, 10_000).join();
      seen.addAll(batch.records());
      next = batch.nextOffset();
    }
    return seen;
  }

  @Test
  void aReadThatWaitsAtTheTailDoesNotStopOthersOfTheSamePartition() throws Exception {
    Appends appends = new Appends(logs.log(0));
    IntStream.range(0, 100).forEach(i -> appends.append());
    await().until(appends::allAnswered);
    CompletableFuture<LogBatch> atTail = logs.log(0).read(100, 1_000, 60_000);
    assertThat(Appends.readAll(logs.log(0))).hasSize(100);
    assertThat(atTail).isNotDone();
    appends.append();
    assertThat(atTail.get(60, TimeUnit.SECONDS).records()).extracting(RawRecord::offset).containsExactly(100L);
  }

  @Test
  void aPatientReadIsAnsweredByTheNextRecordAndAnImpatientOneGoesOnFromThere() throws Exception {
    Appends appends = new Appends(logs.log(0));
    CompletableFuture<LogBatch> patient = logs.log(0).read(0, 1_000, 60_000);
    assertThat(logs.log(0).read(0, 1_000, 0).get(20, TimeUnit.SECONDS).records()).isEmpty();
    appends.append();
    assertThat(patient.get(20, TimeUnit.SECONDS).records()).extracting(RawRecord::offset).containsExactly(0L);
    CompletableFuture<LogBatch> quick = logs.log(0).read(1, 1_000, 500);
    appends.append();
    assertThat(quick.get(20, TimeUnit.SECONDS).records()).extracting(RawRecord::offset).containsExactly(1L);
    // Back to the patient reader, whose consumer stands before what the other has read meanwhile.
    CompletableFuture<LogBatch> again = logs.log(0).read(2, 1_000, 60_000);
    appends.append();
    assertThat(again.get(20, TimeUnit.SECONDS).records()).extracting(RawRecord::offset).containsExactly(2L);
  }

  @Test
  void anOversizedRecordIsRefusedAndTheOnesBesideItAreNot() throws Exception {
    Appends appends = new Appends(logs.log(1));
    appends.append();
    appends.append(Bytes.wrap(new byte[KafkaLogsConfig.MAX_MESSAGE_BYTES]));
    appends.append();
    await().until(appends::allAnswered);
    assertThat(appends.acknowledged.keySet()).containsExactly(0, 2);
    assertThat(appends.failed.values()).singleElement().satisfies(f -> assertThat(f.neverSent()).isTrue());
    assertThat(Appends.readAll(logs.log(1))).extracting(Appends::number).containsExactly(0, 2);
  }

  @Test
  void anOffsetThatWasRemovedIsGoneAndTheRestIsNot() throws Exception {
    Appends appends = new Appends(logs.log(2));
    IntStream.range(0, 10).forEach(i -> appends.append());
    await().until(appends::allAnswered);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()))) {
      admin.deleteRecords(Map.of(new TopicPartition(topic, 2), RecordsToDelete.beforeOffset(5))).all().get();
    }
    for (long maxWaitMs : new long[] {0, 60_000}) {
      assertThat(Appends.failureOf(logs.log(2).read(4, 1_000, maxWaitMs))).isInstanceOf(OffsetGoneException.class);
      assertThat(Appends.failureOf(logs.log(2).read(11, 1_000, maxWaitMs))).isInstanceOf(OffsetGoneException.class);
      assertThat(logs.log(2).read(5, 1_000, maxWaitMs).get(60, TimeUnit.SECONDS).records()).hasSize(5);
    }
  }

  @Test
  void afterCloseNothingIsTakenAndNothingHangs() {
    CompletableFuture<LogBatch> waiting = logs.log(3).read(0, 1_000, 3_000_000);
    logs.close();
    assertThat(Appends.failureOf(waiting)).isInstanceOf(PartitionLog.LogUnavailableException.class);
    assertThat(Appends.failureOf(logs.log(3).read(0, 1, 0))).isInstanceOf(PartitionLog.LogUnavailableException.class);
    Appends appends = new Appends(logs.log(3));
    appends.append();
    assertThat(appends.failed.values()).singleElement().satisfies(f -> assertThat(f.neverSent()).isTrue());
  }
}
