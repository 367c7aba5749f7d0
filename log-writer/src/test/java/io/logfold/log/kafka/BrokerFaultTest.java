package io.logfold.log.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.log.PartitionLog;
import io.logfold.log.PartitionLog.LogUnavailableException;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.embedded.BrokerStartException;
import io.logfold.log.embedded.EmbeddedBroker;
import io.logfold.log.testing.BrokerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node sees, and what is in the log afterwards, when its broker goes away. */
class BrokerFaultTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void aBrokerStoppedWhileAppendingLosesNothingAcknowledgedAndDoublesNothing() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.builder(folder).start();
    TopicSetup.createIfAbsent(broker.bootstrapServers(), TopicSpec.development("t", 1), Map.of(), PATIENCE);
    KafkaLogsConfig config = KafkaLogsConfig.defaults(broker.bootstrapServers(), "t", "node")
        .withDeliveryTimeoutMs(1_500).withReadBoundMs(700);
    try (KafkaLogs logs = KafkaLogs.open(config)) {
      Appends appends = new Appends(logs.log(0));
      appends.append();
      await().atMost(PATIENCE).until(appends::allAnswered);
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(broker::close);
      await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
        IntStream.range(0, 20).forEach(i -> appends.append(Bytes.wrap(new byte[300])));
        return !appends.failed.isEmpty();
      });
      stopped.get(60, TimeUnit.SECONDS);

      for (long maxWaitMs : new long[] {0, 100}) {
        assertThat(Appends.failureOf(logs.log(0).read(0, 1_000, maxWaitMs)))
            .isInstanceOf(LogUnavailableException.class);
      }

      EmbeddedBroker again = EmbeddedBroker.builder(folder).port(broker.port()).start();
      try {
        int before = appends.acknowledged.size();
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
          appends.append();
          return appends.acknowledged.size() > before;
        });
        await().atMost(PATIENCE).until(appends::allAnswered);
        checkHistory(appends, logs.log(0));
      } finally {
        again.close();
      }
    } finally {
      broker.close();
    }
  }

  /** Each at most once, in the order of the appends; every acknowledged one where it was said to lie. */
  private static void checkHistory(Appends appends, PartitionLog log) throws Exception {
    List<RawRecord> history = Appends.readAll(log);
    assertThat(history).extracting(Appends::number).isSorted().doesNotHaveDuplicates();
    Map<Integer, Long> offsets = new HashMap<>();
    history.forEach(record -> offsets.put(Appends.number(record), record.offset()));
    appends.acknowledged.forEach((number, offset) -> {
      assertThat(offsets).containsKey(number);
      // -1: a retry was recognised as a duplicate, and the broker did not say of what.
      assertThat(offset).isIn(-1L, offsets.get(number));
    });
    appends.failed.forEach((number, failure) -> {
      if (failure.neverSent()) {
        assertThat(offsets).doesNotContainKey(number);
      }
    });
  }

  @Test
  void aKilledBrokerHasEveryAcknowledgedRecordAfterItsRestart() throws Exception {
    int port;
    try (BrokerProcess process = BrokerProcess.start(folder)) {
      port = process.port();
      assertThatThrownBy(() -> EmbeddedBroker.builder(folder).start())
          .isInstanceOf(BrokerStartException.class)
          .hasMessageContaining("in use by another living process");
      String bootstrap = "127.0.0.1:" + port;
      TopicSetup.createIfAbsent(bootstrap, TopicSpec.development("t", 1), Map.of(), PATIENCE);
      try (KafkaLogs logs = KafkaLogs.open(KafkaLogsConfig.defaults(bootstrap, "t", "node"))) {
        Appends appends = new Appends(logs.log(0));
        IntStream.range(0, 500).forEach(i -> appends.append());
        await().atMost(PATIENCE).until(appends::allAnswered);
        assertThat(appends.acknowledged).hasSize(500);
        IntStream.range(0, 500).forEach(i -> appends.append());
        process.kill();

        try (EmbeddedBroker again = EmbeddedBroker.builder(folder).port(port).start()) {
          assertThat(again.port()).isEqualTo(port);
          await().atMost(PATIENCE).until(appends::allAnswered);
          checkHistory(appends, logs.log(0));
        }
      }
    }
  }
}
