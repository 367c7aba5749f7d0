package io.logfold.query.tables;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.HistorySink;
import io.logfold.projector.Projector;
import io.logfold.projector.ProjectorConfig;
import io.logfold.projector.ProjectorStatus;
import io.logfold.projector.replay.Replay;
import io.logfold.projector.replay.ReplayOptions;
import io.logfold.projector.replay.ReplayProgress;
import io.logfold.projector.replay.ReplayResult;
import io.logfold.projector.replay.Until;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.TableUrls;
import io.logfold.projector.table.Tables;
import io.logfold.query.tables.TableEntry.Wanted;
import io.logfold.query.tables.TableRegistry.Lent;
import io.logfold.query.tables.TableView.State;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One named table of a node: opened, built, projected, standing.
 *
 * <pre>
 *   AWAY -- open --> STANDING -- build --> BUILDING -- done --> PROJECTING
 *                        ^  '------------- project ----------------^   |
 *                        '------------ stop, fail, until --------------'
 * </pre>
 *
 * <p>What it is doing changes under its lock; {@link #table} and {@link #notReady} never wait for it. A building runs on a
 * thread of its own.
 */
final class NamedTable {
  private static final Logger log = LoggerFactory.getLogger(NamedTable.class);

  private final TableRegistry.Config config;
  private final boolean local;
  private final Consumer<TableEntry> changed;
  private final AwayTable away = new AwayTable(() -> trouble());
  private volatile TableEntry entry;
  private volatile @Nullable Table table;
  private volatile Work work = new Standing("it was not opened yet", State.AWAY);
  private volatile @Nullable ReplayResult lastBuilt;
  private final AtomicInteger lent = new AtomicInteger();
  private volatile @Nullable History history;
  private boolean closed;

  private record History(String url, HistorySink sink) {}

  private sealed interface Work {}

  private record Building(Replay replay, Thread thread) implements Work {}

  private record Projecting(Projector projector) implements Work {}

  /** @param state AWAY, STANDING or FAILED */
  private record Standing(String why, State state) implements Work {}

  /** @param changed told when what is wanted of it has changed, to be kept */
  NamedTable(TableRegistry.Config config, TableEntry entry, Consumer<TableEntry> changed) {
    this.config = config;
    this.entry = entry;
    this.changed = changed;
    this.local = Tables.driver(entry.url()).local();
  }

  TableEntry entry() {
    return entry;
  }

  /** Whether each node has one of its own. */
  boolean local() {
    return local;
  }

  /** Opened, or one that says why it is not. */
  Table table() {
    Table opened = table;
    return opened == null ? away : opened;
  }

  /**
   * The open table, for somebody who reads it for a while, and gives it back: meanwhile it is not removed.
   *
   * @throws StoreException UNAVAILABLE where it is not open
   */
  Lent lend() {
    Table opened = table;
    if (opened == null) {
      throw new StoreException(ErrorCode.UNAVAILABLE, "the table \"" + entry.name() + "\" cannot be read now: " + trouble());
    }
    lent.incrementAndGet();
    AtomicBoolean back = new AtomicBoolean();
    return new Lent(opened, entry.name(), () -> {
      if (back.compareAndSet(false, true)) {
        lent.decrementAndGet();
      }
    });
  }

  /** Whether somebody reads it who must not lose it. */
  boolean isLent() {
    return lent.get() > 0;
  }

  private String trouble() {
    return work instanceof Standing standing ? standing.why() : "the table \"" + entry.name() + "\" is not open";
  }

  // ---- what it does

  /**
   * Opens it where it is not open.
   *
   * @throws StoreException where it cannot be used, and {@link TableException} where it cannot be reached
   */
  synchronized void open() {
    if (table != null || closed) {
      return;
    }
    try {
      table = Tables.open(entry.url(), config.store(), config.partitions());
      work = new Standing("nothing was asked of it yet", State.STANDING);
    } catch (RuntimeException e) {
      work = new Standing(words(e), comesBack(e) ? State.AWAY : State.FAILED);
      throw e;
    }
  }

  private static boolean comesBack(RuntimeException e) {
    return e instanceof TableException || e instanceof StoreException store && store.code() == ErrorCode.UNAVAILABLE;
  }

  private static String words(Throwable e) {
    return e instanceof StoreException || e instanceof TableException ? String.valueOf(e.getMessage()) : e.toString();
  }

  /** Opens it and does what is wanted of it, or says why not; false where it should be tried again. */
  boolean begin() {
    try {
      open();
      resume();
      return true;
    } catch (RuntimeException e) {
      if (comesBack(e)) {
        log.warn("table {}: cannot be reached, trying again: {}", entry.name(), words(e));
        return false;
      }
      log.error("table {}: cannot be used: {}", entry.name(), words(e));
      return true;
    }
  }

  private synchronized void resume() {
    if (closed || table == null || !(work instanceof Standing)) {
      return; // removed, or somebody was faster
    }
    try {
      switch (entry.wanted()) {
        case PROJECT -> project();
        case BUILD -> build(new Until.EndOfLog(), Optional.empty());
        case STAND -> work =
            new Standing("it was told to stay where it is; replay to it again to let it go on", State.STANDING);
      }
    } catch (RuntimeException e) {
      log.error("table {}: cannot go on", entry.name(), e);
      work = new Standing("it cannot go on: " + words(e), State.FAILED);
    }
  }

  /** From when it is projected, a history is kept beside it. */
  void keepHistory(String url, HistorySink sink) {
    history = new History(url, sink);
  }

  /** Follows the log from now on, where it is open and does nothing else. */
  synchronized void project() {
    Table opened = table;
    if (closed || opened == null || !(work instanceof Standing)) {
      return;
    }
    String application = config.topic() + "." + entry.name();
    ProjectorConfig projection = local
        ? ProjectorConfig.local(config.bootstrapServers(), config.topic(), config.store(), application + "." + config.node(),
            config.streams())
        : ProjectorConfig.shared(config.bootstrapServers(), config.topic(), config.store(), application, config.node(),
            config.streams());
    work = new Projecting(Projector.start(projection.withConnection(config.connection()), opened,
        Optional.ofNullable(history).map(History::sink)));
    wantIfKept(Wanted.PROJECT);
  }

  /**
   * Begins to build it.
   *
   * @param seedFrom what to copy first; given back when the building has ended, or by the caller where this fails
   * @throws StoreException INVALID_ARGUMENT where it is being built, or follows the log already
   */
  synchronized void build(Until until, Optional<Lent> seedFrom) {
    Table opened = table;
    if (closed || opened == null) {
      throw new StoreException(ErrorCode.CLOSED, "the table \"" + entry.name() + "\" is not open any more");
    }
    switch (work) {
      case Building building -> throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "the table \"" + entry.name() + "\" is being built already");
      case Projecting projecting -> throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "the table \"" + entry.name() + "\" follows the log already");
      case Standing standing -> { }
    }
    ReplayOptions options = ReplayOptions.of(config.store(), config.partitions()).until(until);
    Replay replay =
        new Replay(seedFrom.map(Lent::table).map(options::seedFrom).orElse(options), config.log(), opened);
    want(until instanceof Until.EndOfLog ? Wanted.BUILD : Wanted.STAND);
    Thread thread = new Thread(() -> {
      try {
        run(replay, until);
      } finally {
        seedFrom.ifPresent(Lent::close);
      }
    }, "logfold-build-" + entry.name());
    thread.setDaemon(true);
    lastBuilt = null;
    work = new Building(replay, thread);
    thread.start();
  }

  private void run(Replay replay, Until until) {
    try {
      ReplayResult result = replay.run();
      log.info("table {}: {} events in {} ms{}", entry.name(), result.events(), result.elapsedMs(),
          result.complete() ? "" : ", stopped before the end");
      lastBuilt = result;
      built(replay, result.complete(), until);
    } catch (StoreException e) {
      if (e.code() == ErrorCode.CANCELLED) {
        built(replay, false, until);
      } else {
        failed(replay, e);
      }
    } catch (RuntimeException | Error e) {
      failed(replay, e);
    }
  }

  private void failed(Replay replay, Throwable e) {
    log.error("table {}: it could not be built: {}", entry.name(), words(e));
    ended(replay, new Standing("it could not be built: " + words(e), State.FAILED));
  }

  private synchronized void built(Replay replay, boolean complete, Until until) {
    if (!complete) {
      ended(replay, new Standing("its building was stopped; replay to it again to go on from where it stands",
          State.STANDING));
    } else if (!(until instanceof Until.EndOfLog)) {
      ended(replay, new Standing("it was built up to where it was told to stop; replay to it again to let it go on",
          State.STANDING));
    } else if (ended(replay, new Standing("it is built", State.STANDING))) {
      resumeProjecting();
    }
  }

  private void resumeProjecting() {
    try {
      project();
    } catch (RuntimeException e) {
      log.error("table {}: it is built, and cannot follow the log", entry.name(), e);
      work = new Standing("it is built, but cannot follow the log: " + words(e), State.FAILED);
    }
  }

  /** Whether it was this one that ended. */
  private synchronized boolean ended(Replay replay, Standing standing) {
    if (work instanceof Building building && building.replay() == replay) {
      work = standing;
      return true;
    }
    return false;
  }

  /** Ends a building for good, over a restart too; whatever was applied stays. Returns when it has ended. */
  void stop() {
    synchronized (this) {
      if (!(work instanceof Building)) {
        return;
      }
      wantIfKept(Wanted.STAND);
    }
    stopBuilding();
  }

  private void stopBuilding() {
    Work now = work;
    if (now instanceof Building building) {
      building.replay().cancel();
      join(building.thread());
    }
  }

  /** Stops whatever it does and closes it. */
  void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    stopBuilding();
    if (work instanceof Projecting projecting) {
      projecting.projector().close();
    }
    Table opened = table;
    if (opened != null) {
      opened.close();
    }
  }

  private void want(Wanted wanted) {
    TableEntry before = entry;
    if (before.wanted() != wanted) {
      entry = before.wanting(wanted);
      try {
        changed.accept(entry);
      } catch (RuntimeException e) {
        entry = before;
        throw e;
      }
    }
  }

  /** For what is as good after a restart if it could not be kept. */
  private void wantIfKept(Wanted wanted) {
    try {
      want(wanted);
    } catch (StoreException e) {
      log.warn("table {}: {}", entry.name(), e.getMessage());
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(30_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- how it stands

  /** Why it must not answer for the partition. Does not wait. */
  Optional<String> notReady(int partition) {
    return switch (work) {
      case Building building -> Optional.of("it is being built");
      case Standing standing -> Optional.of(standing.why());
      case Projecting projecting -> projecting.projector().status().partition(partition)
          .filter(status -> status.state() != ProjectorStatus.State.RUNNING)
          .map(status -> "its projection is " + status.state() + (status.lastError().isEmpty() ? "" : ": " + status.lastError()))
          // Of a shared table another node may project the partition.
          .or(() -> local && projecting.projector().status().partition(partition).isEmpty()
              ? Optional.of("its projection has not begun") : Optional.empty());
    };
  }

  /** The first of its partitions that has halted, in words. */
  Optional<String> halted() {
    return work instanceof Projecting projecting
        ? projecting.projector().status().partitions().stream()
            .filter(partition -> partition.state() == ProjectorStatus.State.HALTED).findFirst()
            .map(partition -> "the projection of partition " + partition.partition() + " into the table \"" + entry.name()
                + "\" has halted: " + partition.lastError())
        : Optional.empty();
  }

  /** May ask the table, and then takes a second at most. */
  TableView view() {
    Work now = work;
    List<TableView.Partition> partitions = new PartitionViews(table(), local, config.partitions()).views(switch (now) {
      case Building building -> State.BUILDING;
      case Standing standing -> standing.state();
      case Projecting projecting -> State.PROJECTING;
    }, now instanceof Projecting projecting ? projecting.projector().status().partitions() : List.of());
    State state = switch (now) {
      case Building building -> State.BUILDING;
      case Standing standing -> standing.state();
      case Projecting projecting -> worst(partitions);
    };
    String why = now instanceof Standing standing ? standing.why() : "";
    Optional<ReplayProgress> progress =
        now instanceof Building building ? Optional.of(building.replay().progress()) : Optional.empty();
    double rate = switch (now) {
      case Building building -> building.replay().progress().recordsPerSecond();
      case Projecting projecting -> projecting.projector().status().eventsPerSecond();
      case Standing standing -> 0;
    };
    return new TableView(entry.name(), TableUrls.shown(entry.url()), local, state, why, rate, progress,
        now instanceof Building ? Optional.empty() : Optional.ofNullable(lastBuilt), partitions);
  }

  /** Of the history that is kept beside it. */
  TableView historyView(String name) {
    History kept = java.util.Objects.requireNonNull(history, "no history is kept");
    Optional<ProjectorStatus> status = work instanceof Projecting projecting ? projecting.projector().historyStatus()
        : Optional.empty();
    List<TableView.Partition> partitions = new PartitionViews(kept.sink().table(), local, config.partitions())
        .views(State.PROJECTING, status.map(ProjectorStatus::partitions).orElse(List.of()));
    return new TableView(name, TableUrls.shown(kept.url()), local, worst(partitions), "",
        status.map(ProjectorStatus::eventsPerSecond).orElse(0.0), Optional.empty(), Optional.empty(), partitions);
  }

  private static State worst(List<TableView.Partition> partitions) {
    return partitions.stream().map(TableView.Partition::state)
        .max((a, b) -> Integer.compare(a.ordinal(), b.ordinal())).orElse(State.PROJECTING);
  }
}
