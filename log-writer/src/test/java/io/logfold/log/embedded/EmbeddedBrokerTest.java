package io.logfold.log.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
  @TempDir Path folder;

  @Test
  void aRestartOnAnotherPortKeepsClusterIdAndTopics() throws Exception {
    String clusterId;
    int firstPort;
    try (EmbeddedBroker broker = EmbeddedBroker.builder(folder).start(); Admin admin = admin(broker)) {
      firstPort = broker.port();
      admin.createTopics(List.of(new NewTopic("kept", 3, (short) 1))).all().get();
      clusterId = admin.describeCluster().clusterId().get();
    }
    try (EmbeddedBroker broker = EmbeddedBroker.builder(folder).durability(Durability.EVERY_WRITE).start();
        Admin admin = admin(broker)) {
      assertThat(broker.port()).isNotEqualTo(firstPort);
      assertThat(admin.describeCluster().clusterId().get()).isEqualTo(clusterId);
      assertThat(admin.describeTopics(List.of("kept")).allTopicNames().get().values())
          .singleElement().satisfies(topic -> assertThat(topic.partitions()).hasSize(3));
      assertThat(admin.describeCluster().nodes().get()).allMatch(node -> node.port() == broker.port());
      assertThat(admin.describeFeatures().featureMetadata().get().finalizedFeatures())
          .anySatisfy((name, range) -> {
            assertThat(name).isEqualTo("eligible.leader.replicas.version");
            assertThat(range.maxVersionLevel()).isEqualTo((short) 1);
          });

      assertThatThrownBy(() -> EmbeddedBroker.builder(folder.resolve("../" + folder.getFileName())).start())
          .isInstanceOf(BrokerStartException.class)
          .hasMessageContaining("in use by another broker in this process");
    }
  }

  @Test
  void aTakenPortIsOneClearLineAndLeavesTheFolderFree() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> EmbeddedBroker.builder(folder).port(taken.getLocalPort()).start())
            .isInstanceOf(BrokerStartException.class)
            .hasMessageContaining("port " + taken.getLocalPort() + " on 127.0.0.1 is taken");
      }
    }
  }

  @Test
  void kafkasWishToEndTheJvmIsToldAndNotGranted() {
    java.util.concurrent.atomic.AtomicReference<String> told = new java.util.concurrent.atomic.AtomicReference<>("");
    try (EmbeddedBroker broker = EmbeddedBroker.builder(folder).onFatal(told::set).start()) {
      assertThatThrownBy(() -> Exit.halt(3, "all log dirs failed")).isInstanceOf(ExitGuard.BrokerHalted.class);
      assertThat(told.get()).contains("halt with status 3: all log dirs failed");
      assertThat(broker.failure()).contains(told.get());
    }
  }

  private static Admin admin(EmbeddedBroker broker) {
    return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }
}
