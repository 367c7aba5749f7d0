package io.logfold.query.cluster;

import java.util.Map;

/**
 * What a node tells the others when it joins the group.
 *
 * @param address where clients and other nodes reach it
 * @param incarnation differs between the lives of a node
 * @param asks goes up where the node wants the group to agree anew: the coordinator takes no notice of a member that
 *     says what it said before
 * @param leads the partitions that it leads, with its tokens
 */
record NodeReport(String node, String address, long incarnation, int asks, Map<Integer, Long> leads) {
  NodeReport {
    leads = Map.copyOf(leads);
  }
}
