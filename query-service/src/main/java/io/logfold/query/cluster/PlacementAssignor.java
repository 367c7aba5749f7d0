package io.logfold.query.cluster;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the nodes' consumer group agrees on: every member says what its {@link NodeReport} says, one of them, whom the
 * coordinator chose, makes the placement, and all get it whole. The partitions that Kafka counts as assigned to a member are
 * those that it should lead, so that Kafka's own tools show the placement; nobody fetches them.
 *
 * <p>Made by the Kafka client from its class name, hence public; what it belongs to comes with the client's settings. Called
 * on the thread that polls.
 */
public final class PlacementAssignor implements ConsumerPartitionAssignor, Configurable {
  static final String NAME = "logfold-placement-1";

  /** Setting whose value is the {@link Board} of the group that this one works for. */
  static final String BOARD = "logfold.placement.board";

  private static final Logger log = LoggerFactory.getLogger(PlacementAssignor.class);

  private @Nullable Board board;

  /** What this node says, and what it was told last. Owned by the thread that polls. */
  static final class Board {
    private final String topic;
    private final int partitions;
    private final Supplier<NodeReport> report;
    private Placement placement = Placement.NONE;

    /** @param partitions of the store, and so of its topic */
    Board(String topic, int partitions, Supplier<NodeReport> report) {
      this.topic = topic;
      this.partitions = partitions;
      this.report = report;
    }

    Placement placement() {
      return placement;
    }
  }

  @Override
  public void configure(Map<String, ?> settings) {
    board = (Board) Objects.requireNonNull(settings.get(BOARD), BOARD);
  }

  private Board board() {
    return Objects.requireNonNull(board, "the client configures its assignors");
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ByteBuffer subscriptionUserData(Set<String> topics) {
    return PlacementCodec.encode(board().report.get());
  }

  @Override
  public GroupAssignment assign(Cluster metadata, GroupSubscription group) {
    Map<String, NodeReport> nodes = new HashMap<>();
    group.groupSubscription().forEach((member, subscription) -> {
      try {
        nodes.put(member, PlacementCodec.report(subscription.userData()));
      } catch (IllegalArgumentException e) {
        log.warn("the member {} of the placement group is not understood: {}; is it another program, or a newer node?",
            member, e.getMessage());
      }
    });
    Placement placement = PlacementRule.place(board().partitions, List.copyOf(nodes.values()), board().placement);
    ByteBuffer table = PlacementCodec.encode(placement);
    Map<String, Assignment> assignments = new HashMap<>();
    group.groupSubscription().keySet().forEach(member -> {
      List<TopicPartition> own = new ArrayList<>();
      NodeReport node = nodes.get(member);
      for (int partition = 0; node != null && partition < board().partitions; partition++) {
        if (placement.ranking(partition).get(0).equals(node.node())) {
          own.add(new TopicPartition(board().topic, partition));
        }
      }
      assignments.put(member, new Assignment(own, table.duplicate()));
    });
    return new GroupAssignment(assignments);
  }

  @Override
  public void onAssignment(Assignment assignment, ConsumerGroupMetadata metadata) {
    ByteBuffer table = assignment.userData();
    if (table == null || !table.hasRemaining()) {
      return;
    }
    try {
      board().placement = PlacementCodec.placement(table, metadata.generationId());
    } catch (IllegalArgumentException e) {
      log.warn("the placement that the group's leader sent is not understood: {}; going on with the one before",
          e.getMessage());
    }
  }
}
