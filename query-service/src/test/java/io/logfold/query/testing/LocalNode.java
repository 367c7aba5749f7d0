package io.logfold.query.testing;

import io.logfold.log.GenesisConfig;
import io.logfold.log.InMemoryPartitionLog;
import io.logfold.log.PartitionLog;
import io.logfold.projector.history.HistoryRows;
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
  private final List<LocalProjector> histories = new ArrayList<>();

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

  public static LocalNode start(List<? extends PartitionLog> logs, Table table, UnaryOperator<LeaderConfig> leader) {
    return start(logs, table, Optional.empty(), leader);
  }

  private static LocalNode start(List<? extends PartitionLog> logs, Table table, Optional<Table> history,
      UnaryOperator<LeaderConfig> leader) {
    StoreNode.Config config = new StoreNode.Config(STORE, GenesisConfig.defaults(logs.size()),
        leader.apply(LeaderConfig.defaults("node-1", "http://127.0.0.1:0")), 2, 4);
    LocalNode local = new LocalNode(
        StoreNode.start(config, logs::get, tables(table, history), Incumbent.NONE, LeaderClock.SYSTEM, new Random(1),
            WriteGate.OPEN));
    for (int i = 0; i < logs.size(); i++) {
      local.projectors.add(new LocalProjector(logs.get(i), table, i));
      if (history.isPresent()) {
        local.histories.add(new LocalProjector(logs.get(i), history.get(), new HistoryRows(), i));
      }
    }
    try {
      local.node.awaitReady(10_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while the node started", e);
    }
    return local;
  }

  /** With a history beside the table, and logs in memory. */
  public static LocalNode startWithHistory(Table table, Table history, int partitions) {
    List<PartitionLog> logs = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      logs.add(new InMemoryPartitionLog());
    }
    return start(logs, table, Optional.of(history), leader -> leader);
  }

  public LocalStore store() {
    return node.store();
  }

  private static NodeTables tables(Table table, Optional<Table> history) {
    NodeTables main = NodeTables.only(table, "test");
    return new NodeTables() {
      @Override
      public List<String> names() {
        return main.names();
      }

      @Override
      public Optional<Table> table(String name) {
        return main.table(name);
      }

      @Override
      public Optional<String> notReady(String name, int partition) {
        return main.notReady(name, partition);
      }

      @Override
      public String describe(String name) {
        return main.describe(name);
      }

      @Override
      public Optional<Table> history() {
        return history;
      }
    };
  }

  /** The history stays behind until it is resumed. */
  public void pauseHistory() {
    histories.forEach(LocalProjector::pause);
  }

  public void resumeHistory() {
    histories.forEach(LocalProjector::resume);
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
    histories.forEach(LocalProjector::close);
  }
}
