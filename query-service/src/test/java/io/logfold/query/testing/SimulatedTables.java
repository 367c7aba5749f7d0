package io.logfold.query.testing;

import io.logfold.log.InMemoryPartitionLog;
import io.logfold.projector.SteppedProjection;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.memory.MemoryTableDriver;
import io.logfold.query.NodeTables;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/** The named tables of a simulated partition, shared by its nodes. All but the main one are projected from here. */
public final class SimulatedTables implements NodeTables {
  private static final int BATCH_EVENTS = 100;

  private final String store;
  private final LongSupplier clockMs;
  private final Map<String, SwitchedTable> tables = new LinkedHashMap<>();
  private final Map<String, SteppedProjection> projections = new HashMap<>();
  private final Set<String> paused = new HashSet<>();

  /** @param clockMs the projectors' clock */
  SimulatedTables(String store, LongSupplier clockMs) {
    this.store = store;
    this.clockMs = clockMs;
  }

  private SteppedProjection projection(Table table) {
    return new SteppedProjection(store, 0, table, clockMs, BATCH_EVENTS);
  }

  /** A table in memory; asked of its driver itself, since to search for drivers takes longer than a run. */
  static Table empty(String store) {
    return new MemoryTableDriver().open(URI.create("memory:/"), store, 1);
  }

  /** A new, empty one. */
  public SwitchedTable add(String name) {
    SwitchedTable table = new SwitchedTable(empty(store));
    tables.put(name, table);
    if (!name.equals(MAIN)) {
      projections.put(name, projection(table));
    }
    return table;
  }

  public void remove(String name) {
    tables.remove(name);
    projections.remove(name);
  }

  public void pause(String name) {
    paused.add(name);
  }

  public void resume(String name) {
    paused.remove(name);
  }

  /** The oldest of backups is restored, an empty one: it is projected on from there. */
  public void restoreEmpty(String name) {
    SwitchedTable table = Objects.requireNonNull(tables.get(name));
    table.become(empty(store));
    projections.put(name, projection(table));
  }

  boolean projectOthers(InMemoryPartitionLog log) {
    boolean any = false;
    for (Map.Entry<String, SteppedProjection> each : projections.entrySet()) {
      any |= !paused.contains(each.getKey()) && project(each.getValue(), log);
    }
    return any;
  }

  /** Projects all there is at once; whether there was any. */
  static boolean project(SteppedProjection projection, InMemoryPartitionLog log) {
    projection.tick();
    if (projection.position() >= log.end() || projection.feed(log, Integer.MAX_VALUE) == 0) {
      return false;
    }
    projection.flush();
    return true;
  }

  @Override
  public List<String> names() {
    return new ArrayList<>(tables.keySet());
  }

  @Override
  public Optional<Table> table(String name) {
    return Optional.ofNullable(tables.get(name));
  }

  @Override
  public Optional<String> notReady(String name, int partition) {
    return tables.containsKey(name) ? Optional.empty() : Optional.of("there is none of that name");
  }

  @Override
  public String describe(String name) {
    return name;
  }
}
