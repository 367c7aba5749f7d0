package io.logfold.projector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.log.FoldState;
import io.logfold.log.LogFold;
import io.logfold.log.LogRecord;
import io.logfold.log.LogScan;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.Verdict;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.SharedBroker;
import io.logfold.projector.ProjectorStatus.State;
import io.logfold.projector.history.HistoryRows;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The history as a second table of the projector: each table for itself, whatever happens to the other. */
class HistoryProjectionTest {
  private static final String STORE = "s";
  private static final AtomicInteger APPLICATIONS = new AtomicInteger();

  @TempDir private Path folder;
  private long nowMs;

  private static Map<RowId, Table.Row> expected(List<RawRecord> records) {
    LogFold fold = new LogFold(FoldState.empty(STORE, 0), false);
    Map<RowId, Table.Row> rows = new TreeMap<>();
    for (RawRecord record : records) {
      if (fold.apply(record.offset(), record.value()) instanceof Verdict.Valid valid
          && valid.record() instanceof LogRecord.Event event) {
        new HistoryRows().rows(event).forEach(row -> rows.put(new RowId(row.partitionKey(), row.key()),
            new Table.Row(row.key(), row.value().orElseThrow(), row.revision())));
      }
    }
    return rows;
  }

  private static Map<RowId, Table.Row> rows(Table table) {
    Map<RowId, Table.Row> rows = new TreeMap<>();
    Optional<RowId> after = Optional.empty();
    PartitionPage page;
    do {
      page = table.rows(0, after, 1_000);
      page.rows().forEach(row -> rows.put(row.id(), row.row()));
      after = page.rows().isEmpty() ? after : Optional.of(page.rows().getLast().id());
    } while (page.more());
    return rows;
  }

  private PartitionProjection projection(Table into, int[] next) {
    ProjectorConfig config = ProjectorConfig.local("", "topic", STORE, "app", Path.of("none")).withBatches(20, 5, 1 << 20);
    return projection(into, config, new HistoryRows(), next);
  }

  private PartitionProjection projection(Table into, ProjectorConfig config, RowMapping mapping, int[] next) {
    PartitionProjection projection = new PartitionProjection(0, config,
        new PartitionProjection.Target("history", into, mapping), new SharedFold(), new PartitionProjection.Feed() {
          @Override
          public void seek(long offset) {
            next[0] = (int) offset;
          }

          @Override
          public void hold() {}

          @Override
          public void release() {}
        }, () -> nowMs, new Meter(System::nanoTime));
    projection.load();
    return projection;
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory:", "rocksdb:"})
  void killedAtAnyCheckpointTheNextOneMakesTheSameRows(String driver) {
    List<RawRecord> records = Histories.eventful(STORE, 0, 250, 3).records();
    Map<RowId, Table.Row> expected = expected(records);
    assertThat(expected).hasSizeGreaterThan(400);
    for (int k = 0; k < (driver.equals("memory:") ? 35 : 6); k++) {
      try (Table table = Tables.open(driver.equals("memory:") ? driver : driver + folder.resolve("t" + k), STORE, 1)) {
        FaultyTable dying = new FaultyTable(table).failAfter(k, k % 2 == 0);
        int[] next = new int[1];
        PartitionProjection killed = projection(dying, next);
        while (next[0] < records.size() && !dying.gone()) {
          RawRecord record = records.get(next[0]++);
          killed.record(record.offset(), record.value());
        }
        assertThat(dying.gone()).as("the fault of batch %s came", k).isTrue();
        PartitionProjection again = projection(table, next);
        while (next[0] < records.size()) {
          RawRecord record = records.get(next[0]++);
          again.record(record.offset(), record.value());
        }
        again.close();
        assertThat(rows(table)).isEqualTo(expected);
      }
    }
  }

  @Test
  void anEventThatNothingCanBeMadeOfHaltsThisTableBehindTheOneBefore() {
    List<RawRecord> records = Histories.eventful(STORE, 0, 50, 3).records();
    try (Table table = Tables.open("memory:", STORE, 1)) {
      ProjectorConfig config = ProjectorConfig.local("", "topic", STORE, "app", Path.of("none"));
      long[] failed = new long[1];
      RowMapping failing = event -> {
        if (event.lsn() >= 20) {
          failed[0] = event.lsn();
          throw new IllegalStateException("a fault");
        }
        return new HistoryRows().rows(event);
      };
      int[] next = new int[1];
      PartitionProjection projection = projection(table, config, failing, next);
      records.forEach(record -> projection.record(record.offset(), record.value()));
      assertThat(projection.status().state()).isEqualTo(State.HALTED);
      assertThat(projection.status().lastError()).contains("a fault");
      assertThat(table.checkpoint(0).at().lsn()).isEqualTo(failed[0] - 1);
    }
  }

  /** A log and all it takes to project it, over a real broker. */
  private final class Running implements AutoCloseable {
    final String topic = SharedBroker.freshTopic("history");
    final LogBuilder log = Histories.begun(STORE, 0);
    final Table state = Tables.open("rocksdb:" + folder.resolve(topic), STORE, 1);
    final Table history = Tables.open("rocksdb:" + folder.resolve(topic + "-h"), STORE, 1);
    final LogScan.Opener opener =
        KafkaLogScan.opener(KafkaLogsConfig.defaults(SharedBroker.bootstrapServers(), topic, "n"));
    final ProjectorConfig config = ProjectorConfig.local(SharedBroker.bootstrapServers(), topic, STORE,
        "h" + APPLICATIONS.incrementAndGet(), folder.resolve("streams")).withBatches(20, 50, 1 << 20);
    int written;

    Running() throws Exception {
      try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", SharedBroker.bootstrapServers()))) {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
      }
    }

    void write(int events, long seed) throws Exception {
      Histories.addTo(log, events, seed);
      try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(Map.of("bootstrap.servers",
          SharedBroker.bootstrapServers(), "max.in.flight.requests.per.connection", 1), new ByteArraySerializer(), new ByteArraySerializer())) {
        for (; written < log.records().size(); written++) {
          producer.send(new ProducerRecord<>(topic, 0, null, log.records().get(written).value().unsafeArray()));
        }
      }
    }

    Projector start(Table historyTable, long behind) {
      return Projector.start(config, state, Optional.of(new HistorySink(historyTable, opener, behind)));
    }

    void awaitTable() {
      Folded folded = Folded.of(STORE, 0, log.records());
      await().atMost(Duration.ofSeconds(60)).until(() -> state.checkpoint(0).at().equals(folded.state()));
      folded.assertIn(state);
    }

    void awaitHistory() {
      Folded folded = Folded.of(STORE, 0, log.records());
      await().atMost(Duration.ofSeconds(60)).until(() -> history.checkpoint(0).at().equals(folded.state()));
      assertThat(rows(history)).isEqualTo(expected(log.records()));
    }

    @Override
    public void close() {
      state.close();
      history.close();
    }
  }

  @Test
  void bothTablesAreMadeOfTheSameRecords() throws Exception {
    try (Running running = new Running()) {
      running.write(600, 1);
      try (Projector projector = running.start(running.history, 20_000)) {
        running.awaitTable();
        running.awaitHistory();
        running.write(300, 2);
        running.awaitTable();
        running.awaitHistory();
        assertThat(projector.historyStatus().orElseThrow().partition(0).orElseThrow().state()).isEqualTo(State.RUNNING);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {20_000, 100})
  void aStoreThatHadNoHistoryGetsItFromGenesis(long behind) throws Exception {
    try (Running running = new Running()) {
      running.write(900, 3);
      try (Projector without = Projector.start(running.config, running.state)) {
        running.awaitTable();
        assertThat(without.historyStatus()).isEmpty();
      }
      running.write(50, 4);
      try (Projector with = running.start(running.history, behind)) {
        running.awaitTable();
        running.awaitHistory();
        await().until(() -> with.historyStatus().orElseThrow().partition(0).orElseThrow().state() == State.RUNNING);
        running.write(50, 5);
        running.awaitTable();
        running.awaitHistory();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {20_000, 100})
  void aHistoryThatIsAwayDoesNotHoldUpTheTable(long behind) throws Exception {
    try (Running running = new Running()) {
      running.write(300, 6);
      FaultyTable away = new FaultyTable(running.history).failAfter(2, true);
      try (Projector projector = running.start(away, behind)) {
        await().atMost(Duration.ofSeconds(60)).until(away::gone);
        running.write(600, 7);
        running.awaitTable();
        assertThat(projector.historyStatus().orElseThrow().partition(0).orElseThrow().state()).isEqualTo(State.BLOCKED);
        away.heal();
        running.awaitHistory();
        running.awaitTable();
      }
    }
  }

  @Test
  void aTableThatIsAwayDoesNotHoldUpTheHistory() throws Exception {
    try (Running running = new Running()) {
      running.write(300, 8);
      FaultyTable away = new FaultyTable(running.state).failAfter(2, false);
      try (Projector projector = Projector.start(running.config, away,
          Optional.of(new HistorySink(running.history, running.opener)))) {
        await().atMost(Duration.ofSeconds(60)).until(away::gone);
        running.write(300, 9);
        running.awaitHistory();
        assertThat(projector.status().partition(0).orElseThrow().state()).isEqualTo(State.BLOCKED);
        away.heal();
        running.awaitTable();
        running.awaitHistory();
      }
    }
  }
}
