package io.logfold.query.simulation;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.GenesisConfig;
import io.logfold.projector.SteppedProjection;
import io.logfold.projector.table.Table;
import io.logfold.query.LeaderConfig;
import io.logfold.query.LeaderView;
import io.logfold.query.NodeTables;
import io.logfold.query.PartitionLeader.Manner;
import io.logfold.query.ReadIndex;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import io.logfold.query.testing.SwitchedTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Three nodes on one partition, their lives one after the other, and the projectors of their tables. A node may have two
 * lives at once: its supervisor started it again, and the process before is not dead.
 */
final class Cluster {
  static final String OTHER = "other";
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final long MS = 1_000_000;

  /** e is 5 % of clock rates against each other: 2.4 % each way stays within. */
  private static final int MOST_DRIFT_PERMILLE = 24;

  private final SimulatedPartition world;
  private final Random random;
  private final Trace trace;
  private final Watch watch;
  private final Weather weather;
  private final boolean tiny;
  private final List<SimulatedNode> current = new ArrayList<>();
  private final List<SimulatedNode> lives = new ArrayList<>();
  private final Map<SimulatedNode, LeaderView> views = new IdentityHashMap<>();
  private final Map<SimulatedNode, Trap> traps = new IdentityHashMap<>();
  private final List<ProjectorProcess> projectors = new ArrayList<>();
  private final Map<String, Long> restoredAt = new HashMap<>();
  private final Clients clients;
  private final Set<SimulatedNode> alone = new HashSet<>();
  private List<String> ranking = List.of();

  /** Something that happens to a node when it has done so many steps more. */
  private static final class Trap {
    private int steps;
    private final Runnable action;

    Trap(int steps, Runnable action) {
      this.steps = steps;
      this.action = action;
    }
  }

  /** A projector of the main table. */
  final class ProjectorProcess {
    private SteppedProjection projection;
    boolean paused;

    ProjectorProcess() {
      this.projection = begin();
      turn();
    }

    private SteppedProjection begin() {
      return new SteppedProjection(SimulatedPartition.STORE, 0, world.table(), world::nowMs, 1 + random.nextInt(20));
    }

    void restart() {
      projection = begin();
    }

    private void turn() {
      if (!paused) {
        projection.feed(world.log(), 1 + random.nextInt(8));
        projection.tick();
      }
      world.after((2 + random.nextInt(20)) * MS, this::turn);
    }

    String trouble() {
      return projection.trouble();
    }
  }

  Cluster(SimulatedPartition world, Random random, Trace trace, Watch watch) {
    this.world = world;
    this.random = random;
    this.trace = trace;
    this.watch = watch;
    this.weather = new Weather(random, world.genesis().ttlMs());
    this.tiny = random.nextInt(3) > 0;
    this.clients = new Clients(this, world, random, trace, watch);
    world.tables().add(OTHER);
    world.pauseProjection();
  }

  void begin() {
    NAMES.forEach(name -> {
      SimulatedNode node = start(name);
      current.add(node);
    });
    projectors.add(new ProjectorProcess());
    clients.begin();
  }

  // ---- nodes

  private SimulatedNode start(String name) {
    int drift = random.nextInt(2 * MOST_DRIFT_PERMILLE + 1) - MOST_DRIFT_PERMILLE;
    SimulatedNode node = world.start(name, this::config, drift, weather);
    lives.add(node);
    views.put(node, new LeaderView(node.leader()));
    node.network((partition, address, timeout) -> askIncumbent(node, address, timeout));
    if (!ranking.isEmpty()) {
      node.leader().ranking(ranking);
    }
    return node;
  }

  /** From node to node: it takes time, may be lost, and where the node at the address lives twice either may hear it. */
  private CompletableFuture<ReadIndex> askIncumbent(SimulatedNode from, String address, Duration timeout) {
    CompletableFuture<ReadIndex> answer = new CompletableFuture<>();
    world.after(timeout.toNanos(), () -> answer.completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE, "no answer in time")));
    world.after(weather.peerNanos(), () -> {
      List<SimulatedNode> there = lives.stream().filter(node -> address.startsWith(node.name() + ":")).toList();
      if (there.isEmpty() || alone.contains(from)) {
        return;
      }
      SimulatedNode node = there.get(random.nextInt(there.size()));
      node.leader().readIndex(Manner.ASKS, node.deadline(timeout.toMillis())).whenComplete((index, failure) ->
          world.after(weather.peerNanos(), () -> {
            if (alone.contains(node)) {
              return;
            }
            if (failure != null) {
              answer.completeExceptionally(failure);
            } else {
              answer.complete(index);
            }
          }));
    });
    return answer;
  }

  void reach(SimulatedNode node, boolean others) {
    if (others) {
      alone.remove(node);
    } else {
      alone.add(node);
    }
  }

  /** Ranks the nodes anew. @param differently each node hears something else */
  void rank(boolean differently) {
    List<String> next = new ArrayList<>(NAMES);
    Collections.shuffle(next, random);
    ranking = List.copyOf(next);
    for (SimulatedNode node : lives) {
      if (differently) {
        Collections.shuffle(next, random);
      }
      node.leader().ranking(List.copyOf(next));
    }
  }

  private LeaderConfig config(LeaderConfig defaults) {
    return tiny ? defaults.withMemtableLimitBytes(1_300).withResidentLimitRows(2) : defaults;
  }

  /** A random one, oftener the one that leads. */
  SimulatedNode pick() {
    if (random.nextInt(100) < 60) {
      Optional<SimulatedNode> leading = leader();
      if (leading.isPresent()) {
        return leading.get();
      }
    }
    return current.get(random.nextInt(current.size()));
  }

  /** One that thinks it leads. */
  Optional<SimulatedNode> leader() {
    return lives.stream().filter(node -> view(node).leading()).reduce((first, second) -> second);
  }

  SimulatedNode any() {
    return lives.isEmpty() ? current.getFirst() : lives.get(random.nextInt(lives.size()));
  }

  /** All processes that are not dead. */
  List<SimulatedNode> lives() {
    return lives;
  }

  LeaderView view(SimulatedNode node) {
    return Objects.requireNonNull(views.get(node));
  }

  /** It dies; where it was the node's only life, it is started anew after so much time. */
  void kill(SimulatedNode node, int recordsThatStillCome, long restartAfterMs) {
    if (node.killed()) {
      return;
    }
    trace.tell(() -> node.name() + " is killed");
    node.kill(recordsThatStillCome);
    lives.remove(node);
    traps.remove(node);
    int slot = current.indexOf(node);
    if (slot >= 0) {
      // Until it is started again the dead one keeps its place: calls to it are not answered.
      world.after(restartAfterMs * MS, () -> {
        if (current.get(slot) == node) {
          current.set(slot, start(node.name()));
          trace.tell(() -> node.name() + " is started anew");
        }
      });
    }
  }

  /** A second process of the same node is started, although the first is not dead; that one dies after a while. */
  void twin(SimulatedNode node, long dieAfterMs) {
    int slot = current.indexOf(node);
    if (slot >= 0 && !node.killed()) {
      trace.tell(() -> node.name() + " is started a second time");
      current.set(slot, start(node.name()));
      world.after(dieAfterMs * MS, () -> kill(node, 2, 0));
    }
  }

  void trap(SimulatedNode node, int steps, Runnable action) {
    traps.put(node, new Trap(steps, action));
  }

  /** A node did a step. */
  void stepped(SimulatedNode node) {
    Trap trap = traps.get(node);
    if (trap != null && --trap.steps <= 0) {
      traps.remove(node);
      trap.action.run();
    }
  }

  void after(long ms, Runnable task) {
    world.after(ms * MS, task);
  }

  SimulatedPartition world() {
    return world;
  }

  Clients clients() {
    return clients;
  }

  /** TTL(1-e). */
  long leaseNanos() {
    GenesisConfig genesis = world.genesis();
    return genesis.ttlMs() * (1_000 - genesis.driftPermille()) * 1_000;
  }

  long ttlMs() {
    return world.genesis().ttlMs();
  }

  // ---- tables

  List<ProjectorProcess> projectors() {
    return projectors;
  }

  /** A second projector of the main table. */
  void addRival() {
    if (projectors.size() < 3) {
      projectors.add(new ProjectorProcess());
    }
  }

  Table table(String name) {
    return ((SwitchedTable) world.tables().table(name).orElseThrow()).below();
  }

  Checkpoint checkpoint(String table) {
    return table(table).checkpoint(0);
  }

  /** The table is lost, and an empty one takes its place. */
  void restore(String table) {
    restoredAt.merge(table, checkpoint(table).at().position(), Math::max);
    if (table.equals(NodeTables.MAIN)) {
      world.replaceTable();
    } else {
      world.tables().restoreEmpty(table);
    }
  }

  /** Whether it was put back, and has not caught up yet with what it was. */
  boolean restored(String table) {
    Long position = restoredAt.get(table);
    if (position != null && checkpoint(table).at().position() >= position) {
      restoredAt.remove(table);
      return false;
    }
    return position != null;
  }

  /** Lets this table serve; whatever becomes of it, it is answered. */
  void serve(SimulatedNode node, String table) {
    clients.serve(node, table);
  }

  /** The records of the log, as they lie there. */
  List<Bytes> raw() {
    return watch.truth().raw();
  }

  // ---- the end

  /** Everything is healed, and every node has one life. */
  void heal() {
    trace.tell(() -> "all is healed");
    traps.clear();
    List.copyOf(lives).stream().filter(node -> !current.contains(node)).forEach(node -> kill(node, 2, 0));
    for (int slot = 0; slot < current.size(); slot++) {
      if (current.get(slot).killed()) {
        current.set(slot, start(current.get(slot).name()));
      }
    }
    alone.clear();
    for (SimulatedNode node : lives) {
      node.thaw();
      node.tableCalls().release();
      node.releaseTableAnswers();
      node.messages().release();
      node.link().connect();
      node.link().readFromTheLeaderAgain();
      node.log().forgetOrders();
      node.log().releaseLate();
      node.log().releaseAcknowledgements();
    }
    projectors.forEach(projector -> projector.paused = false);
    world.table().fail(null);
    world.tables().resume(OTHER);
  }

  List<SimulatedNode> current() {
    return current;
  }
}
