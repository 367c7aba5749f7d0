package io.logfold.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.log.Checkpoint;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.SharedBroker;
import io.logfold.projector.ProjectorStatus.PartitionStatus;
import io.logfold.projector.ProjectorStatus.State;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The projector as it is, against a real broker. */
class ProjectorTest {
  private static final String STORE = "s";
  private static final AtomicLong APPLICATIONS = new AtomicLong();

  @TempDir private Path folder;
  private final List<AutoCloseable> toClose = new ArrayList<>();
  private final String topic = SharedBroker.freshTopic("projected");
  private final LogBuilder[] logs = {Histories.begun(STORE, 0), Histories.begun(STORE, 1)};
  private final int[] written = new int[2];

  @BeforeEach
  void makeTopic() throws Exception {
    try (Admin admin = admin()) {
      admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
    }
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : toClose.reversed()) {
      each.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "rocksdb:"})
  void theTableBecomesTheFoldOfTheLog(String driver) throws Exception {
    addEvents(4_000);
    write();
    Table table = table(driver);
    Projector projector = start(config(), table);
    awaitFold(table);
    for (int p = 0; p < 2; p++) {
      PartitionStatus status = projector.status().partition(p).orElseThrow();
      Folded expected = expected(p);
      assertThat(status.state()).isEqualTo(State.RUNNING);
      assertThat(status.events()).isEqualTo(expected.events());
      assertThat(status.skipped()).isPositive();
      assertThat(status.position()).isEqualTo(expected.state().position());
    }
    logs[0].put("k1", "later").delete("k2");
    logs[1].renew();
    write();
    awaitFold(table);
  }

  @Test
  void anEmptyTopicIsProjectedOnceItHasRecords() throws Exception {
    Table table = table("memory:");
    Projector projector = start(config(), table);
    await().until(() -> projector.status().partitions().stream()
        .filter(each -> each.state() == State.RUNNING).count() == 2);
    addEvents(20);
    write();
    awaitFold(table);
  }

  /** Each life dies in its next batch, before or after it landed, and knows it; the next has the table alone. */
  @Test
  void killedAgainAndAgainItLosesAndDoublesNothing() throws Exception {
    addEvents(600);
    write();
    Table table = table("rocksdb:");
    ProjectorConfig config = config().withBatches(5, 40, 1 << 20);
    for (int life = 0; life < 10; life++) {
      FaultyTable dying = new FaultyTable(table).failAfter(life % 4, life % 2 == 0);
      try (Projector ignored = Projector.start(config, dying)) {
        await().atMost(Duration.ofSeconds(30)).until(dying::gone);
      }
    }
    start(config, table);
    awaitFold(table);
  }

  @Test
  void aBackendThatWasAwayIsCaughtUpWith() throws Exception {
    addEvents(500);
    write();
    Table table = table("memory:");
    FaultyTable faulty = new FaultyTable(table).failAfter(3, true);
    Projector projector = start(config().withBatches(5, 50, 1 << 20), faulty);
    await().until(() -> projector.status().partitions().stream()
        .anyMatch(each -> each.state() == State.BLOCKED && each.lastError().contains("the backend is away")));
    faulty.heal();
    awaitFold(table);
    await().until(() -> projector.status().partitions().stream().allMatch(each -> each.state() == State.RUNNING));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatTheGroupCommittedDoesNotMatter(boolean ahead) throws Exception {
    addEvents(300);
    write();
    Table table = table("memory:");
    ProjectorConfig config = config().withInstanceId(Optional.empty());
    try (Projector projector = Projector.start(leaving(config), table)) {
      awaitFold(table);
      assertThat(projector.status().lastError()).isEmpty();
    }
    addEvents(300);
    write();
    for (int p = 0; p < 2; p++) {
      commit(config.applicationId(), p, ahead ? logs[p].records().size() : 1);
    }
    FaultyTable counting = new FaultyTable(table);
    Projector projector = start(leaving(config), counting);
    awaitFold(table);
    int events = expected(0).events() + expected(1).events();
    assertThat(projector.status().partitions().stream().mapToLong(PartitionStatus::events).sum()).isLessThan(events);
  }

  @Test
  void corruptionHaltsItsPartitionAlone() throws Exception {
    addEvents(100);
    Folded before = expected(0);
    Histories.corrupt(logs[0]);
    logs[0].put("k1", "behind it");
    write();
    Table table = table("memory:");
    Projector projector = start(config(), table);
    awaitState(projector, 0, State.HALTED, "corrupt");
    addEvents(50);
    write();
    await().untilAsserted(() -> expected(1).assertIn(table));
    before.assertIn(table);
    assertThat(projector.status().partition(1).orElseThrow().state()).isEqualTo(State.RUNNING);
  }

  @Test
  void aTableAheadOfTheLogHaltsAndIsLeftAlone() throws Exception {
    addEvents(50);
    write();
    Table table = table("memory:");
    Histories.addTo(logs[0], 100, 5);
    List<RawRecord> longer = logs[0].records();
    Folded.applyTo(table, STORE, 0, longer);
    Checkpoint ahead = table.checkpoint(0);
    Projector projector = start(config(), table);
    awaitState(projector, 0, State.HALTED, "ahead of it");
    await().untilAsserted(() -> expected(1).assertIn(table));
    assertThat(table.checkpoint(0)).isEqualTo(ahead);
    Folded.of(STORE, 0, longer).assertIn(table);
  }

  @Test
  void aTableOfAnotherLogHaltsAndIsLeftAlone() throws Exception {
    addEvents(50);
    write();
    Table table = table("memory:");
    List<RawRecord> other = Histories.eventful(STORE, 0, 20, 99).records();
    Folded.applyTo(table, STORE, 0, other);
    Projector projector = start(config(), table);
    awaitState(projector, 0, State.HALTED, "another log");
    Folded.of(STORE, 0, other).assertIn(table);
  }

  @Test
  void aLogWhoseBeginningWasRemovedHalts() throws Exception {
    addEvents(50);
    write();
    try (Admin admin = admin()) {
      admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(10))).all().get();
    }
    Table table = table("memory:");
    Projector projector = start(config(), table);
    awaitState(projector, 0, State.HALTED, "does not hold offset 0");
    await().untilAsserted(() -> expected(1).assertIn(table));
    assertThat(table.checkpoint(0)).isEqualTo(Checkpoint.empty(STORE, 0));
  }

  @Test
  void twoProjectorsOfOneTableDoNoHarm() throws Exception {
    addEvents(2_000);
    write();
    Table table = table("rocksdb:");
    start(config().withBatches(5, 23, 1 << 20), table);
    start(config().withBatches(5, 31, 1 << 20), table);
    addEvents(300);
    write();
    awaitFold(table);
  }

  /** As after kill -9: the first never says goodbye, and its name is taken over. */
  @Test
  void aRestartUnderTheSameNameTakesOverAndTheOlderStops() throws Exception {
    addEvents(100);
    write();
    Table table = table("memory:");
    ProjectorConfig config = config();
    Projector abandoned = start(config, table);
    awaitFold(table);
    Projector next = start(config, table);
    await().until(() -> next.status().partitions().size() == 2);
    addEvents(100);
    write();
    awaitFold(table);
    await().until(() -> abandoned.status().lastError().contains("has taken over"));
    assertThat(next.status().lastError()).isEmpty();
  }

  @Test
  void whatWaitsIsAppliedOnClose() throws Exception {
    addEvents(100);
    write();
    Table table = table("memory:");
    Projector projector = start(config().withBatches(3_600_000, 1_000_000, 1 << 30), table);
    await().until(() -> projector.status().partitions().stream().filter(each -> each.lag() == 0).count() == 2);
    projector.close();
    projector.close();
    expected(0).assertIn(table);
    expected(1).assertIn(table);
  }

  @Test
  void twoThreadsShareThePartitions() throws Exception {
    addEvents(500);
    write();
    Table table = table("rocksdb:");
    start(config().withThreads(2), table);
    awaitFold(table);
  }

  private void addEvents(int events) {
    for (int p = 0; p < 2; p++) {
      Histories.addTo(logs[p], events, 31L * p + written[p]);
    }
  }

  /** Puts into the topic what the builders have and it has not; offsets must come out as the builders counted. */
  private void write() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", SharedBroker.bootstrapServers(),
            "max.in.flight.requests.per.connection", 1), new ByteArraySerializer(),
        new ByteArraySerializer())) {
      for (int p = 0; p < 2; p++) {
        List<RawRecord> records = logs[p].records();
        Future<RecordMetadata> last = null;
        for (RawRecord record : records.subList(written[p], records.size())) {
          last = producer.send(new ProducerRecord<>(topic, p, null, record.value().toArray()));
        }
        producer.flush();
        if (last != null) {
          assertThat(last.get().offset()).isEqualTo(logs[p].lastOffset());
        }
        written[p] = records.size();
      }
    }
  }

  private Folded expected(int partition) {
    return Folded.of(STORE, partition, logs[partition].records());
  }

  private void awaitFold(Table table) {
    for (int p = 0; p < 2; p++) {
      Folded expected = expected(p);
      await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20))
          .until(() -> table.checkpoint(expected.state().partition()).at().equals(expected.state()));
      expected.assertIn(table);
    }
  }

  private static void awaitState(Projector projector, int partition, State state, String words) {
    await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
      assertThat(projector.status().partition(partition)).hasValueSatisfying(status -> {
        assertThat(status.state()).isEqualTo(state);
        assertThat(status.lastError()).contains(words);
      });
    });
  }

  private void commit(String group, int partition, long offset) {
    try (Admin admin = admin()) {
      // The broker refuses while it still counts members.
      await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
        admin.alterConsumerGroupOffsets(group,
            Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(offset))).all().get();
        return true;
      });
    }
  }

  private Table table(String driver) {
    String url = driver.equals("rocksdb:") ? driver + folder.resolve("table") : driver;
    Table table = Tables.open(url, STORE, 2);
    toClose.add(table);
    return table;
  }

  private ProjectorConfig config() {
    return ProjectorConfig.local(SharedBroker.bootstrapServers(), topic, STORE,
        "projection-" + APPLICATIONS.incrementAndGet(), folder.resolve("streams"));
  }

  private static ProjectorConfig leaving(ProjectorConfig config) {
    return new ProjectorConfig(config.bootstrapServers(), config.topic(), config.store(), config.applicationId(),
        config.instanceId(), true, config.stateDir(), 1, 20, 100, 1 << 20, 6_000, Map.of());
  }

  private Projector start(ProjectorConfig config, Table table) {
    Projector projector = Projector.start(config, table);
    toClose.add(projector);
    return projector;
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()));
  }
}
