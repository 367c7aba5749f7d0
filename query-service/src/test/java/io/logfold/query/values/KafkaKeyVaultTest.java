package io.logfold.query.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.kafka.TopicCheck;
import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.log.testing.SharedBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The vault over a real broker: whose it is, and what it refuses. */
class KafkaKeyVaultTest {
  private static final Duration WITHIN = Duration.ofSeconds(30);
  private static final BooleanSupplier NOTHING_ENCRYPTED = () -> false;
  private static final BooleanSupplier ENCRYPTED = () -> true;

  private final String servers = SharedBroker.bootstrapServers();
  private final String log = SharedBroker.freshTopic("vault");
  private final String topic = log + ".keys";
  private final MasterKey master = master(1);
  private final MasterKey other = master(2);

  private static MasterKey master(long seed) {
    byte[] bytes = new byte[32];
    new Random(seed).nextBytes(bytes);
    return MasterKey.of(bytes);
  }

  @BeforeEach
  void makeLog() {
    TopicSetup.createIfAbsent(servers, TopicSpec.development(log, 1), Map.of(), WITHIN);
  }

  private KafkaKeyVault open(String store, MasterKey key, TopicCheck.Mode mode, BooleanSupplier needed) {
    return KafkaKeyVault.open(
        new KafkaKeyVault.Settings(store, servers, log, topic, "n", mode, 1_000, Map.of(), WITHIN), key, needed);
  }

  private KafkaKeyVault openWithRoomFor(long keys) {
    return KafkaKeyVault.open(new KafkaKeyVault.Settings("s", servers, log, topic, "small", TopicCheck.Mode.DEVELOPMENT, keys,
        Map.of(), WITHIN), master, NOTHING_ENCRYPTED);
  }

  private void keep(KafkaKeyVault vault, int keys, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < keys; i++) {
      vault.keep(Map.of(KeyId.random(random), master.wrap(new byte[32]))).join();
    }
  }

  private KafkaKeyVault open(MasterKey key, BooleanSupplier needed) {
    return open("s", key, TopicCheck.Mode.DEVELOPMENT, needed);
  }

  private KeyId kept(KafkaKeyVault vault) {
    KeyId id = KeyId.random(new Random(7));
    vault.keep(Map.of(id, master.wrap(new byte[32]))).join();
    return id;
  }

  private void set(String setting, String value) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      admin.incrementalAlterConfigs(Map.of(resource,
          List.of(new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET)))).all().get();
      await().until(() -> value.equals(
          Objects.requireNonNull(admin.describeConfigs(List.of(resource)).all().get().get(resource)).get(setting).value()));
    }
  }

  private static void refused(Runnable open, String... words) {
    assertThatThrownBy(open::run)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
        .hasMessageContainingAll(words);
  }

  @Test
  void whatWasKeptIsThereAfterARestartAndTheLogIsNotLookedThroughAgain() {
    KeyId id;
    try (KafkaKeyVault vault = open(master, NOTHING_ENCRYPTED)) {
      id = kept(vault);
    }
    try (KafkaKeyVault vault = open(master, () -> {
      throw new IllegalStateException("it was begun");
    })) {
      assertThat(vault.find(id)).isPresent();
    }
  }

  @Test
  void anotherMasterKeyIsRefusedAlsoWhereThereAreNoKeysYet() {
    open(master, NOTHING_ENCRYPTED).close();
    refused(() -> open(other, NOTHING_ENCRYPTED), "another master key than this node's");
    open(master, NOTHING_ENCRYPTED).close();
  }

  @Test
  void anotherStoresVaultIsRefused() {
    open(master, NOTHING_ENCRYPTED).close();
    refused(() -> open("another", master, TopicCheck.Mode.DEVELOPMENT, NOTHING_ENCRYPTED), "another store than 'another'");
  }

  @Test
  void ofTwoThatBeginAtOnceWithDifferentMasterKeysTheLaterIsRefused() {
    refused(() -> open(other, () -> {
      open(master, NOTHING_ENCRYPTED).close(); // while the other one looks through the log
      return false;
    }), "another master key than this node's");
    open(master, NOTHING_ENCRYPTED).close();
  }

  @Test
  void aVaultThatWasLostIsNotBegunAnewBesideEncryptedValues() {
    refused(() -> open(master, ENCRYPTED), topic, "lost or emptied", "backup");
    refused(() -> open(master, ENCRYPTED), "lost or emptied");
  }

  @Test
  void valuesThatAnotherNodeWroteWhileThisOneLookedAreNoSignOfALoss() {
    open(master, () -> {
      try (KafkaKeyVault first = open(master, NOTHING_ENCRYPTED)) {
        kept(first);
      }
      return true;
    }).close();
  }

  @ParameterizedTest
  @CsvSource({"2, false", "-1, true"})
  void aTopicWhoseRecordsWereRemovedIsRefused(long before, boolean encrypted) throws Exception {
    try (KafkaKeyVault vault = open(master, NOTHING_ENCRYPTED)) {
      kept(vault);
    }
    set("cleanup.policy", "delete"); // as it takes
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      // There are a mark, the beginning, a mark and a key; -1: all of them.
      await().ignoreExceptions().until(() -> admin.deleteRecords(
          Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(before))).all().get() == null);
    }
    set("cleanup.policy", "compact");
    refused(() -> open(master, () -> encrypted), "lost or emptied");
  }

  @ParameterizedTest
  @CsvSource({"cleanup.policy, delete, compact", "unclean.leader.election.enable, true, false"})
  void noModeRelaxesASettingThatLosesKeys(String setting, String wrong, String right) throws Exception {
    open(master, NOTHING_ENCRYPTED).close();
    set(setting, wrong);
    refused(() -> open(master, NOTHING_ENCRYPTED), "(1 wrong)", setting + " must be " + right, "is " + wrong);
  }

  @Test
  void theStrictModeWantsReplicasOfKeysAsOfTheLog() {
    open(master, NOTHING_ENCRYPTED).close();
    refused(() -> open("s", master, TopicCheck.Mode.STRICT, NOTHING_ENCRYPTED), topic, "replication must be 3 or more, is 1",
        "min.insync.replicas must be 2 or more, is 1");
  }

  @Test
  void moreKeysThanTheNodeHasRoomForAreNotKept() {
    try (KafkaKeyVault vault = openWithRoomFor(10)) {
      keep(vault, 10, 1);
      assertThatThrownBy(() -> keep(vault, 1, 2)).cause()
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
          .hasMessageContainingAll("10 keys", "a larger heap");
      vault.catchUp().join();
      assertThat(vault.size()).isEqualTo(10);
      assertThat(vault.failure()).isEmpty();
    }
  }

  @Test
  void aReaderThatOthersGiveTooManyKeysSaysSoAndAnswersNothingThatItCannotKnow() {
    try (KafkaKeyVault large = open(master, NOTHING_ENCRYPTED); KafkaKeyVault small = openWithRoomFor(10)) {
      keep(large, 15, 1);
      small.catchUp().join();
      assertThat(small.size()).isEqualTo(15);
      keep(large, 1, 2);
      await().until(() -> small.failure().isPresent());
      assertThat(small.failure().get()).contains("more than 15 keys", "a larger heap");
      assertThatThrownBy(() -> small.catchUp().join()).cause()
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
          .hasMessageContainingAll("more than 15 keys", "start this node again");
      large.catchUp().join();
    }
    assertThatThrownBy(() -> openWithRoomFor(10)).hasMessageContaining("more than 15 keys");
  }

  @Test
  void aTopicOfSeveralPartitionsIsRefused() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
      admin.createTopics(List.of(new NewTopic(topic, Optional.of(2), Optional.<Short>empty())
          .configs(Map.of("cleanup.policy", "compact", "unclean.leader.election.enable", "false")))).all().get();
    }
    refused(() -> open(master, NOTHING_ENCRYPTED), "partitions must be 1, is 2");
  }
}
