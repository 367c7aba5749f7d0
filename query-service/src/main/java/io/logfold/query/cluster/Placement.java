package io.logfold.query.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which nodes there are, and in which order they should lead each partition. A hint and no more: who leads is said by the
 * log, and nothing is unsafe where two nodes believe in different placements. Immutable.
 *
 * @param members addresses of the nodes by their names
 * @param rankings of each partition all members, the one that should lead it first
 * @param generation of the consumer group that agreed on it; Kafka may restart it, so it orders nothing
 */
public record Placement(SortedMap<String, String> members, List<List<String>> rankings, int generation) {
  /** Before anything was agreed on. */
  public static final Placement NONE = new Placement(new TreeMap<>(), List.of(), -1);

  public Placement {
    members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    rankings = rankings.stream().map(List::copyOf).toList();
  }

  /**
   * With the other ranks that follow from the first ones by rule, so that whoever knows these knows all: the partitions of a
   * node are dealt to the other nodes in turn, beginning behind it, as their second; the third is the one behind the
   * second, and so on. Where first ranks are balanced the others are, and what a node leaves behind goes to all others alike.
   *
   * @param firsts of each partition the member that should lead it
   */
  static Placement of(Map<String, String> members, List<String> firsts, int generation) {
    SortedMap<String, String> sorted = new TreeMap<>(members);
    List<String> names = List.copyOf(sorted.keySet());
    int[] dealt = new int[names.size()];
    List<List<String>> rankings = new ArrayList<>();
    for (String first : firsts) {
      int node = names.indexOf(first);
      int others = names.size() - 1;
      int turn = dealt[node]++;
      List<String> ranking = new ArrayList<>(List.of(first));
      for (int rank = 0; rank < others; rank++) {
        ranking.add(names.get((node + 1 + (turn + rank) % others) % names.size()));
      }
      rankings.add(ranking);
    }
    return new Placement(sorted, rankings, generation);
  }

  /** The nodes in the order in which they should lead the partition; empty where nothing is known. */
  public List<String> ranking(int partition) {
    return partition < rankings.size() ? rankings.get(partition) : List.of();
  }

  /** Of each partition the member that should lead it. */
  List<String> firsts() {
    return rankings.stream().map(ranking -> ranking.get(0)).toList();
  }

  /** Whether both say the same, whenever it was agreed on. */
  boolean saysTheSameAs(Placement other) {
    return members.equals(other.members) && rankings.equals(other.rankings);
  }
}
