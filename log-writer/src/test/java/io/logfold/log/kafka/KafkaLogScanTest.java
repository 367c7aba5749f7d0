package io.logfold.log.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.PartitionLog.OffsetGoneException;
import io.logfold.log.testing.SharedBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KafkaLogScanTest {
  private final String topic = SharedBroker.freshTopic("scanned");
  private final KafkaLogScan scan = KafkaLogScan.open(config(topic));

  private static KafkaLogsConfig config(String topic) {
    return KafkaLogsConfig.defaults(SharedBroker.bootstrapServers(), topic, "test").withReadBoundMs(1_500);
  }

  @BeforeEach
  void makeTopic() throws Exception {
    try (Admin admin = admin()) {
      admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
    }
  }

  @AfterEach
  void close() {
    scan.close();
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()));
  }

  private void write(int partition, int from, int count, int bytes) {
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", SharedBroker.bootstrapServers(),
            "max.in.flight.requests.per.connection", 1), new ByteArraySerializer(),
        new ByteArraySerializer())) {
      for (int i = from; i < from + count; i++) {
        byte[] value = new byte[bytes];
        value[0] = (byte) i;
        producer.send(new ProducerRecord<>(topic, partition, null, value));
      }
    }
  }

  private List<Long> read(int partition, long from, long to) {
    List<Long> offsets = new ArrayList<>();
    scan.read(partition, from, to, (offset, raw) -> {
      assertThat(raw.at(0)).isEqualTo((byte) offset);
      return offsets.add(offset);
    });
    return offsets;
  }

  private static List<Long> offsets(long from, long to) {
    return java.util.stream.LongStream.range(from, to).boxed().toList();
  }

  @Test
  void aStretchIsGivenWholeHoweverManyFetchesItTakes() {
    write(0, 0, 300, 100_000);
    write(1, 0, 50, 10);
    assertThat(scan.ends(List.of(0, 1))).isEqualTo(Map.of(0, 300L, 1, 50L));
    assertThat(scan.partitions()).isEqualTo(OptionalInt.of(2));
    assertThat(read(0, 0, 300)).isEqualTo(offsets(0, 300));
    assertThat(read(1, 13, 31)).isEqualTo(offsets(13, 31));
    assertThat(read(0, 299, 300)).isEqualTo(offsets(299, 300));
    assertThat(read(1, 50, 50)).isEmpty();
  }

  @Test
  void theReceiverEndsIt() {
    write(0, 0, 20, 10);
    List<Long> offsets = new ArrayList<>();
    scan.read(0, 0, 20, (offset, raw) -> offsets.add(offset) && offset < 7);
    assertThat(offsets).isEqualTo(offsets(0, 8));
    assertThat(read(0, 5, 9)).isEqualTo(offsets(5, 9));
  }

  @Test
  void whatIsNotYetThereIsWaitedFor() {
    write(0, 0, 10, 10);
    CompletableFuture<List<Long>> reading = CompletableFuture.supplyAsync(() -> read(0, 5, 15));
    write(0, 10, 10, 10);
    assertThat(reading.join()).isEqualTo(offsets(5, 15));
  }

  @Test
  void aSilenceIsAnError() {
    write(0, 0, 10, 10);
    assertThatThrownBy(() -> read(0, 5, 11)).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(e).hasMessageContaining("gave nothing");
    });
  }

  @Test
  void anOffsetThatTheLogDoesNotHoldIsAnErrorAndNoJump() throws Exception {
    write(0, 0, 20, 10);
    assertThatThrownBy(() -> read(0, 25, 30)).isInstanceOf(OffsetGoneException.class)
        .hasMessageContaining("was truncated or replaced");
    try (Admin admin = admin()) {
      admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(10))).all().get();
    }
    assertThatThrownBy(() -> read(0, 9, 20)).isInstanceOf(OffsetGoneException.class);
    assertThat(read(0, 10, 20)).isEqualTo(offsets(10, 20));
  }

  @Test
  void cancelledItReturnsSoonAndForGood() {
    write(0, 0, 10, 10);
    CountDownLatch reading = new CountDownLatch(1);
    CompletableFuture<Void> read = CompletableFuture.runAsync(() -> scan.read(0, 0, 1_000, (offset, raw) -> {
      reading.countDown();
      return true;
    }));
    await().until(() -> reading.getCount() == 0);
    scan.cancel();
    await().until(read::isDone);
    assertThat(read).isCompleted();
    assertThat(read(0, 0, 10)).isEmpty();
  }

  @Test
  void aTopicThatIsNotThereIsSaidAndNotMade() throws Exception {
    String missing = SharedBroker.freshTopic("missing");
    try (KafkaLogScan other = KafkaLogScan.open(config(missing)); Admin admin = admin()) {
      assertThat(other.partitions()).isEmpty();
      unavailable(() -> other.ends(List.of(0)), missing);
      unavailable(() -> other.read(0, 0, 1, (offset, raw) -> true), missing);
      assertThat(admin.listTopics().names().get()).doesNotContain(missing);
    }
  }

  @Test
  void aBrokerThatIsNotThereIsSaid() {
    KafkaLogsConfig nowhere = KafkaLogsConfig.defaults("127.0.0.1:1", topic, "test").withReadBoundMs(300);
    try (KafkaLogScan other = KafkaLogScan.open(nowhere)) {
      unavailable(() -> other.ends(List.of(0)), "127.0.0.1:1");
      unavailable(() -> other.read(0, 0, 1, (offset, raw) -> true), "127.0.0.1:1");
      unavailable(other::partitions, "127.0.0.1:1");
    }
  }

  @Test
  void aRecordWithoutAValueIsGivenAsAnEmptyOne() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", SharedBroker.bootstrapServers(),
            "max.in.flight.requests.per.connection", 1), new ByteArraySerializer(),
        new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, 0, new byte[1], null)).get();
    }
    List<Bytes> given = new ArrayList<>();
    scan.read(0, 0, 1, (offset, raw) -> given.add(raw));
    assertThat(given).containsExactly(Bytes.EMPTY);
  }

  private static void unavailable(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String words) {
    assertThatThrownBy(call).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
      assertThat(e).hasMessageContaining(words);
    });
  }
}
