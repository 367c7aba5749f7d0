package io.logfold.query.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.log.kafka.TopicSetup;
import io.logfold.log.kafka.TopicSpec;
import io.logfold.log.testing.SharedBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that come and go, closed and killed, and those who see it, on a real broker. */
@Timeout(180)
class PlacementGroupTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PARTITIONS = 12;

  private final List<AutoCloseable> toClose = new ArrayList<>();
  private String topic = "";

  /** A node of this process, and what it was told last. */
  private final class Member implements PlacementGroup.Listener, AutoCloseable {
    final Map<Integer, Long> leads = new ConcurrentHashMap<>();
    final PlacementGroup group;
    volatile Placement placement = Placement.NONE;
    volatile boolean fenced;

    Member(String node, String address) {
      group = PlacementGroup.join(config(topic, node, address), () -> leads, this);
      toClose.add(this);
    }

    @Override
    public void placed(Placement told) {
      placement = told;
    }

    @Override
    public void fenced() {
      fenced = true;
    }

    @Override
    public void close() {
      group.close();
    }
  }

  @BeforeEach
  void topic() {
    topic = SharedBroker.freshTopic("placement");
    TopicSetup.createIfAbsent(
        SharedBroker.bootstrapServers(), TopicSpec.development(topic, PARTITIONS), Map.of(), PATIENCE);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
  }

  @Test
  void allNodesAgreeWhileOthersAreKilledAndClosed() throws Exception {
    Member a = new Member("a", "http://a:1");
    awaitMembers(Set.of("a"), a);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      a.leads.put(partition, 10L + partition);
    }
    Process killed = process(topic, "c");
    Member b = new Member("b", "http://b:1");
    awaitMembers(Set.of("a", "b", "c"), a, b);
    assertThat(b.placement.members()).containsEntry("a", "http://a:1").containsEntry("b", "http://b:1");
    assertThat(b.placement.rankings()).hasSize(PARTITIONS);
    assertThat(firsts(a, "a")).as("who leads keeps its share").hasSize(4).allMatch(partition -> partition < 4);

    killed.destroyForcibly().waitFor();
    awaitMembers(Set.of("a", "b"), a, b); // after the session's time, by itself
    assertThat(firsts(a, "b")).hasSize(6);

    b.close();
    awaitMembers(Set.of("a"), a);
    assertThat(membersOfTheGroup()).as("left, and was not waited for")
        .isEqualTo(Map.of("a", PARTITIONS));
    assertThat(a.fenced || b.fenced).isFalse();
  }

  @Test
  void aNodeThatComesBackElsewhereIsFoundThere() throws Exception {
    Member a = new Member("a", "http://a:1");
    Process back = process(topic, "b");
    awaitMembers(Set.of("a", "b"), a);
    back.destroyForcibly().waitFor();
    Member b = new Member("b", "http://elsewhere:2"); // within the session's time: the group itself sees no change
    await().atMost(PATIENCE).untilAsserted(() -> {
      assertThat(a.placement.members()).containsEntry("b", "http://elsewhere:2");
      assertThat(b.placement.saysTheSameAs(a.placement)).isTrue();
    });
  }

  @Test
  void ofTwoProcessesThatRunAsOneNodeTheOlderIsTold() {
    Member first = new Member("a", "http://a:1");
    awaitMembers(Set.of("a"), first);
    Member second = new Member("a", "http://a:2");
    await().atMost(PATIENCE).until(() -> first.fenced);
    await().atMost(PATIENCE).until(() -> "http://a:2".equals(second.placement.members().get("a")));
    assertThat(second.fenced).isFalse();
  }

  /** As it is, too, where the coordinator took this node's joining and its answer got lost: seen with a broker that stood still. */
  @Test
  void aPlaceThatWasTakenOnceIsTakenBackAndNobodyIsTold() throws Exception {
    Member node = new Member("a", "http://a:9");
    awaitMembers(Set.of("a"), node);
    String own = memberId();
    Process other = process(topic, "a");
    await().atMost(PATIENCE).until(() -> !memberId().equals(own));
    String others = memberId();
    other.destroyForcibly().waitFor();
    await().atMost(PATIENCE).until(() -> !memberId().equals(others));
    await().atMost(PATIENCE).until(() -> "http://a:9".equals(node.placement.members().get("a")));
    assertThat(node.fenced).isFalse();
  }

  /** Of the one member that the group has; empty while it has none. */
  private String memberId() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()))) {
      return admin.describeConsumerGroups(List.of(topic)).describedGroups().values().iterator().next().get().members()
          .stream().map(member -> member.consumerId()).findFirst().orElse("");
    }
  }

  private static List<Integer> firsts(Member seenBy, String node) {
    List<Integer> found = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      if (seenBy.placement.ranking(partition).get(0).equals(node)) {
        found.add(partition);
      }
    }
    return found;
  }

  private static void awaitMembers(Set<String> names, Member... seenBy) {
    await().atMost(PATIENCE).untilAsserted(() -> {
      for (Member member : seenBy) {
        assertThat(member.placement.members().keySet()).isEqualTo(names);
        assertThat(member.placement.saysTheSameAs(seenBy[0].placement)).isTrue();
      }
    });
  }

  /** As Kafka's tools show it: how many partitions each node should lead. */
  private Map<String, Integer> membersOfTheGroup() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", SharedBroker.bootstrapServers()))) {
      return admin.describeConsumerGroups(List.of(topic)).describedGroups().values().iterator().next().get().members()
          .stream().collect(
          Collectors.toMap(member -> member.groupInstanceId().orElseThrow(),
              member -> member.assignment().topicPartitions().size()));
    }
  }

  private static PlacementGroup.Config config(String topic, String node, String address) {
    return new PlacementGroup.Config(SharedBroker.bootstrapServers(), topic, topic,
        PARTITIONS, node, address, System.nanoTime(), Map.of());
  }

  private Process process(String ofTopic, String node) throws IOException {
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
        "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
        PlacementGroupTest.class.getName(), SharedBroker.bootstrapServers(), ofTopic, node)
        .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    toClose.add(process::destroyForcibly);
    return process;
  }

  /** A node in a process of its own, to be killed: bootstrap servers, topic, name. Ends when its input does. */
  public static void main(String[] args) throws IOException {
    PlacementGroup.join(new PlacementGroup.Config(args[0], args[1], args[1], PARTITIONS, args[2],
        "http://" + args[2] + ":1", System.nanoTime(), Map.of()), Map::of, new PlacementGroup.Listener() {
          @Override
          public void placed(Placement placement) {}

          @Override
          public void fenced() {}
        });
    while (System.in.read() >= 0) {
      // Nothing is said to it.
    }
    Runtime.getRuntime().halt(0);
  }
}
