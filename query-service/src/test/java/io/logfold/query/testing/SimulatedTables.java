package io.logfold.query.testing;

import io.logfold.log.InMemoryPartitionLog;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.NodeTables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The named tables of a simulated partition, shared by its nodes. All but the main one are projected from here. */
public final class SimulatedTables implements NodeTables {
  private final String store;
  private final Map<String, SwitchedTable> tables = new LinkedHashMap<>();
  private final Map<String, BatchFold> projections = new HashMap<>();
  private final Set<String> paused = new HashSet<>();

  SimulatedTables(String store) {
    this.store = store;
  }

  /** A new, empty one. */
  public SwitchedTable add(String name) {
    SwitchedTable table = new SwitchedTable(Tables.open("memory:", store, 1));
    tables.put(name, table);
    if (!name.equals(MAIN)) {
      projections.put(name, new BatchFold(table, 0));
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
    table.become(Tables.open("memory:", store, 1));
    projections.put(name, new BatchFold(table, 0));
  }

  boolean projectOthers(InMemoryPartitionLog log) {
    boolean any = false;
    for (Map.Entry<String, BatchFold> each : projections.entrySet()) {
      BatchFold projection = each.getValue();
      if (!paused.contains(each.getKey()) && projection.position() < log.end()) {
        long before = projection.position();
        List<RawRecord> records = log.read(before, Integer.MAX_VALUE, 0).join().records();
        projection.apply(records);
        any |= projection.position() > before;
      }
    }
    return any;
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
