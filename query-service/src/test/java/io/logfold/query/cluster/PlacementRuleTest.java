package io.logfold.query.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who should lead what: balance, few moves, and the same answer everywhere. */
class PlacementRuleTest {
  @ParameterizedTest
  @CsvSource({"1,1", "1,7", "2,7", "3,1", "3,2", "3,12", "3,64", "5,64", "7,64", "9,1000"})
  void everyRankIsSharedAlike(int nodes, int partitions) {
    Placement placement = PlacementRule.place(partitions, reports(nodes), Placement.NONE);
    assertThat(placement.rankings()).hasSize(partitions)
        .allSatisfy(ranking -> assertThat(ranking).doesNotHaveDuplicates().hasSize(nodes));
    for (int rank = 0; rank < Math.min(2, nodes); rank++) {
      assertThat(spread(placement, rank)).as("rank " + rank).isBetween(0L, 1L);
    }
  }

  @Test
  void whatANodeLeavesBehindGoesToAllOthersAlike() {
    Placement placement = PlacementRule.place(64, reports(5), Placement.NONE);
    for (String gone : placement.members().keySet()) {
      Map<String, Long> heirs = placement.rankings().stream().filter(ranking -> ranking.get(0).equals(gone))
          .collect(Collectors.groupingBy(ranking -> ranking.get(1), Collectors.counting()));
      assertThat(heirs).hasSize(4);
      assertThat(Collections.max(heirs.values()) - Collections.min(heirs.values())).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void whoLeadsStaysFirst() {
    List<NodeReport> uneven = List.of(leads("a", 0, 1, 2), leads("b", 3, 4, 5), leads("c", 6, 7));
    assertThat(PlacementRule.place(8, uneven, Placement.NONE).firsts())
        .containsExactly("a", "a", "a", "b", "b", "b", "c", "c");
  }

  @Test
  void aNodeThatComesTakesItsShareAndNoMore() {
    List<NodeReport> before = List.of(leads("a", 0, 1, 2, 3, 4, 5), leads("b", 6, 7, 8, 9, 10, 11), leads("c"));
    List<String> firsts = PlacementRule.place(12, before, Placement.NONE).firsts();
    assertThat(firsts).containsExactly("a", "a", "a", "a", "c", "c", "b", "b", "b", "b", "c", "c");
  }

  @Test
  void whenANodeGoesOnlyItsOwnPartitionsMoveAndToTheirSeconds() {
    Placement before = PlacementRule.place(12, reports(4), Placement.NONE);
    List<NodeReport> left = reports(4).stream().filter(node -> !node.node().equals("n-01")).toList();
    Placement after = PlacementRule.place(12, left, before);
    for (int partition = 0; partition < 12; partition++) {
      String was = before.ranking(partition).get(0);
      assertThat(after.ranking(partition).get(0)).as("partition " + partition)
          .isEqualTo(was.equals("n-01") ? before.ranking(partition).get(1) : was);
    }
  }

  @Test
  void ofTwoThatSayTheyLeadTheGreaterTokenIsBelieved() {
    List<NodeReport> both = List.of(new NodeReport("a", "", 0, 0, Map.of(0, 7L)), new NodeReport("b", "", 0, 0, Map.of(0, 9L)));
    assertThat(PlacementRule.place(1, both, Placement.NONE).firsts()).containsExactly("b");
  }

  @Test
  void aPartitionThatTheStoreHasNotIsOverlooked() {
    assertThat(PlacementRule.place(1, List.of(leads("a", -1, 0, 5)), Placement.NONE).firsts()).containsExactly("a");
  }

  @Test
  void randomHistoriesKeepItBalancedAndMoveNoMoreThanTheyMust() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      int partitions = 1 + random.nextInt(40);
      HashSet<String> alive = new HashSet<>(List.of("n-0"));
      Placement before = PlacementRule.place(partitions, named(alive), Placement.NONE);
      for (int step = 0; step < 12; step++) {
        String node = "n-" + random.nextInt(6);
        if (!alive.add(node) && alive.size() > 1) {
          alive.remove(node);
        }
        List<NodeReport> shuffled = new ArrayList<>(named(alive));
        Collections.shuffle(shuffled, random);
        Placement after = PlacementRule.place(partitions, shuffled, before);
        String seen = "seed " + seed + " step " + step;
        assertThat(after).as(seen).isEqualTo(PlacementRule.place(partitions, named(alive), before));
        assertThat(spread(after, 0)).as(seen).isLessThanOrEqualTo(1);
        if (alive.size() > 1) {
          assertThat(spread(after, 1)).as(seen).isLessThanOrEqualTo(1);
        }
        assertThat(moves(before, after)).as(seen).isEqualTo(leastMoves(before, alive, partitions));
        before = after;
      }
    }
  }

  /** Counted anew: each node can keep what it had up to its share, and the larger shares go where they help most. */
  private static long leastMoves(Placement before, HashSet<String> alive, int partitions) {
    Map<String, Long> had =
        before.firsts().stream().filter(alive::contains).collect(Collectors.groupingBy(node -> node, Collectors.counting()));
    long share = partitions / alive.size();
    long kept = alive.stream().mapToLong(node -> Math.min(had.getOrDefault(node, 0L), share)).sum();
    long more = alive.stream().filter(node -> had.getOrDefault(node, 0L) > share).count();
    return partitions - kept - Math.min(more, partitions % alive.size());
  }

  private static long moves(Placement before, Placement after) {
    return IntStream.range(0, after.firsts().size())
        .filter(partition -> !before.firsts().get(partition).equals(after.firsts().get(partition))).count();
  }

  /** By how much the node that has this rank most often has it more often than the one that has it least often. */
  private static long spread(Placement placement, int rank) {
    Map<String, Long> counts = new HashMap<>();
    placement.members().keySet().forEach(node -> counts.put(node, 0L));
    placement.rankings().forEach(ranking -> counts.merge(ranking.get(rank), 1L, Long::sum));
    return Collections.max(counts.values()) - Collections.min(counts.values());
  }

  private static List<NodeReport> reports(int nodes) {
    return IntStream.range(0, nodes).mapToObj(node -> leads("n-%02d".formatted(node))).toList();
  }

  private static List<NodeReport> named(HashSet<String> names) {
    return names.stream().sorted().map(PlacementRuleTest::leads).toList();
  }

  private static NodeReport leads(String node, int... partitions) {
    return new NodeReport(node, "http://" + node + ":7171", 1, 0,
        IntStream.of(partitions).boxed().collect(Collectors.toMap(partition -> partition, partition -> 100L + partition)));
  }
}
