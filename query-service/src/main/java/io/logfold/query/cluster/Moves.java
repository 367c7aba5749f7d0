package io.logfold.query.cluster;

import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.StoreException;
import io.logfold.query.StoreNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Planned moves: brings the leaderships that this node holds to where the placement wants them, one after the other, and all
 * of them away before the node ends. A node is given a partition only after it was asked, and follows its log closely; so a
 * move costs a Resign and a claim, and no failover. All of this is convenience: safety is the log's.
 */
public final class Moves implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Moves.class);
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration ASK = Duration.ofSeconds(1);
  private static final Duration MOVE = Duration.ofSeconds(3);

  /** So often in a row the placement must want the same, before it is followed: it moves while nodes come and go. */
  private static final int STEADY = 5;

  private static final int MOST_DOUBLINGS = 6;

  /** How far a node may be behind and yet be given the leadership, events. */
  private static final long CLOSE_EVENTS = 1_000;

  private final StoreNode node;
  private final String name;
  private final Peers peers;
  private final IntFunction<List<String>> ranking;
  private final ScheduledExecutorService timer;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final Map<Integer, Wish> wishes = new HashMap<>();

  /** How often in a row moving a partition came to nothing; each time doubles the wait before the next attempt. */
  private final Map<Integer, Integer> failed = new ConcurrentHashMap<>();
  private @Nullable ScheduledFuture<?> ticks;

  /** Whom the placement wants to lead a partition, and how often in a row it has said so. */
  private record Wish(String node, int times) {}

  /**
   * @param name this node's
   * @param ranking of each partition: the nodes in the order in which they should lead it; empty where nothing is known
   * @param timer for short tasks
   */
  public Moves(StoreNode node, String name, Peers peers, IntFunction<List<String>> ranking, ScheduledExecutorService timer) {
    this.node = node;
    this.name = name;
    this.peers = peers;
    this.ranking = ranking;
    this.timer = timer;
  }

  /** Follows the placement from now on. */
  public synchronized void start() {
    ticks = timer.scheduleWithFixedDelay(this::tick, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Gives everything away that this node leads, and claims nothing any more. Done when that is so, or when it could not be
   * done in time; then what is left is resigned when the node closes, or runs out.
   */
  public CompletableFuture<Void> leaveAll(Duration atMost) {
    close();
    node.retire();
    List<CompletableFuture<Boolean>> moves = new ArrayList<>();
    for (int each = 0; each < node.partitions(); each++) {
      int partition = each;
      if (leads(partition)) {
        moves.add(toFirstReady(partition, others(partition), atMost));
      }
    }
    return CompletableFuture.allOf(moves.toArray(CompletableFuture<?>[]::new))
        .completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void tick() {
    try {
      follow();
    } catch (RuntimeException e) {
      log.warn("following the placement failed, trying again", e);
    }
  }

  private void follow() {
    for (int partition = 0; partition < node.partitions(); partition++) {
      List<String> ranked = ranking.apply(partition);
      boolean elsewhere = leads(partition) && !ranked.isEmpty() && !ranked.get(0).equals(name);
      if (!elsewhere) {
        wishes.remove(partition);
        continue;
      }
      Wish before = wishes.get(partition);
      String wanted = ranked.get(0);
      Wish now = before != null && before.node().equals(wanted) ? new Wish(wanted, before.times() + 1) : new Wish(wanted, 1);
      wishes.put(partition, now);
      int failures = failed.getOrDefault(partition, 0);
      if (now.times() >= STEADY << Math.min(failures, MOST_DOUBLINGS) && busy.compareAndSet(false, true)) {
        wishes.remove(partition);
        int moved = partition;
        var unused = toFirstReady(partition, List.of(wanted), MOVE).whenComplete((done, failure) -> {
          if (Boolean.TRUE.equals(done)) {
            failed.remove(moved);
            log.info("partition {} was moved to {}", moved, wanted);
          } else {
            failed.merge(moved, 1, Integer::sum);
          }
          busy.set(false);
        });
      }
    }
  }

  /** Moves the partition to the first of these that answers and is close behind; false where none is. */
  private CompletableFuture<Boolean> toFirstReady(int partition, List<String> candidates, Duration atMost) {
    if (candidates.isEmpty()) {
      return CompletableFuture.completedFuture(false);
    }
    String candidate = candidates.get(0);
    List<String> rest = candidates.subList(1, candidates.size());
    String address = peers.members().get(candidate);
    if (address == null) {
      return toFirstReady(partition, rest, atMost);
    }
    CallOptions ask = new CallOptions(ASK);
    Peer peer;
    try {
      peer = peers.at(address);
    } catch (StoreException e) {
      return toFirstReady(partition, rest, atMost); // its address is none
    }
    return node.store().cluster(ask)
        .thenCombine(peer.view(ask), (own, theirs) -> ready(partition, own, theirs))
        .exceptionally(gone -> false)
        .thenCompose(ready -> ready
            ? node.move(partition, candidate, atMost).thenApply(candidate::equals).exceptionally(failure -> {
              log.info("partition {} was not moved to {}: {}", partition, candidate, failure.getMessage());
              return false;
            })
            : toFirstReady(partition, rest, atMost));
  }

  private static boolean ready(int partition, ClusterView own, ClusterView theirs) {
    Optional<ClusterView.Partition> here = view(partition, own);
    Optional<ClusterView.Partition> there = view(partition, theirs);
    return here.isPresent() && there.isPresent() && there.get().state().equals("following")
        && here.get().committed() - there.get().committed() <= CLOSE_EVENTS;
  }

  private static Optional<ClusterView.Partition> view(int partition, ClusterView view) {
    return view.partitionViews().stream().filter(each -> each.partition() == partition).findFirst();
  }

  private List<String> others(int partition) {
    List<String> others = new ArrayList<>(ranking.apply(partition));
    peers.members().keySet().stream().filter(member -> !others.contains(member)).forEach(others::add);
    others.remove(name);
    return others;
  }

  private boolean leads(int partition) {
    return node.leaderAddress(partition).equals(node.address());
  }

  /** Moves nothing more by itself; the timer is the caller's. */
  @Override
  public synchronized void close() {
    if (ticks != null) {
      ticks.cancel(false);
    }
  }
}
