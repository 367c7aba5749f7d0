package io.logfold.standalone.server;

import io.logfold.query.PartitionStatus;
import io.logfold.query.StoreNode;
import io.logfold.query.cluster.GrpcPeers;
import io.logfold.query.cluster.Moves;
import io.logfold.query.cluster.Placement;
import io.logfold.query.cluster.PlacementGroup;
import io.logfold.query.cluster.RoutingStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's place among the others: their addresses, the placement and what follows from it, the calls to them.
 *
 * <p>{@link #join} and {@link #leave} are called once each, in this order, by the thread that starts and the one that
 * closes the node; the placement arrives on the group's thread.
 */
final class ClusterMembership implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterMembership.class);
  private static final Duration LEAVE_WITHIN = Duration.ofSeconds(5);
  private static final long STATUS_MS = 500;

  private final ServerConfig config;
  private final String address;
  private final GrpcPeers peers = new GrpcPeers(this::members);
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1,
      Thread.ofPlatform().name("logfold-routing").daemon().factory());
  private volatile Placement placement = Placement.NONE;
  private @Nullable Moves moves;
  private @Nullable PlacementGroup group;

  /** @param address where clients and other nodes reach this node */
  ClusterMembership(ServerConfig config, String address) {
    this.config = config;
    this.address = address;
    timer.setRemoveOnCancelPolicy(true); // most calls are answered long before anybody loses patience
  }

  GrpcPeers peers() {
    return peers;
  }

  private Map<String, String> members() {
    Map<String, String> members = new TreeMap<>(placement.members());
    members.put(config.identity().node(), address);
    return members;
  }

  /**
   * Begins to be one of the nodes, and gives the store as all of them together offer it.
   *
   * @param onFenced told, once at most, where this node must end: another process has its name
   */
  RoutingStore join(StoreNode node, Consumer<String> onFenced) {
    Moves following =
        new Moves(node, config.identity().node(), peers, partition -> placement.ranking(partition), timer);
    moves = following;
    group = PlacementGroup.join(new PlacementGroup.Config(config.bootstrapServers(), config.placementGroup(),
        config.topic(), config.identity().partitions(), config.identity().node(), address, new SecureRandom().nextLong(),
        config.connection()), () -> leads(node), new PlacementGroup.Listener() {
          @Override
          public void placed(Placement now) {
            placement = now;
            for (int partition = 0; partition < node.partitions(); partition++) {
              node.ranking(partition, now.ranking(partition));
            }
            log.info("the nodes are {}; this one should lead {} of {} partitions", now.members(),
                now.rankings().stream().filter(ranking -> ranking.get(0).equals(config.identity().node())).count(),
                now.rankings().size());
          }

          @Override
          public void fenced() {
            onFenced.accept("another process runs as node " + config.identity().node() + " of the store "
                + config.identity().store() + ", and began later: this one stops; give each process a node id of its"
                + " own");
          }
        });
    if (config.placementMoves()) {
      following.start();
    }
    return new RoutingStore(node, peers, timer, System::nanoTime);
  }

  /** What this node leads, with its tokens; nothing where its leaders do not say so in time. */
  private Map<Integer, Long> leads(StoreNode node) {
    Map<Integer, Long> leads = new HashMap<>();
    try {
      for (PartitionStatus status : node.status().get(STATUS_MS, TimeUnit.MILLISECONDS)) {
        if (status.leader().equals(config.identity().node()) && status.leaderAddress().equals(address)) {
          leads.put(status.partition(), status.token());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.debug("what this node leads is not known just now: {}", e.toString());
    }
    return leads;
  }

  /** Gives away what this node leads, while it still sends requests on, then leaves the group. */
  void leave() {
    Moves following = moves;
    if (following != null) {
      try {
        following.leaveAll(LEAVE_WITHIN).get(LEAVE_WITHIN.toMillis() + 1_000, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException | TimeoutException e) {
        log.info("not everything was given away; the rest is resigned: {}", e.toString());
      }
    }
    closeGroup();
  }

  private void closeGroup() {
    PlacementGroup joined = group;
    if (joined != null) {
      joined.close();
    }
  }

  /** Whatever it still is. */
  @Override
  public void close() {
    Moves following = moves;
    if (following != null) {
      following.close();
    }
    closeGroup();
    timer.shutdownNow();
    peers.close();
  }
}
