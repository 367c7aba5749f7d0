package io.logfold.standalone.faults;

import io.logfold.log.testing.BrokerCluster;
import io.logfold.log.testing.ClusterBroker;
import io.logfold.log.testing.FaultyLink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A kind of fault: how it is brought about, and how it ends. What each shows is in docs/TESTING.md.
 *
 * <p>{@link #begin} returns what ends it, which is run once, when the time of {@link #lasting} is over; where nothing lasts
 * (a kill) the end is to start again what was killed.
 */
enum Fault {
  LEADER_KILLED("kill -9 of the leader of a partition") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws IOException, InterruptedException {
      ClusterNode leader = leader(cluster, clients, random);
      leader.kill();
      return () -> restart(leader);
    }
  },

  NODE_KILLED("kill -9 of any node") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws IOException, InterruptedException {
      ClusterNode node = any(cluster.nodes(), random);
      node.kill();
      return () -> restart(node);
    }
  },

  BROKER_KILLED("kill -9 of a broker") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws IOException, InterruptedException {
      ClusterBroker broker = broker(cluster, random);
      broker.kill();
      return () -> {
        broker.begin();
        broker.awaitReady();
      };
    }
  },

  LEADER_STOOD_STILL("SIGSTOP of a leader past its lease, then SIGCONT") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws IOException, InterruptedException {
      ClusterNode leader = leader(cluster, clients, random);
      leader.standStill();
      return leader::goOn;
    }
  },

  BROKER_STOOD_STILL("SIGSTOP of a broker, then SIGCONT") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws IOException, InterruptedException {
      ClusterBroker broker = broker(cluster, random);
      broker.standStill();
      return broker::goOn;
    }
  },

  BROKER_CUT_FROM_CONTROLLERS("a broker cut from the controllers, not from its clients") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws InterruptedException {
      ClusterBroker broker = broker(cluster, random);
      boolean late = random.nextBoolean();
      cluster.brokers().cutFromControllers(broker.id());
      return () -> cluster.brokers().healControllers(broker.id(), late);
    }
  },

  NODE_CUT_FROM_KAFKA("a leader cut from all brokers; half the time its requests arrive late") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws InterruptedException {
      return cut(cluster.brokers().links(leader(cluster, clients, random).name()), random);
    }
  },

  NODE_CUT_FROM_CLIENTS("a leader cut from clients and other nodes") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws InterruptedException {
      return cut(List.of(leader(cluster, clients, random).door()), random);
    }
  },

  KAFKA_STALLED("Kafka stalled for longer than the lease, for all nodes") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws IOException, InterruptedException {
      if (random.nextBoolean()) {
        for (ClusterBroker broker : cluster.brokers().brokers()) {
          broker.standStill();
        }
        return () -> {
          for (ClusterBroker broker : cluster.brokers().brokers()) {
            broker.goOn();
          }
        };
      }
      List<FaultyLink> links = FaultCluster.NODES.stream().flatMap(node -> cluster.brokers().links(node).stream()).toList();
      links.forEach(FaultyLink::hold);
      return () -> links.forEach(FaultyLink::heal);
    }
  },

  TWO_NODES_ONE_ID("a second process with the name of a node; one of the two stops by itself, and says why") {
    @Override
    End begin(FaultCluster cluster, Clients clients, Random random) throws IOException, InterruptedException {
      ClusterNode node = any(cluster.nodes(), random);
      ClusterNode twin = cluster.node(node.name(), cluster.folder().resolve("twin-" + random.nextInt(1 << 20)));
      twin.begin();
      return () -> {
        if (!twin.settledWithin(SETTLED)) {
          clients.violation("the second " + twin.name() + " neither served nor said why within " + SETTLED);
        }
        if (!node.endsWithin(SETTLED) && twin.isRunning()) {
          clients.violation("two processes run as " + node.name() + ", and neither has stopped within " + SETTLED);
        }
        twin.close();
        if (!node.isRunning()) {
          restart(node);
        }
      };
    }
  };

  /** A node waits a minute for leaders before it gives up. */
  private static final Duration SETTLED = Duration.ofSeconds(90);

  /** How a fault ends. */
  @FunctionalInterface
  interface End {
    void run() throws IOException, InterruptedException;
  }

  private final String words;

  Fault(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }

  abstract End begin(FaultCluster cluster, Clients clients, Random random) throws IOException, InterruptedException;

  /** How long it is left to last. */
  Duration lasting(Duration ttl, Random random) {
    double leases = switch (this) {
      case LEADER_KILLED, NODE_KILLED, TWO_NODES_ONE_ID -> 1 + random.nextDouble();
      case BROKER_KILLED, BROKER_STOOD_STILL, BROKER_CUT_FROM_CONTROLLERS -> 0;
      case LEADER_STOOD_STILL, NODE_CUT_FROM_KAFKA, NODE_CUT_FROM_CLIENTS, KAFKA_STALLED -> 1.2 + 1.5 * random.nextDouble();
    };
    // Brokers notice each other's death after two seconds, whatever the lease.
    return leases > 0 ? Duration.ofMillis((long) (leases * ttl.toMillis())) : Duration.ofMillis(2_500 + random.nextInt(3_000));
  }

  /** Whether all partitions are to answer again while it lasts; else they may wait for its end. */
  boolean survivable() {
    return switch (this) {
      case LEADER_KILLED, NODE_KILLED, TWO_NODES_ONE_ID -> true;
      default -> false;
    };
  }

  private static ClusterNode leader(FaultCluster cluster, Clients clients, Random random) throws InterruptedException {
    return cluster.leader(clients.store(), random.nextInt(cluster.partitions())).orElseGet(() -> any(cluster.nodes(), random));
  }

  /** Mostly the one that leads a partition of the topic. */
  private static ClusterBroker broker(FaultCluster cluster, Random random) throws InterruptedException {
    int id = cluster.brokerOf(random.nextInt(cluster.partitions())).orElse(1 + random.nextInt(BrokerCluster.BROKERS));
    return cluster.brokers().broker(id);
  }

  private static End cut(List<FaultyLink> links, Random random) {
    boolean hold = random.nextInt(3) > 0;
    boolean late = random.nextBoolean();
    links.forEach(hold ? FaultyLink::hold : FaultyLink::cut);
    return () -> {
      if (!late) {
        links.forEach(FaultyLink::cut);
      }
      links.forEach(FaultyLink::heal);
    };
  }

  private static void restart(ClusterNode node) throws IOException, InterruptedException {
    node.begin();
    node.awaitReady();
  }

  private static <T> T any(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  static String table(java.util.Map<Fault, Recoveries> counts) {
    return Stream.of(values()).filter(counts::containsKey)
        .map(fault -> "  " + java.util.Objects.requireNonNull(counts.get(fault)) + "  " + fault.words() + "\n")
        .collect(java.util.stream.Collectors.joining());
  }
}
