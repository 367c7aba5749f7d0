package io.logfold.query.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Who should lead what, from who is there and who leads. A pure function: the same input gives the same placement on every
 * node.
 *
 * <ul>
 *   <li>R1 No node is first in more than one partition more than another.
 *   <li>R2 As many partitions as R1 allows stay with the node that leads them, or, where nobody leads, that stood first in
 *       the placement before. Where that one is gone, the next of that placement's ranking takes its place if R1 allows it.
 *   <li>R3 The other ranks follow from the first ones ({@link Placement#of}).
 * </ul>
 */
final class PlacementRule {
  private static final int NOBODY = -1;

  private final int partitions;
  private final List<NodeReport> nodes;
  private final Placement before;

  /** Why a partition should be with a node, the strongest reason first. */
  private enum Claim { LEADS, WAS_FIRST, INHERITS, NONE }

  /** By partition: the node that it should be with, and why. */
  private final int[] wanted;
  private final Claim[] claims;
  private final int[] firsts;
  private final int[] room;

  private PlacementRule(int partitions, List<NodeReport> nodes, Placement before) {
    this.partitions = partitions;
    this.nodes = nodes;
    this.before = before;
    this.wanted = new int[partitions];
    this.claims = new Claim[partitions];
    this.firsts = new int[partitions];
    this.room = new int[nodes.size()];
  }

  /**
   * @param nodes those that are there, one or more, in any order, each once
   * @param before what was agreed on before, as far as is known
   */
  static Placement place(int partitions, List<NodeReport> nodes, Placement before) {
    List<NodeReport> sorted = nodes.stream().sorted(Comparator.comparing(NodeReport::node)).toList();
    PlacementRule rule = new PlacementRule(partitions, sorted, before);
    rule.findWanted();
    rule.shareRoom();
    rule.keep();
    rule.placeTheRest();
    Map<String, String> members = new TreeMap<>();
    sorted.forEach(node -> members.put(node.node(), node.address()));
    return Placement.of(members, Arrays.stream(rule.firsts).mapToObj(node -> sorted.get(node).node()).toList(), -1);
  }

  /** Where two nodes say that they lead, the greater token is in force: the other has not heard of it yet. */
  private void findWanted() {
    long[] tokens = new long[partitions];
    Arrays.fill(wanted, NOBODY);
    Arrays.fill(claims, Claim.NONE);
    for (int node = 0; node < nodes.size(); node++) {
      for (Map.Entry<Integer, Long> lead : nodes.get(node).leads().entrySet()) {
        int partition = lead.getKey();
        if (partition >= 0 && partition < partitions
            && (claims[partition] == Claim.NONE || lead.getValue() > tokens[partition])) {
          want(partition, node, Claim.LEADS);
          tokens[partition] = lead.getValue();
        }
      }
    }
    for (int partition = 0; partition < partitions; partition++) {
      List<Integer> ranked = before.ranking(partition).stream().map(this::indexOf).toList();
      for (int rank = 0; rank < ranked.size() && claims[partition] == Claim.NONE; rank++) {
        if (ranked.get(rank) != NOBODY) {
          want(partition, ranked.get(rank), rank == 0 ? Claim.WAS_FIRST : Claim.INHERITS);
        }
      }
    }
  }

  private void want(int partition, int node, Claim why) {
    wanted[partition] = node;
    claims[partition] = why;
  }

  /** R1. Where it does not come out even, those get one more who hold most: so the fewest have to move. */
  private void shareRoom() {
    int[] holds = new int[nodes.size()];
    int[] inherits = new int[nodes.size()];
    for (int partition = 0; partition < partitions; partition++) {
      if (claims[partition] != Claim.NONE) {
        (claims[partition] == Claim.INHERITS ? inherits : holds)[wanted[partition]]++;
      }
    }
    Arrays.fill(room, partitions / nodes.size());
    IntStream.range(0, nodes.size()).boxed()
        .sorted(Comparator.<Integer>comparingInt(node -> -holds[node]).thenComparing(node -> -inherits[node])
            .thenComparing(node -> node))
        .limit(partitions % nodes.size())
        .forEach(node -> room[node]++);
  }

  /** R2. */
  private void keep() {
    Arrays.fill(firsts, NOBODY);
    for (Claim claim : List.of(Claim.LEADS, Claim.WAS_FIRST, Claim.INHERITS)) {
      for (int partition = 0; partition < partitions; partition++) {
        if (claims[partition] == claim && room[wanted[partition]] > 0) {
          put(partition, wanted[partition]);
        }
      }
    }
  }

  private void placeTheRest() {
    for (int partition = 0; partition < partitions; partition++) {
      if (firsts[partition] == NOBODY) {
        List<Integer> candidates = new ArrayList<>(before.ranking(partition).stream().map(this::indexOf)
            .filter(node -> node != NOBODY).toList());
        IntStream.range(0, nodes.size()).boxed().sorted(Comparator.comparingInt(node -> -room[node]))
            .forEach(candidates::add);
        put(partition, candidates.stream().filter(node -> room[node] > 0).findFirst().orElseThrow());
      }
    }
  }

  private void put(int partition, int node) {
    firsts[partition] = node;
    room[node]--;
  }

  private int indexOf(String name) {
    for (int node = 0; node < nodes.size(); node++) {
      if (nodes.get(node).node().equals(name)) {
        return node;
      }
    }
    return NOBODY;
  }
}
