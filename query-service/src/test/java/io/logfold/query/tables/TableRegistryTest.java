package io.logfold.query.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.GenesisConfig;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.SharedBroker;
import io.logfold.projector.replay.Until;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import io.logfold.projector.verify.Verify;
import io.logfold.projector.verify.VerifyOptions;
import io.logfold.query.tables.TableRegistry.Lent;
import io.logfold.query.tables.TableView.State;
import io.logfold.query.watch.HistoryMoved;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node's tables, over a real broker: added, built, stopped, restarted, removed. */
@Timeout(120)
class TableRegistryTest {
  private static final String STORE = "s";
  private static final int PARTITIONS = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Until END = new Until.EndOfLog();
  private static final Optional<String> NONE = Optional.empty();

  @TempDir Path folder;

  private final String topic = SharedBroker.freshTopic("tables");
  private final LogBuilder[] logs = {begun(0), begun(1)};
  private final int[] written = new int[PARTITIONS];
  private final GatedScans scans =
      new GatedScans(KafkaLogScan.opener(KafkaLogsConfig.defaults(SharedBroker.bootstrapServers(), topic, "n")));
  private @Nullable TableRegistry registry;

  private static LogBuilder begun(int partition) {
    return new LogBuilder(STORE, partition).genesis(GenesisConfig.defaults(PARTITIONS)).claim("a");
  }

  @BeforeEach
  void begin() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()))) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
    }
    put(0, 30);
    put(1, 10);
  }

  @AfterEach
  void end() {
    if (registry != null) {
      registry.close();
    }
  }

  // ---- built, followed, kept

  @Test
  void aSecondTableIsBuiltFollowsTheLogAndIsThereAfterARestart() throws Exception {
    TableRegistry first = open();
    assertThat(first.build(second(), NONE, END, NONE)).isEqualTo("rocksdb");
    awaitState(first, "rocksdb", State.PROJECTING);
    assertThat(first.view("rocksdb").built()).hasValueSatisfying(built -> {
      assertThat(built.complete()).isTrue();
      assertThat(built.events()).isEqualTo(40);
    });
    put(0, 5);
    awaitCaughtUp(first, "rocksdb");
    equalsTheLog(first, "rocksdb");
    assertThat(first.names()).containsExactly("main", "rocksdb");
    assertThat(first.notReady("rocksdb", 0)).isEmpty();
    first.close();

    put(1, 5);
    TableRegistry again = open();
    assertThat(again.names()).containsExactly("main", "rocksdb");
    awaitCaughtUp(again, "rocksdb");
    awaitState(again, "rocksdb", State.PROJECTING);
    assertThat(again.view("rocksdb").built()).as("it was not built again").isEmpty();
    equalsTheLog(again, "rocksdb");
  }

  @Test
  void aBuildingThatIsStoppedStaysStoppedOverARestartAndGoesOnWhenItIsAskedFor() {
    scans.shut();
    TableRegistry first = open();
    first.build(second(), NONE, END, NONE);
    await().atMost(PATIENCE).until(() -> scans.waiting.get() > 0);
    assertThat(first.view("rocksdb").state()).isEqualTo(State.BUILDING);
    assertThat(first.notReady("rocksdb", 0)).contains("it is being built");
    first.stop("rocksdb");
    assertThat(first.view("rocksdb")).satisfies(view -> {
      assertThat(view.state()).isEqualTo(State.STANDING);
      assertThat(view.trouble()).contains("was stopped");
    });
    first.stop("rocksdb");
    first.close();
    scans.release();

    TableRegistry again = open();
    assertThat(again.view("rocksdb").state()).isEqualTo(State.STANDING);
    assertThat(again.notReady("rocksdb", 1)).isPresent();
    assertThat(again.build(second(), NONE, END, NONE)).isEqualTo("rocksdb");
    awaitState(again, "rocksdb", State.PROJECTING);
    awaitCaughtUp(again, "rocksdb");
    equalsTheLog(again, "rocksdb");
  }

  @Test
  void aBuildingThatTheEndOfTheNodeInterruptsGoesOnByItself() {
    scans.shut();
    TableRegistry first = open();
    first.build(second(), NONE, END, NONE);
    await().atMost(PATIENCE).until(() -> scans.waiting.get() > 0);
    first.close();
    assertThatThrownBy(() -> first.table("rocksdb").orElseThrow().checkpoint(0)).isInstanceOf(StoreException.class);
    scans.release();

    TableRegistry again = open();
    awaitState(again, "rocksdb", State.PROJECTING);
    awaitCaughtUp(again, "rocksdb");
    equalsTheLog(again, "rocksdb");
  }

  @Test
  void aTableIsBuiltUpToARevisionAndGoesOnFromThere() {
    TableRegistry tables = open();
    // The log of partition 1 ends before it.
    tables.build(second(), NONE, new Until.AtMost(20), NONE);
    awaitState(tables, "rocksdb", State.STANDING);
    TableView there = tables.view("rocksdb");
    assertThat(there.partitions()).extracting(TableView.Partition::lsn).containsExactly(20L, 10L);
    assertThat(there.built()).hasValueSatisfying(built -> assertThat(built.complete()).isTrue());
    assertThat(there.trouble()).contains("told to stop");

    refused(() -> tables.build(second(), NONE, new Until.Position(Map.of(0, 25L, 7, 1L)), NONE),
        ErrorCode.INVALID_ARGUMENT, "partitions 0 to 1");
    assertThat(tables.view("rocksdb").state()).isEqualTo(State.STANDING);

    tables.build(second(), NONE, new Until.Position(Map.of(1, 99L)), NONE);
    awaitState(tables, "rocksdb", State.FAILED);
    assertThat(tables.view("rocksdb").trouble()).contains("ends at LSN 10").contains("LSN 99");

    tables.build(second(), NONE, END, NONE);
    awaitState(tables, "rocksdb", State.PROJECTING);
    awaitCaughtUp(tables, "rocksdb");
  }

  @Test
  void aBuildingThatFailsSaysWhyAndMayBeRepeated() {
    TableRegistry tables = open();
    scans.fail(new StoreException(ErrorCode.UNAVAILABLE, "the log went away"));
    tables.build(second(), NONE, END, NONE);
    awaitState(tables, "rocksdb", State.FAILED);
    assertThat(tables.view("rocksdb").trouble()).contains("could not be built").contains("the log went away");
    assertThat(tables.notReady("rocksdb", 0)).hasValueSatisfying(why -> assertThat(why).contains("the log went away"));
    tables.build(second(), NONE, END, NONE);
    awaitState(tables, "rocksdb", State.PROJECTING);
  }

  // ---- copied

  @Test
  void aTableMayBeginAsACopyOfAnotherOne() {
    TableRegistry tables = open();
    awaitCaughtUp(tables, "main");
    refused(() -> tables.build(second(), NONE, END, Optional.of("nosuch")), ErrorCode.INVALID_ARGUMENT, "one of main");
    refused(() -> tables.build(second(), NONE, END, Optional.of("postgres://u:hunter2@x")), ErrorCode.INVALID_ARGUMENT, "copy from");
    assertThat(tables.names()).containsExactly("main");
    scans.shut();
    tables.build(second(), NONE, END, Optional.of("main"));
    await().atMost(PATIENCE).until(() -> scans.waiting.get() > 0);
    refused(() -> tables.build(second(), NONE, END, NONE), ErrorCode.INVALID_ARGUMENT, "is being built already");
    refused(() -> tables.build(url("third"), NONE, END, Optional.of("rocksdb-2")), ErrorCode.INVALID_ARGUMENT, "copy from");
    scans.release();
    awaitState(tables, "rocksdb", State.PROJECTING);
    assertThat(tables.view("rocksdb").built()).hasValueSatisfying(built ->
        assertThat(built.partitions()).allSatisfy(partition -> assertThat(partition.rowsSeeded()).isPositive()));
    equalsTheLog(tables, "rocksdb");
    refused(() -> tables.build(second(), NONE, END, Optional.of("main")), ErrorCode.INVALID_ARGUMENT, "follows the log already");
  }

  @Test
  void aTableThatIsReadIsNotRemovedAndItsSourceNeither() {
    TableRegistry tables = open();
    tables.build(second(), NONE, END, NONE);
    awaitCaughtUp(tables, "rocksdb");
    scans.shut();
    tables.build(url("third"), Optional.of("third"), END, Optional.of("rocksdb"));
    await().atMost(PATIENCE).until(() -> scans.waiting.get() > 0);
    refused(() -> tables.remove("rocksdb", List.of("main")), ErrorCode.INVALID_ARGUMENT, "is being read");
    refused(() -> tables.build(url("third"), NONE, END, Optional.of("third")), ErrorCode.INVALID_ARGUMENT, "itself");
    tables.stop("third");
    try (Lent lent = tables.lend("rocksdb")) {
      assertThat(lent.shown()).isEqualTo("rocksdb");
      refused(() -> tables.remove("rocksdb", List.of("main")), ErrorCode.INVALID_ARGUMENT, "is being read");
      lent.close();
      lent.close();
    }
    tables.remove("rocksdb", List.of("main"));
    assertThat(tables.names()).containsExactly("main", "third");
  }

  // ---- removed

  @Test
  void whatServesStaysAndWhatIsRemovedIsForgottenAndMayComeBack() {
    TableRegistry tables = open();
    tables.build(second(), NONE, END, NONE);
    awaitState(tables, "rocksdb", State.PROJECTING);
    refused(() -> tables.remove("rocksdb", List.of("main", "rocksdb")), ErrorCode.INVALID_ARGUMENT, "answers for the store");
    refused(() -> tables.remove("main", List.of("rocksdb")), ErrorCode.INVALID_ARGUMENT, "cannot be removed");
    refused(() -> tables.remove("nosuch", List.of("main")), ErrorCode.INVALID_ARGUMENT, "there are main, rocksdb");
    assertThat(tables.view("rocksdb").state()).isEqualTo(State.PROJECTING);
    Table removed = tables.table("rocksdb").orElseThrow();
    tables.remove("rocksdb", List.of("main"));
    assertThat(tables.names()).containsExactly("main");
    assertThat(tables.table("rocksdb")).isEmpty();
    assertThat(tables.notReady("rocksdb", 0)).hasValueSatisfying(why -> assertThat(why).contains("only main"));
    assertThatThrownBy(() -> removed.checkpoint(0)).isInstanceOf(StoreException.class).hasMessageContaining("closed");
    assertThat(tables.build(second(), Optional.of("back"), END, NONE)).isEqualTo("back");
    awaitState(tables, "back", State.PROJECTING);
    assertThat(tables.view("back").built()).hasValueSatisfying(
        built -> assertThat(built.events()).as("it held everything already").isZero());
  }

  @Test
  void aTableIsRemovedWhileItIsBuilt() {
    scans.shut();
    TableRegistry tables = open();
    tables.build(second(), NONE, END, NONE);
    await().atMost(PATIENCE).until(() -> scans.waiting.get() > 0);
    tables.remove("rocksdb", List.of("main"));
    assertThat(tables.names()).containsExactly("main");
    tables.close();
    assertThat(open().names()).containsExactly("main");
  }

  // ---- names

  @Test
  void aTableHasOneNameAndANameOneTable() throws Exception {
    scans.shut();
    TableRegistry tables = open();
    assertThat(tables.build(second(), NONE, END, NONE)).isEqualTo("rocksdb");
    assertThat(tables.build(url("third"), NONE, END, NONE)).isEqualTo("rocksdb-2");
    refused(() -> tables.build(second(), Optional.of("other"), END, NONE), ErrorCode.INVALID_ARGUMENT, "is called \"rocksdb\"");
    refused(() -> tables.build(url("fourth"), Optional.of("rocksdb-2"), END, NONE), ErrorCode.INVALID_ARGUMENT,
        "choose another one");
    refused(() -> tables.build(url("fourth"), Optional.of("main"), END, NONE), ErrorCode.INVALID_ARGUMENT, "the name \"main\"");
    refused(() -> tables.build(url("main"), NONE, END, NONE), ErrorCode.INVALID_ARGUMENT, "follows the log already");
    for (String bad : new String[] {"", "Upper", "a b", "-a", "../x", "a/b", "a".repeat(200)}) {
      refused(() -> tables.build(url("fourth"), Optional.of(bad), END, NONE), ErrorCode.INVALID_ARGUMENT, "a table's name");
    }
    refused(() -> tables.build("nosuch:x", NONE, END, NONE), ErrorCode.INVALID_ARGUMENT, "begins with one of");
    assertThat(Files.exists(folder.resolve("fourth"))).isFalse();
    assertThat(tables.names()).containsExactly("main", "rocksdb", "rocksdb-2");
    assertThat(Files.readString(folder.resolve("tables.json"))).contains("rocksdb-2").doesNotContain("fourth");
  }

  // ---- away

  @Test
  void aTableThatIsInUseAtTheStartComesLater() {
    TableRegistry first = open();
    first.build(second(), NONE, END, NONE);
    awaitState(first, "rocksdb", State.PROJECTING);
    first.close();
    put(0, 3);
    Table holder = Tables.open(second(), STORE, PARTITIONS);
    TableRegistry again = open();
    try {
      assertThat(again.view("rocksdb").state()).isEqualTo(State.AWAY);
      assertThat(again.view("rocksdb").trouble()).contains("in use");
      Table away = again.table("rocksdb").orElseThrow();
      assertThatThrownBy(() -> away.checkpoint(0)).isInstanceOf(TableException.class).hasMessageContaining("in use");
      assertThat(again.notReady("rocksdb", 0)).hasValueSatisfying(why -> assertThat(why).contains("in use"));
      refused(() -> again.lend("rocksdb"), ErrorCode.UNAVAILABLE, "in use");
      refused(() -> again.build(url("third"), NONE, END, Optional.of("rocksdb")), ErrorCode.UNAVAILABLE, "in use");
      assertThat(again.names()).containsExactly("main", "rocksdb");
      awaitCaughtUp(again, "main");
    } finally {
      holder.close();
    }
    awaitState(again, "rocksdb", State.PROJECTING);
    awaitCaughtUp(again, "rocksdb");
    assertThat(again.notReady("rocksdb", 0)).isEmpty();
  }

  @Test
  void aTableThatCannotBeUsedIsToldOfAndHoldsUpNobody() throws Exception {
    Files.writeString(folder.resolve("second"), "a file where the table's folder should be");
    new TablesFile(folder.resolve("tables.json"))
        .write(List.of(new TableEntry("broken", second(), TableEntry.Wanted.PROJECT)));
    TableRegistry tables = open();
    awaitCaughtUp(tables, "main");
    assertThat(tables.view("broken").state()).isIn(State.FAILED, State.AWAY);
    assertThat(tables.view("broken").trouble()).contains(second().substring("rocksdb:".length()));
    tables.remove("broken", List.of("main"));
    assertThat(tables.names()).containsExactly("main");
  }

  @Test
  void aTableOfAnotherStoreIsRefusedAndNotKept() {
    Tables.open(second(), "other", PARTITIONS).close();
    TableRegistry tables = open();
    assertThatThrownBy(() -> tables.build(second(), NONE, END, NONE)).isInstanceOf(StoreException.class)
        .hasMessageContaining("other");
    assertThat(tables.names()).containsExactly("main");
  }

  @Test
  void aBrokenListIsRefusedInOneLineAndNothingIsWritten() throws Exception {
    Files.writeString(folder.resolve("tables.json"), "{ not JSON");
    refused(this::open, ErrorCode.INVALID_ARGUMENT, folder.resolve("tables.json").toString());
    refused(() -> TableRegistry.check(folder.resolve("tables.json")), ErrorCode.INVALID_ARGUMENT, "restore it");
    assertThat(Files.readString(folder.resolve("tables.json"))).isEqualTo("{ not JSON");
    assertThat(Files.exists(folder.resolve("main"))).isFalse();
  }

  @Test
  void aTableThatIsOpenedForAVerificationMustHoldSomething() {
    TableRegistry tables = open();
    refused(() -> tables.lend(url("slip")), ErrorCode.INVALID_ARGUMENT, "holds nothing");
    refused(() -> tables.lend("slip"), ErrorCode.INVALID_ARGUMENT, "there is no table \"slip\"");
    Tables.open(url("slip"), STORE, PARTITIONS).close(); // it was given back
  }

  @Test
  void whoWaitsForTheHistoryHearsThatItHasMoved() throws Exception {
    assertThat(open().historyMoved()).isEmpty();
    end();
    HistoryMoved history = open(true).historyMoved().orElseThrow();
    await().atMost(PATIENCE).until(() -> history.waitForMore(0, logs[0].lsn() - 1, PATIENCE).join() == logs[0].lsn());
    long before = logs[0].lsn();
    CompletableFuture<Long> more = history.waitForMore(0, before, PATIENCE);
    CompletableFuture<Long> other = history.waitForMore(1, logs[1].lsn(), PATIENCE);
    put(0, 3);
    assertThat(more.join()).isBetween(before + 1, logs[0].lsn());
    assertThat(other).isNotDone();
  }

  // ---- how

  private TableRegistry open() {
    return open(false);
  }

  private TableRegistry open(boolean history) {
    TableRegistry opened = TableRegistry.open(new TableRegistry.Config(STORE, PARTITIONS, "n",
        SharedBroker.bootstrapServers(), topic, folder.resolve("streams"), folder.resolve("tables.json"), scans, Map.of(),
        history), url("main"));
    registry = opened;
    return opened;
  }

  private String url(String name) {
    return "rocksdb:" + folder.resolve(name);
  }

  private String second() {
    return url("second");
  }

  private static void awaitState(TableRegistry tables, String name, State state) {
    await().atMost(PATIENCE)
        .untilAsserted(() -> assertThat(tables.view(name).state()).as(tables.view(name).toString()).isEqualTo(state));
  }

  private void awaitCaughtUp(TableRegistry tables, String name) {
    await().atMost(PATIENCE).untilAsserted(() ->
        assertThat(tables.view(name).partitions()).extracting(TableView.Partition::lsn)
            .containsExactly(logs[0].lsn(), logs[1].lsn()));
  }

  private void equalsTheLog(TableRegistry tables, String name) {
    assertThat(new Verify(VerifyOptions.of(STORE, PARTITIONS, folder), tables.config().log(),
        tables.table(name).orElseThrow()).run().equal()).isTrue();
  }

  private static void refused(ThrowingCallable call, ErrorCode code, String words) {
    assertThatThrownBy(call).isInstanceOfSatisfying(StoreException.class, refused -> {
      assertThat(refused.code()).as(refused.getMessage()).isEqualTo(code);
      assertThat(refused).hasMessageContaining(words);
      assertThat(refused.getMessage()).doesNotContain("\n").doesNotContain("hunter2");
    });
  }

  /** Appends so many events; of every five one deletes. */
  private void put(int partition, int events) {
    for (int i = 0; i < events; i++) {
      String key = "k" + logs[partition].lsn() % 17;
      if (i % 5 == 4) {
        logs[partition].delete(key);
      } else {
        logs[partition].put(key, "v" + logs[partition].lsn());
      }
    }
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", SharedBroker.bootstrapServers()), new ByteArraySerializer(), new ByteArraySerializer())) {
      List<RawRecord> records = logs[partition].records();
      for (RawRecord record : records.subList(written[partition], records.size())) {
        producer.send(new ProducerRecord<>(topic, partition, null, record.value().toArray()));
      }
      written[partition] = records.size();
    }
  }
}
