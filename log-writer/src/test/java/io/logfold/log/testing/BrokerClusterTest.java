package io.logfold.log.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.StoreException;
import io.logfold.log.PartitionLog;
import io.logfold.log.kafka.Finding;
import io.logfold.log.kafka.KafkaLogScan;
import io.logfold.log.kafka.KafkaLogs;
import io.logfold.log.kafka.KafkaLogsConfig;
import io.logfold.log.kafka.TopicCheck;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That the cluster is one on which a store is safe, and that its faults are those that they say. */
@Timeout(240)
class BrokerClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path folder;
  private static BrokerCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = BrokerCluster.start(folder, "n1", "n2");
  }

  @AfterAll
  static void close() {
    cluster.close();
  }

  @AfterEach
  void heal() {
    for (ClusterBroker broker : cluster.brokers()) {
      cluster.healControllers(broker.id(), true);
    }
    Stream.of(BrokerCluster.WITNESS, "n1", "n2").flatMap(client -> cluster.links(client).stream()).forEach(FaultyLink::heal);
  }

  private static String servers() {
    return cluster.bootstrapServers(BrokerCluster.WITNESS);
  }

  private static void make(String topic) {
    TopicSetup.createIfAbsent(servers(), TopicSpec.replicated(topic, 1), Map.of(), PATIENCE);
  }

  @Test
  void itsSettingsAreThoseThatTheProofRestsOn() {
    make("strict");
    assertThat(TopicCheck.check(servers(), "strict", 1, TopicCheck.Mode.STRICT, Map.of(), PATIENCE))
        .extracting(Finding::setting).containsExactly("write ACL");
  }

  @Test
  void aBrokerCutFromTheControllersAnswersItsClientsWithAnOldEndWhileOthersWriteOn() throws Exception {
    make("stale");
    try (KafkaLogs logs = KafkaLogs.open(KafkaLogsConfig.defaults(servers(), "stale", "writer"));
        KafkaLogScan all = KafkaLogScan.open(KafkaLogsConfig.defaults(servers(), "stale", "scan"))) {
      append(logs.log(0));
      int deposed = leader("stale");
      long end = end(all);
      cluster.cutFromControllers(deposed);
      await().atMost(PATIENCE).ignoreExceptions().until(() -> leader("stale") != deposed);
      // A producer that asks the deposed broker who leads would go on writing to it, in vain, for as long as it is cut off.
      cluster.link(BrokerCluster.WITNESS, deposed).cut();
      append(logs.log(0));

      String onlyIt = "127.0.0.1:" + cluster.link("n1", deposed).port();
      cluster.links("n1").forEach(FaultyLink::cut);
      cluster.link("n1", deposed).heal();
      try (KafkaLogScan deceived = KafkaLogScan.open(KafkaLogsConfig.defaults(onlyIt, "stale", "deceived"))) {
        assertThat(deceived.ends(List.of(0))).containsEntry(0, end);
      }
      heal();
      try (KafkaLogScan healed = KafkaLogScan.open(KafkaLogsConfig.defaults(onlyIt, "stale", "healed"))) {
        await().atMost(PATIENCE).ignoreExceptionsInstanceOf(StoreException.class)
            .until(() -> end(healed) > end);
      }
    }
  }

  @Test
  void whatAHeldLinkKeptArrivesLateAndOtherClientsNeverNotice() throws Exception {
    make("held");
    try (KafkaLogs held = KafkaLogs.open(KafkaLogsConfig.defaults(cluster.bootstrapServers("n2"), "held", "n2"));
        KafkaLogs free = KafkaLogs.open(KafkaLogsConfig.defaults(servers(), "held", "free"))) {
      append(held.log(0));
      cluster.links("n2").forEach(FaultyLink::hold);
      CompletableFuture<Long> late = start(held.log(0));
      long before = append(free.log(0));
      assertThat(late).isNotDone();
      cluster.links("n2").forEach(FaultyLink::heal);
      assertThat(late.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isGreaterThan(before);
    }
  }

  @Test
  void aKilledOneAndOneThatStoodStillComeBackWhereTheyWere() throws Exception {
    make("kill");
    try (KafkaLogs logs = KafkaLogs.open(KafkaLogsConfig.defaults(servers(), "kill", "writer"))) {
      append(logs.log(0));
      ClusterBroker killed = cluster.broker(leader("kill"));
      killed.kill();
      append(logs.log(0));
      killed.begin();
      killed.awaitReady();
      await().atMost(PATIENCE).ignoreExceptions().until(() -> inSync("kill") == 3);

      ClusterBroker stopped = cluster.broker(leader("kill"));
      stopped.standStill();
      append(logs.log(0));
      stopped.goOn();
      await().atMost(PATIENCE).ignoreExceptions().until(() -> inSync("kill") == 3);
      append(logs.log(0));
    }
  }

  private static CompletableFuture<Long> start(PartitionLog log) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    log.append(Bytes.utf8("record"), new PartitionLog.AppendCallback() {
      @Override
      public void appended(long offset) {
        answer.complete(offset);
      }

      @Override
      public void failed(PartitionLog.AppendFailure failure) {
        answer.completeExceptionally(failure.cause());
      }
    });
    return answer;
  }

  private static long append(PartitionLog log) throws Exception {
    return start(log).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static long end(KafkaLogScan scan) {
    return Objects.requireNonNull(scan.ends(List.of(0)).get(0));
  }

  private static int leader(String topic) throws Exception {
    return partition(topic).leader().id();
  }

  private static int inSync(String topic) throws Exception {
    return partition(topic).isr().size();
  }

  private static TopicPartitionInfo partition(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers()))) {
      return Objects.requireNonNull(admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic)).partitions().get(0);
    }
  }
}
