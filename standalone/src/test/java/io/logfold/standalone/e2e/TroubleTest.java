package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.GenesisConfig;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.PartitionHash;
import io.logfold.log.RecordCodec;
import io.logfold.log.RecordHeader;
import io.logfold.log.embedded.EmbeddedBroker;
import io.logfold.log.kafka.KafkaLogs;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.Incumbent;
import io.logfold.query.LeaderClock;
import io.logfold.query.NodeTables;
import io.logfold.query.LeaderConfig;
import io.logfold.query.StoreNode;
import io.logfold.query.WriteGate;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/** A running node whose broker goes away, or on whose topic somebody else writes. */
@Timeout(180)
class TroubleTest {
  private static final int PARTITIONS = 2;
  private static final String STORE = "trouble";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Bytes KEY = Bytes.utf8("key");

  @TempDir Path folder;

  private @Nullable EmbeddedBroker broker;
  private @Nullable KafkaLogs logs;
  private @Nullable Table table;
  private @Nullable StoreNode node;

  @BeforeEach
  void start() throws Exception {
    EmbeddedBroker started = EmbeddedBroker.builder(folder).start();
    broker = started;
    TopicSetup.createIfAbsent(
        started.bootstrapServers(), TopicSpec.development(STORE, PARTITIONS), Map.of(), PATIENCE);
    KafkaLogs opened = KafkaLogs.open(KafkaLogsConfig.defaults(started.bootstrapServers(), STORE, "node-1")
        .withDeliveryTimeoutMs(2_000).withReadBoundMs(1_000));
    logs = opened;
    Table memory = Tables.open("memory:", STORE, PARTITIONS);
    table = memory;
    StoreNode.Config config = new StoreNode.Config(STORE, GenesisConfig.defaults(PARTITIONS),
        LeaderConfig.defaults("node-1", "http://127.0.0.1:7"), 2, 2);
    StoreNode made =
        StoreNode.start(config, opened::log, NodeTables.only(memory, "memory:"), Incumbent.NONE, LeaderClock.SYSTEM, new SecureRandom(),
            WriteGate.OPEN);
    node = made;
    made.awaitReady(PATIENCE.toMillis());
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable part : new @Nullable AutoCloseable[] {node, logs, table, broker}) {
      if (part != null) {
        part.close();
      }
    }
  }

  @Test
  void whileTheBrokerIsGoneNothingWrongIsSaidAndWhenItComesBackTheNodeGoesOnByItself() throws Exception {
    BlockingStore store = store(5_000);
    Bytes partitionKey = keyOf(0);
    long first = store.set(partitionKey, KEY, Bytes.utf8("first"));
    EmbeddedBroker gone = java.util.Objects.requireNonNull(broker);
    CompletableFuture<Void> stopped = CompletableFuture.runAsync(gone::close);
    // Reads go on under the lease, tell the truth, and end as UNAVAILABLE and nothing else.
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
      try {
        assertThat(store(500).get(partitionKey, KEY)).hasValueSatisfying(found -> {
          assertThat(found.revision()).isEqualTo(first);
          assertThat(found.value()).isEqualTo(Bytes.utf8("first"));
        });
        return false;
      } catch (StoreException e) {
        assertThat(e.code()).as(e.getMessage()).isEqualTo(ErrorCode.UNAVAILABLE);
        return true;
      }
    });
    stopped.get(60, TimeUnit.SECONDS);

    RequestInfo request = store.newRequest();
    StoreException lost = refusal(() -> store(1_000).commit(put(partitionKey, "second", request)));
    assertThat(lost.code()).as(lost.getMessage())
        .isIn(ErrorCode.UNKNOWN, ErrorCode.UNAVAILABLE, ErrorCode.NOT_APPLIED);

    broker = EmbeddedBroker.builder(folder).port(gone.port()).start();
    RequestInfo[] next = {request};
    await().atMost(PATIENCE).ignoreExceptionsMatching(StoreException.class::isInstance).until(() -> {
      next[0] = next[0].nextAttempt();
      return store.commit(put(partitionKey, "second", next[0])) instanceof CommitOutcome.Applied;
    });
    assertThat(store.get(partitionKey, KEY)).hasValueSatisfying(found -> {
      assertThat(found.value()).isEqualTo(Bytes.utf8("second"));
      assertThat(found.revision()).isGreaterThan(first);
    });
    store.set(keyOf(1), KEY, Bytes.utf8("the other partition too"));
  }

  @Test
  void strangersRecordsAreSkippedAndCounted() throws Exception {
    BlockingStore store = store(10_000);
    Bytes partitionKey = keyOf(0);
    long first = store.set(partitionKey, KEY, Bytes.utf8("first"));
    byte[] whole = record(new LogRecord.Renew(
        new RecordHeader(STORE, 0, RecordHeader.FORMAT, Hash.ZERO), view(0).token(), first + 1, 1));
    put(0, Bytes.utf8("not a record of ours").toArray(), new byte[0], java.util.Arrays.copyOf(whole, whole.length / 2),
        record(new LogRecord.Renew(new RecordHeader("other", 0, RecordHeader.FORMAT, Hash.ZERO), view(0).token(), first + 1, 1)));
    long second = store.set(partitionKey, KEY, Bytes.utf8("second"));
    assertThat(second).isEqualTo(first + 1);
    assertThat(view(0).skippedRecords()).isEqualTo(4);
    assertThat(view(0).state()).isEqualTo("leading");
    assertThat(view(1).skippedRecords()).isZero();
    assertThat(store.get(partitionKey, KEY)).hasValueSatisfying(
        found -> assertThat(found.value()).isEqualTo(Bytes.utf8("second")));
  }

  @Test
  void aRecordThatContradictsTheChainHaltsItsPartitionAndNoOther() throws Exception {
    BlockingStore store = store(10_000);
    Bytes partitionKey = keyOf(0);
    long first = store.set(partitionKey, KEY, Bytes.utf8("first"));
    put(0, record(new LogRecord.Renew(
        new RecordHeader(STORE, 0, RecordHeader.FORMAT, Hash.ZERO), view(0).token(), first + 1, 1)));

    RequestInfo request = store.newRequest();
    assertThat(refusal(() -> store.commit(put(partitionKey, "second", request))).code()).isEqualTo(ErrorCode.UNKNOWN);
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(view(0).state()).startsWith("halted: ").contains("is chained to"));
    assertThatThrownBy(() -> store.get(partitionKey, KEY)).isInstanceOfSatisfying(StoreException.class,
        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT));
    assertThat(refusal(() -> store.commit(put(partitionKey, "third", store.newRequest()))).code())
        .isEqualTo(ErrorCode.CORRUPT);
    store.set(keyOf(1), KEY, Bytes.utf8("goes on"));
    assertThat(store.get(keyOf(1), KEY)).isPresent();
    assertThat(view(1).state()).isEqualTo("leading");
  }

  private BlockingStore store(long timeoutMs) {
    return new BlockingStore(java.util.Objects.requireNonNull(node).store())
        .withOptions(CallOptions.timeoutMs(timeoutMs));
  }

  private ClusterView.Partition view(int partition) {
    return store(5_000).cluster().partitionViews().get(partition);
  }

  private static CommitRequest put(Bytes partitionKey, String value, RequestInfo request) {
    return new CommitRequest(partitionKey, List.of(), List.of(new Mutation.Put(KEY, Bytes.utf8(value))), request,
        Provenance.NONE);
  }

  private static StoreException refusal(Runnable call) {
    Optional<StoreException> refusal = Optional.empty();
    try {
      call.run();
    } catch (StoreException e) {
      refusal = Optional.of(e);
    }
    return refusal.orElseThrow(() -> new AssertionError("the call must fail and did not"));
  }

  private static Bytes keyOf(int partition) {
    for (int i = 0;; i++) {
      Bytes key = Bytes.utf8("pk-" + i);
      if (PartitionHash.partition(key, PARTITIONS) == partition) {
        return key;
      }
    }
  }

  private static byte[] record(LogRecord record) {
    return RecordCodec.encode(record).toArray();
  }

  /** As a stranger with a producer would. */
  private void put(int partition, byte[]... values) throws Exception {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", java.util.Objects.requireNonNull(broker).bootstrapServers());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (byte[] value : values) {
        producer.send(new ProducerRecord<>(STORE, partition, System.currentTimeMillis(), null, value)).get(30, TimeUnit.SECONDS);
      }
    }
  }
}
