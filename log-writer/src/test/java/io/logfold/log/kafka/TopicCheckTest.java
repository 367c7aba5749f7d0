package io.logfold.log.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.testing.SharedBroker;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicCheckTest {
  private static final Duration WITHIN = Duration.ofSeconds(30);
  private final String bootstrap = SharedBroker.bootstrapServers();
  private final String topic = SharedBroker.freshTopic("check");

  @Test
  void aTopicMadeForDevelopmentPassesThereAndItsRelaxationsAreTold() {
    assertThat(TopicSetup.createIfAbsent(bootstrap, TopicSpec.development(topic, 2), Map.of(), WITHIN)).isTrue();
    assertThat(TopicSetup.createIfAbsent(bootstrap, TopicSpec.development(topic, 2), Map.of(), WITHIN)).isFalse();
    List<Finding> findings = check(2, TopicCheck.Mode.DEVELOPMENT);
    assertThat(findings).extracting(Finding::setting, Finding::severity, Finding::actual).containsExactly(
        org.assertj.core.api.Assertions.tuple("replication", Finding.Severity.RELAXED, "1"),
        org.assertj.core.api.Assertions.tuple("min.insync.replicas", Finding.Severity.RELAXED, "1"),
        org.assertj.core.api.Assertions.tuple("write ACL", Finding.Severity.NOTED,
            findings.getLast().actual()));
  }

  @Test
  void theStrictModeRefusesEveryWrongSettingInOneMessage() {
    TopicSetup.createIfAbsent(bootstrap, TopicSpec.development(topic, 2), Map.of(), WITHIN);
    assertThatThrownBy(() -> check(2, TopicCheck.Mode.STRICT))
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContaining("2 wrong")
        .hasMessageContaining("replication must be 3 or more, is 1; fix: kafka-reassign-partitions.sh")
        .hasMessageContaining("min.insync.replicas must be 2 or more, is 1; fix: kafka-configs.sh --bootstrap-server "
            + bootstrap + " --alter --entity-type topics --entity-name " + topic
            + " --add-config min.insync.replicas=2");
  }

  @ParameterizedTest
  @CsvSource({
      "cleanup.policy, compact, delete",
      "cleanup.policy, 'compact,delete', delete",
      "retention.ms, 604800000, -1",
      "retention.bytes, 1000000000, -1",
      "unclean.leader.election.enable, true, false",
      "max.message.bytes, 1048588, 4194304",
      "message.timestamp.after.max.ms, 3600000, 30000",
  })
  void noModeRelaxesASettingThatLosesData(String setting, String wrong, String right) throws Exception {
    Map<String, String> configs = new java.util.HashMap<>(TopicSpec.fixedConfigs());
    configs.put(setting, wrong);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty()).configs(configs))).all().get();
    }
    await().until(() -> exists(topic));
    assertThatThrownBy(() -> check(1, TopicCheck.Mode.DEVELOPMENT))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("(1 wrong)")
        .hasMessageContaining(setting + " must be " + right)
        .hasMessageContaining("is " + wrong)
        .hasMessageContaining("--add-config " + setting + "=" + right);
  }

  @Test
  void anotherNumberOfPartitionsThanGenesisSaysIsRefused() {
    TopicSetup.createIfAbsent(bootstrap, TopicSpec.development(topic, 3), Map.of(), WITHIN);
    assertThatThrownBy(() -> check(4, TopicCheck.Mode.DEVELOPMENT)).hasMessageContaining("partitions must be 4, is 3");
  }

  @Test
  void aTopicThatIsNotThereIsSaid() {
    assertThatThrownBy(() -> check(1, TopicCheck.Mode.STRICT))
        .isInstanceOf(StoreException.class)
        .hasMessage("topic " + topic + " does not exist at " + bootstrap + "; make it with './logfold topic"
            + " create --config FILE', and begin again");
  }

  @Test
  void aBrokerThatDoesNotAnswerIsOneClearLine() throws Exception {
    // It listens, takes connections, and never says a word.
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
      String address = "127.0.0.1:" + silent.getLocalPort();
      assertThatThrownBy(() -> TopicCheck.check(
          address, topic, 1, TopicCheck.Mode.STRICT, Map.of(), Duration.ofMillis(500)))
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
          .hasMessage("no Kafka broker answered at " + address
              + " within 500 ms; is it running, and is the address right?");
    }
  }

  private boolean exists(String name) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      return admin.listTopics().names().get().contains(name);
    }
  }

  private List<Finding> check(int partitions, TopicCheck.Mode mode) {
    return TopicCheck.check(bootstrap, topic, partitions, mode, Map.of(), WITHIN);
  }
}
