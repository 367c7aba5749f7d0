package io.logfold.query.simulation;

import io.logfold.api.Bytes;
import io.logfold.query.LeaderView;
import io.logfold.query.NodeTables;
import io.logfold.query.testing.SimulatedNode;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * 9: The memtable holds every event in (floor, committed], what it knows is the truth (M1, M2, M4), and its floor is at
 * or below the checkpoint of the table that serves when it moves. Looked at when a step has moved the fold or the memtable.
 */
final class MemtableHoldsAll implements Invariant {
  private final Watch watch;
  private final Map<SimulatedNode, Looked> looked = new IdentityHashMap<>();

  private record Looked(Object memtable, long position, long bytes, long floor) {}

  MemtableHoldsAll(Watch watch) {
    this.watch = watch;
  }

  @Override
  public void stepped(SimulatedNode node) {
    LeaderView view = watch.view(node);
    Looked now = new Looked(view.memtable(), view.state().position(), view.memtableBytes(), view.floor());
    Looked before = looked.put(node, now);
    if (!now.equals(before)) {
      look(node, view, before != null && before.memtable() == now.memtable() && before.floor() < now.floor());
    }
  }

  private void look(SimulatedNode node, LeaderView view, boolean forgot) {
    long lsn = view.state().lsn();
    long floor = view.floor();
    String table = view.state().serving().isEmpty() ? NodeTables.MAIN : view.state().serving();
    if (forgot && !watch.cluster().restored(table) && floor > watch.cluster().checkpoint(table).at().lsn()) {
      watch.broken(this, node.name() + " has forgotten up to LSN " + floor + ", and table " + table + " stands at LSN "
          + watch.cluster().checkpoint(table).at().lsn());
    }
    Map<Bytes, Long> known = new HashMap<>();
    view.eachKnown((partitionKey, key, value, revision) -> {
      known.put(key, revision);
      // A fold that began before the table's checkpoint comes by what is in the table already.
      if (lsn >= floor && !Optional.ofNullable(value).equals(watch.truth().valueAt(key, lsn))) {
        watch.broken(this, node.name() + " knows " + key + " as " + value + "@" + revision + " at LSN " + lsn + ", and it is "
            + watch.truth().valueAt(key, lsn) + "@" + watch.truth().changedAt(key, lsn));
      }
    });
    boolean resident = view.resident(SimulatedNode.PK);
    for (Bytes key : watch.truth().keys()) {
      long changed = watch.truth().changedAt(key, lsn);
      if (known.containsKey(key)) {
        continue;
      }
      if (changed > floor) {
        watch.broken(this, node.name() + " does not know " + key + ", which changed at LSN " + changed + ", and its floor is " + floor);
      }
      if (resident && watch.truth().valueAt(key, lsn).isPresent()) {
        watch.broken(this, node.name() + " takes " + key + " for absent, since the partition key is resident, and it is there");
      }
    }
  }
}
