package io.logfold.log.kafka;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.kafka.Finding.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeFeaturesOptions;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;

/**
 * Looks at the start of a node whether topic and cluster are set as the proof of the protocol needs it. Blocks; any
 * thread.
 *
 * <p>What is checked: replication, min.insync.replicas, ELR, the brokers' version, cleanup policy and retention, unclean
 * election, the size of messages, the number of partitions, and whether writing is guarded by an ACL. (acks, idempotence
 * and the batches' size are settings of this code's own producer.)
 */
public final class TopicCheck {
  private static final int REPLICATION = 3;
  private static final int MIN_IN_SYNC = 2;
  private static final String ELR = "eligible.leader.replicas.version";
  /** metadata.version of 4.2-IV0: a broker that supports it is 4.2 or newer. */
  private static final short METADATA_VERSION_4_2 = 28;

  private final Admin admin;
  private final String bootstrapServers;
  private final String topic;
  private final Duration within;
  private final Mode mode;
  private final List<Finding> findings = new ArrayList<>();

  /** Whether the one broker of a developer's machine will do. */
  public enum Mode { STRICT, DEVELOPMENT }

  private TopicCheck(Admin admin, String bootstrapServers, String topic, Mode mode, Duration within) {
    this.admin = admin;
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.mode = mode;
    this.within = within;
  }

  /**
   * Checks all settings.
   *
   * @param partitions what Genesis says
   * @param connection further settings of the Kafka client, such as security
   * @param within bound of each question asked, of which there are five and one a broker
   * @return what was relaxed (in development mode only) and what is merely noted; to be shown to people
   * @throws StoreException INVALID_ARGUMENT with every wrong setting and its fix; UNAVAILABLE where no broker answers
   */
  public static List<Finding> check(String bootstrapServers, String topic, int partitions, Mode mode,
      Map<String, String> connection, Duration within) {
    try (Admin admin = TopicSetup.admin(bootstrapServers, connection, within)) {
      return new TopicCheck(admin, bootstrapServers, topic, mode, within).run(partitions);
    }
  }

  /**
   * Checks a compacted topic of one partition, on a cluster that {@link #check} has looked at: replication,
   * min.insync.replicas, cleanup policy, unclean election.
   *
   * @return what was relaxed
   * @throws StoreException likewise
   */
  public static List<Finding> checkCompacted(String bootstrapServers, String topic, Mode mode, Map<String, String> connection,
      Duration within) {
    try (Admin admin = TopicSetup.admin(bootstrapServers, connection, within)) {
      TopicCheck check = new TopicCheck(admin, bootstrapServers, topic, mode, within);
      check.checkReplicas(1, actual -> "the number cannot be made less: make the topic anew from a backup of its records");
      Map<String, String> actual = check.configs();
      check.exactly(actual, "cleanup.policy", "compact");
      check.exactly(actual, "unclean.leader.election.enable", "false");
      check.atLeast(actual, "min.insync.replicas", MIN_IN_SYNC, check.relaxable());
      return check.refuseOrTell();
    }
  }

  private List<Finding> run(int partitions) {
    checkReplicas(partitions, actual -> "the number is fixed for life: configure the node with " + actual
        + " partitions if this is its store's topic, or give the store another topic");
    checkConfigs();
    checkFeatures();
    checkVersions();
    checkAcl();
    return refuseOrTell();
  }

  private List<Finding> refuseOrTell() {
    List<Finding> refused = findings.stream().filter(finding -> finding.severity() == Severity.REFUSED).toList();
    if (!refused.isEmpty()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "topic " + topic + " at " + bootstrapServers
          + " is not safe for a store (" + refused.size() + " wrong):\n  "
          + refused.stream().map(Finding::toString).collect(Collectors.joining("\n  ")));
    }
    return List.copyOf(findings);
  }

  /** @param fix of another number of partitions, given what it is */
  private void checkReplicas(int partitions, IntFunction<String> fix) {
    Optional<TopicDescription> description = TopicSetup.await(bootstrapServers, within,
        admin.describeTopics(List.of(topic)).allTopicNames().thenApply(all -> Optional.ofNullable(all.get(topic))),
        UnknownTopicOrPartitionException.class, Optional.empty());
    if (description.isEmpty()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "topic " + topic + " does not exist at " + bootstrapServers
          + "; make it with './logfold topic create --config FILE', and begin again");
    }
    int actual = description.get().partitions().size();
    if (actual != partitions) {
      found("partitions", Integer.toString(partitions), Integer.toString(actual), Severity.REFUSED, fix.apply(actual));
    }
    int replicas = description.get().partitions().stream().mapToInt(p -> p.replicas().size()).min().orElse(0);
    if (replicas < REPLICATION) {
      found("replication", REPLICATION + " or more", Integer.toString(replicas), relaxable(),
          "kafka-reassign-partitions.sh --bootstrap-server " + bootstrapServers
              + " --execute --reassignment-json-file FILE, where FILE gives every partition of " + topic + " "
              + REPLICATION + " replicas");
    }
  }

  private Map<String, String> configs() {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    return TopicSetup.await(bootstrapServers, within,
        admin.describeConfigs(List.of(resource)).all().thenApply(all -> values(all.get(resource))),
        UnknownTopicOrPartitionException.class, Map.of());
  }

  private void checkConfigs() {
    Map<String, String> actual = configs();
    for (String exact : List.of("cleanup.policy", "retention.ms", "retention.bytes", "unclean.leader.election.enable",
        "message.timestamp.after.max.ms")) {
      exactly(actual, exact, TopicSpec.fixedConfigs().getOrDefault(exact, ""));
    }
    atLeast(actual, "max.message.bytes", KafkaLogsConfig.MAX_MESSAGE_BYTES, Severity.REFUSED);
    atLeast(actual, "min.insync.replicas", MIN_IN_SYNC, relaxable());
  }

  private static Map<String, String> values(@org.jspecify.annotations.Nullable Config config) {
    return config == null ? Map.of() : config.entries().stream().filter(entry -> entry.value() != null)
        .collect(Collectors.toMap(entry -> entry.name(), entry -> entry.value()));
  }

  private void exactly(Map<String, String> actual, String setting, String expected) {
    String is = actual.getOrDefault(setting, "unknown");
    if (!is.equals(expected)) {
      found(setting, expected, is, Severity.REFUSED, alter(setting, expected));
    }
  }

  private void atLeast(Map<String, String> actual, String setting, int least, Severity severity) {
    String is = actual.getOrDefault(setting, "0");
    if (Long.parseLong(is) < least) {
      found(setting, least + " or more", is, severity, alter(setting, Integer.toString(least)));
    }
  }

  private String alter(String setting, String value) {
    return "kafka-configs.sh --bootstrap-server " + bootstrapServers + " --alter --entity-type topics --entity-name "
        + topic + " --add-config " + setting + "=" + value;
  }

  private void checkFeatures() {
    FeatureMetadata features =
        TopicSetup.await(bootstrapServers, within, admin.describeFeatures().featureMetadata());
    var elr = features.finalizedFeatures().get(ELR);
    if (elr == null || elr.maxVersionLevel() < 1) {
      found(ELR, "1", elr == null ? "0" : Short.toString(elr.maxVersionLevel()), relaxable(),
          "kafka-features.sh --bootstrap-server " + bootstrapServers + " upgrade --feature " + ELR + "=1");
    }
  }

  /** Each broker is asked: in the middle of an upgrade they differ. */
  private void checkVersions() {
    for (Node node : TopicSetup.await(bootstrapServers, within, admin.describeCluster().nodes())) {
      var version = TopicSetup.await(bootstrapServers, within,
              admin.describeFeatures(new DescribeFeaturesOptions().nodeId(node.id())).featureMetadata())
          .supportedFeatures().get("metadata.version");
      if (version == null || version.maxVersion() < METADATA_VERSION_4_2) {
        found("version of broker " + node.idString(), "4.2 or newer",
            version == null ? "unknown" : "older (its metadata.version ends at " + version.maxVersion() + ")",
            Severity.REFUSED, "upgrade the broker");
      }
    }
  }

  private void checkAcl() {
    String fix = "an authorizer and: kafka-acls.sh --bootstrap-server " + bootstrapServers
        + " --add --topic " + topic + " --operation Write --allow-principal User:THE-STORE-NODES";
    try {
      boolean guarded = !admin.describeAcls(new AclBindingFilter(
          new ResourcePatternFilter(ResourceType.TOPIC, topic, PatternType.MATCH),
          new AccessControlEntryFilter(null, null, AclOperation.WRITE, AclPermissionType.ANY)))
          .values().get().isEmpty();
      if (!guarded) {
        found("write ACL", "for store nodes alone", "none for this topic", Severity.NOTED, fix);
      }
    } catch (java.util.concurrent.ExecutionException | KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      found("write ACL", "for store nodes alone", "not to be told: " + cause.getMessage(), Severity.NOTED, fix);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Severity relaxable() {
    return mode == Mode.DEVELOPMENT ? Severity.RELAXED : Severity.REFUSED;
  }

  private void found(String setting, String expected, String actual, Severity severity, String fix) {
    findings.add(new Finding(setting, expected, actual, severity, fix));
  }
}
