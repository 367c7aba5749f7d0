package io.logfold.query.simulation;

import io.logfold.api.Bytes;
import io.logfold.log.testing.FaultyPartitionLog;
import io.logfold.query.NodeTables;
import io.logfold.query.testing.SimulatedNode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Injects the faults that a seed has chosen, one after the other, and heals each after a while. */
final class Faults {
  private final Cluster cluster;
  private final Random random;
  private final Trace trace;
  private final List<Fault> chosen = new ArrayList<>();
  private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
  private final int everyMs;
  private boolean ended;

  Faults(Cluster cluster, Random random, Trace trace) {
    this.cluster = cluster;
    this.random = random;
    this.trace = trace;
    int tenths = 2 + random.nextInt(6);
    for (Fault fault : Fault.values()) {
      if (random.nextInt(10) < tenths) {
        chosen.add(fault);
      }
    }
    this.everyMs = (int) cluster.ttlMs() / (2 + random.nextInt(10));
  }

  void begin() {
    cluster.after(cluster.ttlMs() / 2, this::turn);
  }

  void end() {
    ended = true;
  }

  Map<Fault, Integer> injected() {
    return injected;
  }

  private void turn() {
    if (ended || chosen.isEmpty()) {
      return;
    }
    Fault fault = chosen.get(random.nextInt(chosen.size()));
    SimulatedNode node = random.nextInt(3) > 0 ? cluster.leader().orElseGet(cluster::any) : cluster.any();
    if (inject(fault, node)) {
      injected.merge(fault, 1, Integer::sum);
    }
    cluster.after(1 + random.nextInt(2 * everyMs), this::turn);
  }

  /** Whether it came to it. */
  private boolean inject(Fault fault, SimulatedNode node) {
    trace.tell(() -> node.name() + ": " + fault.words());
    long ttl = cluster.ttlMs();
    switch (fault) {
      case APPEND_NEVER_SENT -> node.log().next(FaultyPartitionLog.Fault.NEVER_SENT);
      case APPEND_LOST -> node.log().next(FaultyPartitionLog.Fault.LOST);
      case APPEND_FAILED_IN_THE_LOG -> node.log().next(FaultyPartitionLog.Fault.FAILED_BUT_IN_THE_LOG);
      case APPEND_LATE -> {
        node.log().next(FaultyPartitionLog.Fault.LATE);
        cluster.after(upTo(2 * ttl), node.log()::releaseLate);
      }
      case ACKNOWLEDGED_WITHOUT_OFFSET -> node.log().next(FaultyPartitionLog.Fault.ACKNOWLEDGED_WITHOUT_OFFSET);
      case SLOW_ACKNOWLEDGEMENTS -> {
        node.log().next(FaultyPartitionLog.Fault.SLOW_ACKNOWLEDGEMENT);
        cluster.after(upTo(2 * ttl), node.log()::releaseAcknowledgements);
      }
      case PAUSE -> pause(node);
      case PAUSE_IN_MID_TURN -> cluster.trap(node, 1 + random.nextInt(20), () -> pause(node));
      case MACHINE_SLEEPS -> {
        node.suspend();
        cluster.after(upTo(2 * ttl), node::thaw);
      }
      case WALL_CLOCK_JUMPS -> node.clock().jumpWallMs(random.nextInt(1_000) - 500);
      case CRASH -> cluster.kill(node, random.nextInt(3), upTo(ttl));
      case CRASH_IN_MID_TURN -> cluster.trap(node, 1 + random.nextInt(20), () -> cluster.kill(node, random.nextInt(3), upTo(ttl)));
      case PLANNED_MOVE -> cluster.clients().move(node, cluster.current().get(random.nextInt(3)).name());
      case RANKING_CHANGES -> cluster.rank(random.nextInt(4) == 0);
      case CLEAN_SHUTDOWN -> {
        if (random.nextBoolean()) {
          node.leader().retire();
        }
        node.leader().close();
        cluster.after(300 + upTo(ttl), () -> cluster.kill(node, 2, upTo(ttl / 2)));
      }
      case STARTED_TWICE -> cluster.twin(node, ttl + upTo(2 * ttl));
      case CUT_FROM_THE_LOG -> {
        node.link().cutOff();
        cluster.after(upTo(2 * ttl), node.link()::connect);
      }
      case READS_FAIL -> {
        node.log().failReads(true);
        cluster.after(upTo(ttl), () -> node.log().failReads(false));
      }
      case DEPOSED_BROKER -> {
        node.link().readFromDeposedBroker(cluster.world().log().end());
        cluster.after(upTo(2 * ttl), node.link()::readFromTheLeaderAgain);
      }
      case PEERS_CUT_OFF -> {
        cluster.reach(node, false);
        cluster.after(upTo(2 * ttl), () -> cluster.reach(node, true));
      }
      case STRAY -> cluster.world().stray(Bytes.utf8("noise"));
      case DUPLICATE -> {
        List<Bytes> raw = cluster.raw();
        if (raw.isEmpty()) {
          return false;
        }
        cluster.world().stray(raw.get(raw.size() - 1 - random.nextInt(Math.min(5, raw.size()))));
      }
      case SLOW_TABLE -> {
        node.holdTableAnswers();
        cluster.after(upTo(ttl), node::releaseTableAnswers);
      }
      case TABLE_FAILS -> {
        cluster.world().table().fail("away");
        cluster.after(upTo(ttl / 2), () -> cluster.world().table().fail(null));
      }
      case TABLE_RESTORED -> cluster.restore(random.nextBoolean() ? NodeTables.MAIN : Cluster.OTHER);
      case OTHER_TABLE_SERVES -> cluster.serve(node, random.nextBoolean() ? NodeTables.MAIN : Cluster.OTHER);
      case PROJECTOR_PAUSED -> {
        Cluster.ProjectorProcess projector = projector();
        projector.paused = true;
        cluster.after(upTo(2 * ttl), () -> projector.paused = false);
      }
      case RIVAL_PROJECTOR -> cluster.addRival();
      case PROJECTOR_KILLED -> projector().restart();
    }
    return true;
  }

  private Cluster.ProjectorProcess projector() {
    return cluster.projectors().get(random.nextInt(cluster.projectors().size()));
  }

  private void pause(SimulatedNode node) {
    long ttl = cluster.ttlMs();
    node.freeze();
    cluster.after(random.nextInt(4) == 0 ? upTo(ttl) : ttl + upTo(ttl), node::thaw);
  }

  private long upTo(long ms) {
    return 1 + random.nextInt((int) ms);
  }
}
