package io.logfold.query.testing;

import io.logfold.log.GenesisConfig;
import io.logfold.log.InMemoryPartitionLog;
import io.logfold.log.PartitionLog;
import io.logfold.projector.table.Table;
import io.logfold.query.Incumbent;
import io.logfold.query.LeaderClock;
import io.logfold.query.LeaderConfig;
import io.logfold.query.NodeTables;
import io.logfold.query.LocalStore;
import io.logfold.query.StoreNode;
import io.logfold.query.WriteGate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;

/** A node over logs in memory and any table, with its projectors. */
public final class LocalNode implements AutoCloseable {
  public static final String STORE = "test";

  private final StoreNode node;
  private final List<LocalProjector> projectors = new ArrayList<>();

  private LocalNode(StoreNode node) {
    this.node = node;
  }

  public static LocalNode start(Table table, int partitions, UnaryOperator<LeaderConfig> leader) {
    List<PartitionLog> logs = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      logs.add(new InMemoryPartitionLog());
    }
    return start(logs, table, leader);
  }

  public static LocalNode start(List<? extends PartitionLog> logs, Table table, UnaryOperator<LeaderConfig> leader)
      {
    StoreNode.Config config = new StoreNode.Config(STORE, GenesisConfig.defaults(logs.size()),
        leader.apply(LeaderConfig.defaults("node-1", "http://127.0.0.1:0")), 2, 4);
    LocalNode local = new LocalNode(
        StoreNode.start(config, logs::get, NodeTables.only(table, "test"), Incumbent.NONE, LeaderClock.SYSTEM, new Random(1),
            WriteGate.OPEN));
    for (int i = 0; i < logs.size(); i++) {
      local.projectors.add(new LocalProjector(logs.get(i), table, i));
    }
    try {
      local.node.awaitReady(10_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while the node started", e);
    }
    return local;
  }

  public LocalStore store() {
    return node.store();
  }

  public void pauseProjection() {
    projectors.forEach(LocalProjector::pause);
  }

  public void resumeProjection() {
    projectors.forEach(LocalProjector::resume);
  }

  /** What ended a projection, if anything did: the leader then forgets nothing any more, and refuses writes in the end. */
  public Optional<Throwable> projectionFailure() {
    return projectors.stream().flatMap(projector -> projector.failure().stream()).findFirst();
  }

  @Override
  public void close() {
    node.close();
    projectors.forEach(LocalProjector::close);
  }
}
