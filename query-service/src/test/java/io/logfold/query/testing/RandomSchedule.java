package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.KeyRange;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.ScanRequest;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.LeaderConfig;
import io.logfold.query.NodeTables;
import io.logfold.query.ServeOutcome;
import io.logfold.query.WriteGate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** A random run of two nodes on one log: calls, faults, restarts, time. The same seed gives the same run. */
public final class RandomSchedule {
  private static final int KEYS = 8;
  private static final int LAST_LINES = 60;
  private static final List<String> NAMES = List.of("a", "b");
  private static final String OTHER = "other";

  private final Random random;
  private final SimulatedPartition world;
  private final Witness witness;
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<SimulatedNode> pastLives = new ArrayList<>();
  private final List<CommitRequest> requests = new ArrayList<>();
  private final ArrayDeque<String> story = new ArrayDeque<>();
  private final List<CompletableFuture<ServeOutcome>> serves = new ArrayList<>();
  private final boolean tiny;
  private int values;

  public RandomSchedule(long seed) {
    this.random = new Random(seed);
    this.world = new SimulatedPartition(seed);
    this.witness = new Witness(world);
    this.tiny = random.nextBoolean();
    world.tables().add(OTHER);
    NAMES.forEach(name -> nodes.add(start(name)));
  }

  private SimulatedNode start(String name) {
    // e is 5 % of clock rates against each other: 2 % each way stays within.
    return world.start(name, this::config, random.nextInt(41) - 20, WriteGate.OPEN);
  }

  private LeaderConfig config(LeaderConfig defaults) {
    return tiny ? defaults.withMemtableLimitBytes(1_600).withResidentLimitRows(3) : defaults;
  }

  /** So many random things, then peace: every call is answered in the end. */
  public void run(int things) {
    for (int i = 0; i < things; i++) {
      oneThing();
    }
    tell("peace");
    world.resumeProjection();
    world.tables().resume(OTHER);
    world.table().fail(null);
    for (SimulatedNode node : nodes) {
      node.thaw();
      node.tableCalls().release();
      node.messages().release();
      node.log().failReads(false);
      node.log().releaseLate();
      node.log().releaseAcknowledgements();
    }
    pastLives.forEach(node -> node.log().releaseLate());
    world.passMs(30_000);
  }

  public List<String> violations() {
    List<String> violations = new ArrayList<>(witness.judge());
    // Those of a node that was killed are never answered.
    long open = serves.stream().filter(each -> !each.isDone()).count();
    if (open > 0 && pastLives.isEmpty()) {
      violations.add(open + " changes of the serving table were never answered");
    }
    return violations;
  }

  /** How often another table was made to serve. */
  public long changesOfTable() {
    return serves.stream().filter(each -> each.isDone() && !each.isCompletedExceptionally() && each.join().changed()).count();
  }

  public String story() {
    return String.join("\n", story);
  }

  public long answered() {
    return witness.answered();
  }

  public int calls() {
    return witness.calls();
  }

  private void oneThing() {
    SimulatedNode node = nodes.get(random.nextInt(nodes.size()));
    int dice = random.nextInt(100);
    if (dice < 22) {
      write(node);
    } else if (dice < 40) {
      read(node);
    } else if (dice < 46) {
      scan(node);
    } else if (dice < 50) {
      retry(node);
    } else if (dice < 72) {
      long ms = random.nextInt(4) == 0 ? random.nextInt(4_000) : random.nextInt(40);
      tell("pass " + ms + " ms");
      world.passMs(ms);
    } else if (dice < 77) {
      tell("run");
      world.run();
    } else if (dice < 80) {
      tell("a consumer reads the log");
      witness.consume();
    } else if (dice < 88) {
      Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
      tell(node.name() + " next append: " + fault);
      node.log().next(fault);
    } else {
      trouble(node, random.nextInt(18));
    }
  }

  private void trouble(SimulatedNode node, int which) {
    switch (which) {
      case 0, 1 -> act(node, "late records land", node.log()::releaseLate);
      case 2 -> act(node, "slow acknowledgements arrive", node.log()::releaseAcknowledgements);
      case 3 -> act(node, "reads of the log fail", () -> node.log().failReads(true));
      case 4 -> act(node, "reads of the log succeed", () -> node.log().failReads(false));
      case 5 -> act(node, "its table is slow", node.tableCalls()::hold);
      case 6 -> act(node, "its table answers", node.tableCalls()::release);
      case 7 -> act(node, "stands still", node::freeze);
      case 8 -> act(node, "goes on", node::thaw);
      case 9 -> {
        if (random.nextBoolean()) {
          act(node, "the projector pauses", world::pauseProjection);
        } else {
          act(node, "the projector goes on", world::resumeProjection);
        }
      }
      case 10 -> act(node, "its wall clock jumps", () -> node.clock().jumpWallMs(random.nextInt(2_000) - 500));
      case 11 -> act(node, "a stray record", () -> world.stray(Bytes.utf8("noise")));
      case 12 -> {
        if (random.nextInt(8) == 0) {
          act(node, "the table is lost, and projected from the start", world::replaceTable);
        }
      }
      case 13, 14 -> {
        String table = random.nextBoolean() ? NodeTables.MAIN : OTHER;
        tell(node.name() + ": let the table " + table + " serve");
        serves.add(node.serve(table));
      }
      case 15 -> act(node, "the other table's projector pauses", () -> world.tables().pause(OTHER));
      case 16 -> act(node, "the other table's projector goes on", () -> world.tables().resume(OTHER));
      default -> {
        if (random.nextInt(8) == 0) {
          act(node, "the other table is restored from a backup", () -> world.tables().restoreEmpty(OTHER));
        } else {
          restart(node);
        }
      }
    }
  }

  private void act(SimulatedNode node, String what, Runnable action) {
    tell(node.name() + ": " + what);
    action.run();
  }

  private void restart(SimulatedNode node) {
    if (random.nextBoolean()) {
      tell(node.name() + " closes");
      node.thaw();
      node.leader().close();
      world.passMs(100);
    }
    tell(node.name() + " is killed and started anew");
    node.kill();
    pastLives.add(node);
    nodes.set(nodes.indexOf(node), start(node.name()));
  }

  private Bytes key() {
    return Bytes.utf8("k" + random.nextInt(KEYS));
  }

  private void write(SimulatedNode node) {
    Bytes key = key();
    List<Mutation> mutations = new ArrayList<>();
    mutations.add(mutation(key));
    Bytes second = key();
    if (random.nextInt(4) == 0 && !second.equals(key)) {
      mutations.add(mutation(second));
    }
    List<Predicate> predicates = switch (random.nextInt(5)) {
      case 0 -> List.of(new Predicate.Absent(key));
      case 1 -> List.of(new Predicate.Exists(key));
      case 2 -> List.of(new Predicate.Exists(key), new Predicate.Absent(second));
      default -> List.of();
    };
    CommitRequest request = new CommitRequest(SimulatedNode.PK, predicates, mutations, node.request(), Provenance.NONE);
    requests.add(request);
    send(node, request);
  }

  private Mutation mutation(Bytes key) {
    return random.nextInt(3) == 0 ? new Mutation.Delete(key) : new Mutation.Put(key, Bytes.utf8("v" + ++values));
  }

  /** A later attempt of an earlier request, or the same one once more. */
  private void retry(SimulatedNode node) {
    if (!requests.isEmpty()) {
      CommitRequest first = requests.get(random.nextInt(requests.size()));
      RequestInfo info = random.nextInt(4) == 0 ? first.request() : first.request().nextAttempt();
      send(node, new CommitRequest(first.partitionKey(), first.predicates(), first.mutations(), info, first.provenance()));
    }
  }

  private void send(SimulatedNode node, CommitRequest request) {
    String what = node.name() + " commits " + request.predicates() + " " + request.mutations() + " attempt " + request.request().attempt()
        + " of " + request.request().id();
    tell(what);
    List<Bytes> keys = request.predicates().stream().map(Predicate::key).toList();
    witness.write(node, what, request.request().id(), keys, node.commit(request));
  }

  private void read(SimulatedNode node) {
    List<Bytes> keys = random.nextBoolean() ? List.of(key()) : List.of(key(), key(), key());
    Consistency consistency = random.nextInt(4) == 0 ? Consistency.BARRIER : Consistency.LINEARIZABLE;
    String what = node.name() + " gets " + keys + " " + consistency + " #" + witness.calls();
    tell(what);
    witness.get(node, what, keys, node.get(consistency, keys.stream().map(Bytes::utf8).toArray(String[]::new)));
  }

  private void scan(SimulatedNode node) {
    boolean snapshot = random.nextInt(4) == 0;
    String what = node.name() + (snapshot ? " snapshots" : " scans") + " #" + witness.calls();
    tell(what);
    witness.scan(node, what, node.scan(new ScanRequest(SimulatedNode.PK, KeyRange.ALL, 100, random.nextBoolean(), false,
        Consistency.LINEARIZABLE, snapshot, Optional.empty())));
  }

  private void tell(String line) {
    story.add(world.nowMs() + " ms: " + line);
    if (story.size() > LAST_LINES) {
      story.remove();
    }
  }
}
