package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.FoldState;
import io.logfold.log.LogRecord;
import io.logfold.log.Outcome;
import io.logfold.log.RequestTable;
import io.logfold.projector.table.Table;
import io.logfold.query.Reads.ServedBy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which table answers the partition's misses, how far it has come, and the change from one to another.
 *
 * <ul>
 *   <li>V1 The table that serves is the one that the last valid serve event names, on every node alike; the main one
 *       before the first.
 *   <li>V2 No answer becomes wrong by a change: each is accepted only with a checkpoint at or above the floor, whichever
 *       table gave it. The floor is pinned while a change is prepared, so that the new table can answer at once
 *       (invariant 9: the floor is not above the checkpoint of a table that may serve).
 *   <li>V3 What was forgotten rests on the checkpoint of the table that serves: after a change nothing more is forgotten
 *       before the new one's checkpoint was seen.
 * </ul>
 *
 * <p>Owned by the leader's thread.
 */
final class Serving {
  private final Leadership leader;
  private final Reads reads;
  private final NodeTables tables;
  private final TableAccess access;

  /** Serve events of this node whose fate the fold may not know yet. */
  private final List<LogRecord.Event> open = new ArrayList<>();

  private boolean asked;
  private long lastAskNanos;
  private int changes;

  Serving(Leadership leader, Reads reads, NodeTables tables, TableAccess access) {
    this.leader = leader;
    this.reads = reads;
    this.tables = tables;
    this.access = access;
    this.lastAskNanos = leader.clock().monotonicNanos();
  }

  /** A call that makes another table serve. */
  static final class Serve extends Operation<ServeOutcome> {
    final String table;
    final RequestInfo request;
    final Provenance provenance;
    private boolean pinned;

    Serve(String table, RequestInfo request, Provenance provenance, long deadlineNanos) {
      super(deadlineNanos);
      this.table = table;
      this.request = request;
      this.provenance = provenance;
    }

    @Override
    StoreException undecided(String why) {
      return StoreException.unknown(request.id(), token, why);
    }

    /** Every refusal says that nothing was handed over: where something was, and its fate is open, it is UNKNOWN. */
    @Override
    void fail(StoreException failure) {
      super.fail(handedOver && failure.code() != ErrorCode.UNKNOWN
          ? undecided(failure.getMessage() + "; whether the change counts is not known") : failure);
    }
  }

  /** The name that a fold's state means. */
  static String nameIn(String serving) {
    return serving.isEmpty() ? NodeTables.MAIN : serving;
  }

  /** The table that serves now. */
  String name() {
    return nameIn(leader.fold().state().serving());
  }

  /** The table that serves, and those that an event of which this node does not know the fate makes serve. */
  Set<String> mayServe() {
    FoldState known = leader.fold().state();
    open.removeIf(event -> event.token() != known.token() || event.lsn() <= known.lsn());
    Set<String> names = new HashSet<>(Set.of(name()));
    open.forEach(event -> event.serve().ifPresent(names::add));
    return Set.copyOf(names);
  }

  /** Whether this node has the table that serves. */
  boolean here() {
    return tables.table(name()).isPresent();
  }

  Table table() {
    return tables.serving(name(), leader.partition());
  }

  // ---- where to begin

  /** The table to begin from, by its name, and its checkpoint; empty where this node has no table of that name. */
  record Beginning(String name, Optional<Checkpoint> checkpoint) {}

  /**
   * Asks the tables where they stand. The one that is furthest knows best which one serves, and that one is begun from;
   * should the log know better still, it is asked again with what the log says.
   *
   * @param known which one serves, where the log has said it
   * @param patient whether the one that serves is to be waited for, where it does not answer; else the main one will do
   */
  void findBeginning(Optional<String> known, boolean patient, BiConsumer<@Nullable Beginning, @Nullable RuntimeException> then) {
    int partition = leader.partition();
    String store = leader.fold().state().store();
    access.<Beginning>ask(() -> {
      if (known.isPresent()) {
        return beginning(known.get(), partition);
      }
      Map<String, Checkpoint> standing = new TreeMap<>();
      String furthest = NodeTables.MAIN;
      for (String name : tables.names()) {
        Optional<Checkpoint> checkpoint = tables.table(name).flatMap(table -> tell(table, partition));
        if (checkpoint.isPresent() && checkpoint.get().at().store().equals(store)) {
          standing.put(name, checkpoint.get());
          Checkpoint best = standing.get(furthest);
          if (best == null || best.at().lsn() < checkpoint.get().at().lsn()) {
            furthest = name;
          }
        }
      }
      Checkpoint best = standing.get(furthest);
      String serving = best == null ? NodeTables.MAIN : nameIn(best.at().serving());
      Checkpoint there = standing.get(serving);
      if (there == null && (!patient || tables.table(serving).isEmpty())) {
        serving = NodeTables.MAIN; // the log may have said another one since: that is known at its end
        there = standing.get(serving);
      }
      // One that did not answer, or is another store's, says so itself when it is asked alone.
      return there != null ? new Beginning(serving, Optional.of(there)) : beginning(serving, partition);
    }, then);
  }

  private Beginning beginning(String name, int partition) {
    return new Beginning(name, tables.table(name).map(table -> table.checkpoint(partition)));
  }

  private static Optional<Checkpoint> tell(Table table, int partition) {
    try {
      return Optional.of(table.checkpoint(partition));
    } catch (RuntimeException e) {
      return Optional.empty(); // a table that does not serve may be away
    }
  }

  // ---- how far it is

  /** Asks the table that serves for its checkpoint, where it is time to. */
  void askCheckpoint(long now) {
    Memtable memtable = leader.memtable();
    boolean behind = memtable.projectedLsn() < leader.fold().state().lsn();
    long pollMs = leader.config().checkpointPollMs();
    long everyMs = memtable.hasUnprojected() ? pollMs : 10 * pollMs;
    if (asked || !behind || now - lastAskNanos < everyMs * 1_000_000) {
      return;
    }
    asked = true;
    lastAskNanos = now;
    int changesBefore = changes;
    access.<Checkpoint>ask(table -> table.checkpoint(leader.partition()), (checkpoint, failure) -> {
      if (changesBefore != changes) {
        return; // it is that of a table that serves no longer
      }
      asked = false;
      if (checkpoint != null) {
        leader.memtable().projected(checkpoint.at().lsn());
        leader.mayHaveRoom();
      }
    });
  }

  /** Another table serves from this record on. */
  void changed() {
    changes++;
    asked = false; // the table that served may be away, and its answer long in coming
    leader.memtable().tableChanged();
    lastAskNanos = leader.clock().monotonicNanos() - 10 * leader.config().checkpointPollMs() * 1_000_000;
  }

  // ---- the change

  /** Makes the table serve, as soon as it has what the memtable may have forgotten, and is near the log's end. */
  void serve(Serve operation) {
    if (operation.ended()) {
      return;
    }
    if (operation.handedOver) {
      Optional<RequestTable.Remembered> counted = leader.fold().requests().find(operation.request.id());
      if (counted.isPresent()) {
        operation.answer(new ServeOutcome(leader.partition(), counted.get().lsn(), true));
        return;
      }
      if (operation.token != leader.fold().state().token()) {
        operation.handedOver = false; // void for ever: nothing was changed, and it may be made again
      }
    }
    if (!leader.leading()) {
      leader.parkUntilLeading(operation, () -> serve(operation));
    } else if (name().equals(operation.table)) {
      Runnable again = () -> serve(operation);
      reads.certify(ServedBy.LEASE, operation, again, () -> operation.answer(new ServeOutcome(leader.partition(),
          leader.committedLsn(), false)));
    } else if (leader.clock().monotonicNanos() - leader.dataFromNanos() < 0) {
      operation.waitingFor = "the lease of the leader before to run out";
      leader.parkUntilData(operation, () -> serve(operation));
    } else {
      Optional<String> notReady = tables.notReady(operation.table, leader.partition());
      if (notReady.isPresent()) {
        operation.fail(ErrorCode.UNAVAILABLE, refusal(operation) + notReady.get());
      } else {
        pin(operation);
        look(operation);
      }
    }
  }

  /** Until the call is over nothing more is forgotten: what the new table lacks stays here. */
  private void pin(Serve operation) {
    if (!operation.pinned) {
      operation.pinned = true;
      Memtable memtable = leader.memtable();
      long pin = memtable.pinFloor();
      operation.future.whenComplete((answer, failure) -> leader.onLeaderThread(() -> memtable.unpin(pin)));
    }
  }

  private void look(Serve operation) {
    long epoch = leader.epoch();
    int partition = leader.partition();
    operation.waitingFor = "the table \"" + operation.table + "\"";
    leader.watch(operation);
    access.<Checkpoint>ask(() -> tables.serving(operation.table, partition).checkpoint(partition), (checkpoint, failure) -> {
      if (operation.ended()) {
        return;
      }
      if (epoch != leader.epoch() || !leader.leading()) {
        serve(operation);
      } else if (checkpoint == null) {
        Reads.failTable(operation, failure);
      } else {
        decide(operation, checkpoint);
      }
    });
  }

  private void decide(Serve operation, Checkpoint checkpoint) {
    long lag = leader.committedLsn() - checkpoint.at().lsn();
    long bound = leader.config().serveLagEvents();
    if (lag > bound) {
      operation.fail(ErrorCode.UNAVAILABLE, refusal(operation) + "it is " + lag + " events behind, at most " + bound
          + " are allowed; try again when it has caught up");
    } else if (checkpoint.at().lsn() < leader.memtable().floor()) {
      leader.whenTableMoved(operation, () -> serve(operation)); // it will be there in a moment
    } else {
      InFlight event = leader.pipeline().append((header, token, lsn, timeMs) -> new LogRecord.Event(header, token, lsn,
          operation.request, timeMs, operation.provenance, io.logfold.api.Bytes.EMPTY, List.of(), Outcome.APPLIED,
          Optional.of(operation.table)));
      operation.handedOver = true;
      operation.token = event.record.token();
      if (event.record instanceof LogRecord.Event handedOver) {
        open.add(handedOver);
      }
      // The call may be over before: what the new table lacks is kept until its event counts, or the leadership has ended.
      Memtable memtable = leader.memtable();
      long pin = memtable.pinFloor();
      leader.whenCommitted(event.record.lsn(), operation, () -> memtable.unpin(pin));
      // Committed, or void: which of both, the fold knows.
      leader.whenCommitted(event.record.lsn(), operation, () -> serve(operation));
    }
  }

  private String refusal(Serve operation) {
    return "the table \"" + operation.table + "\" cannot serve partition " + leader.partition() + " now: ";
  }
}
