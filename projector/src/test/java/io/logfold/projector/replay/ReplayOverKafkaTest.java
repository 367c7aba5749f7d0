package io.logfold.projector.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.SharedBroker;
import io.logfold.projector.Folded;
import io.logfold.projector.Histories;
import io.logfold.projector.Projector;
import io.logfold.projector.ProjectorConfig;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.projector.verify.Verify;
import io.logfold.projector.verify.VerifyOptions;
import io.logfold.projector.verify.VerifyResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replay and verify against a real broker, beside a live projector. */
class ReplayOverKafkaTest {
  private static final String STORE = "s";

  @TempDir private Path folder;
  private final String topic = SharedBroker.freshTopic("replayed");
  private final LogScan.Opener log = KafkaLogScan.opener(
      KafkaLogsConfig.defaults(SharedBroker.bootstrapServers(), topic, "test").withReadBoundMs(5_000));
  private final LogBuilder[] histories = {
      Histories.eventful(STORE, 0, 2_000, 41), Histories.eventful(STORE, 1, 1_500, 42)};
  private final List<Table> opened = new ArrayList<>();

  @BeforeEach
  void makeTopic() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()))) {
      admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
    }
  }

  @AfterEach
  void close() {
    opened.forEach(Table::close);
  }

  private Table table(String url) {
    Table table = Tables.open(url, STORE, 2);
    opened.add(table);
    return table;
  }

  /** Parts of both logs: from the one to the other hundredth. */
  private void write(int fromPercent, int toPercent) {
    // One request at a time: on a topic that was just made a broker may refuse a producer's first batch and take its second,
    // and then the first, tried again, is out of order for ever.
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", SharedBroker.bootstrapServers(), "max.in.flight.requests.per.connection", 1), new ByteArraySerializer(),
        new ByteArraySerializer())) {
      for (int p = 0; p < 2; p++) {
        List<RawRecord> all = histories[p].records();
        for (RawRecord record
            : all.subList(all.size() * fromPercent / 100, all.size() * toPercent / 100)) {
          producer.send(new ProducerRecord<>(topic, p, null, record.value().toArray()));
        }
      }
    }
  }

  private ReplayResult replay(ReplayOptions options, Table table) {
    return new Replay(options, log, table).run();
  }

  private static ReplayOptions options() {
    return ReplayOptions.of(STORE, 2);
  }

  private void assertFolded(Table table) {
    for (int p = 0; p < 2; p++) {
      Folded.of(STORE, p, histories[p].records()).assertIn(table);
    }
  }

  @Test
  void aTableIsBuiltSeededAndVerified() {
    write(0, 60);
    Table first = table("rocksdb:" + folder.resolve("first"));
    assertThat(replay(options(), first).complete()).isTrue();
    write(60, 100);
    Table second = table("memory:");
    ReplayResult seeded = replay(options().seedFrom(first), second);
    assertThat(seeded.partitions()).allMatch(each -> each.rowsSeeded() > 0);
    assertFolded(second);
    replay(options(), first);
    assertFolded(first);
    VerifyResult result = new Verify(VerifyOptions.of(STORE, 2, folder), log, first).run();
    assertThat(result.equal()).isTrue();
    assertThat(result.events()).isPositive();
  }

  @Test
  void besideALiveProjectorOfTheSameTableAndUnderWrites() {
    write(0, 30);
    Table table = table("memory:");
    ProjectorConfig config = ProjectorConfig.local(SharedBroker.bootstrapServers(), topic, STORE,
        topic + "-projection", folder.resolve("streams")).withBatches(5, 40, 1 << 20);
    try (Projector ignored = Projector.start(config, table)) {
      CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
        for (int percent = 30; percent < 100; percent++) {
          write(percent, percent + 1);
        }
      });
      int replays = 0;
      while (!writing.isDone()) {
        assertThat(replay(options().batch(new BatchSize(30, 1 << 20)), table).complete()).isTrue();
        VerifyResult result = new Verify(VerifyOptions.of(STORE, 2, folder), log, table).run();
        assertThat(result.firstDifferences()).isEmpty();
        assertThat(result.equal()).isTrue();
        replays++;
      }
      writing.join();
      assertThat(replays).isPositive();
      await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertFolded(table));
    }
  }

  @Test
  void aTopicThatWasReplacedByAShorterOneIsRefused() {
    write(0, 50);
    Table table = table("memory:");
    for (int p = 0; p < 2; p++) {
      Folded.applyTo(table, STORE, p, histories[p].records());
    }
    assertThatThrownBy(() -> replay(options(), table)).isInstanceOfSatisfying(StoreException.class, e -> {
      assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
      assertThat(e).hasMessageContaining("the log was truncated or is another one");
    });
    assertFolded(table);
  }
}
