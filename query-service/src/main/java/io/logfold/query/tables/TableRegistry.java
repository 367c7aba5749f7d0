package io.logfold.query.tables;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.projector.CheckpointProof;
import io.logfold.projector.HistorySink;
import io.logfold.projector.replay.Until;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.TableUrls;
import io.logfold.projector.table.Tables;
import io.logfold.query.NodeTables;
import io.logfold.query.tables.TableEntry.Wanted;
import io.logfold.query.watch.HistoryMoved;
import io.logfold.query.watch.HistoryTold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables of this node, by name: the main one, which the node is started with, and others that are added while it
 * runs. Each is an independent projection of the one log. Which there are outlives the process; what they hold is theirs.
 *
 * <p>Adding, building and removing are done one at a time and may take as long as their backends; all that a leader asks
 * ({@link NodeTables}) never waits.
 */
public final class TableRegistry implements NodeTables, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TableRegistry.class);
  private static final long AGAIN_MS = 2_000;

  /**
   * @param store name of the store
   * @param node name of this node
   * @param streams folder for Kafka Streams
   * @param file where the list of tables is kept
   * @param log for those that read it whole
   * @param connection further settings for the projectors' Kafka clients, such as security
   * @param history whether a history is kept beside the main table
   */
  public record Config(String store, int partitions, String node, String bootstrapServers, String topic, Path streams,
      Path file, LogScan.Opener log, Map<String, String> connection, boolean history) {
    /** Without a history. */
    public Config(String store, int partitions, String node, String bootstrapServers, String topic, Path streams,
        Path file, LogScan.Opener log, Map<String, String> connection) {
      this(store, partitions, node, bootstrapServers, topic, streams, file, log, connection, false);
    }
  }

  /** What the history of the main table is called where tables are listed. It never answers for the store. */
  public static final String HISTORY = "history";

  /** Of a history of its own the node hears by itself; this is for what it might miss. */
  private static final Duration OWN_HISTORY_LOOK = Duration.ofSeconds(2);
  /** What another node projects into a shared history nobody tells. */
  private static final Duration SHARED_HISTORY_LOOK = Duration.ofMillis(200);

  private final Config config;
  private final TablesFile file;
  private final Object changes = new Object();
  private final ScheduledExecutorService again = Executors.newSingleThreadScheduledExecutor(runnable -> {
    Thread thread = new Thread(runnable, "logfold-tables");
    thread.setDaemon(true);
    return thread;
  });

  /** Replaced whole, in the order in which they were added, the main one first. */
  private volatile Map<String, NamedTable> tables = Map.of();

  private volatile @Nullable Table history;
  private volatile @Nullable HistoryTold historyTold;

  private volatile boolean closed;

  private TableRegistry(Config config) {
    this.config = config;
    this.file = new TablesFile(config.file());
  }

  /**
   * Opens the main table and begins with it; the others follow when their backends are there.
   *
   * @throws StoreException where the main table, or the list of the others, cannot be used
   * @throws TableException where the main table cannot be reached
   */
  public static TableRegistry open(Config config, String mainUrl) {
    TableRegistry registry = new TableRegistry(config);
    try {
      List<TableEntry> others = registry.file.read();
      NamedTable main = registry.named(new TableEntry(MAIN, mainUrl, Wanted.PROJECT));
      main.open();
      registry.put(main);
      if (config.history()) {
        registry.openHistory(main);
      }
      main.project();
      List<NamedTable> beside = others.stream().map(registry::named).toList();
      beside.forEach(registry::put);
      for (NamedTable other : beside) {
        if (other.local()) {
          registry.begin(other);
        } else {
          registry.again.execute(() -> registry.begin(other)); // one that is away must not hold up the start
        }
      }
      return registry;
    } catch (RuntimeException e) {
      registry.close();
      throw e;
    }
  }

  /**
   * Whether the list of tables can be read, before anything is begun.
   *
   * @throws StoreException INVALID_ARGUMENT where not
   */
  public static void check(Path file) {
    new TablesFile(file).read();
  }

  /** One history for each main table: shared where that is shared, the node's own where that is the node's own. */
  private void openHistory(NamedTable main) {
    String mainUrl = main.entry().url();
    Optional<String> url = Tables.historyUrl(mainUrl);
    if (url.isEmpty()) {
      log.warn("no history is kept: the driver of {} has no place for one", TableUrls.shown(mainUrl));
      return;
    }
    Table table = Tables.open(url.get(), config.store(), config.partitions());
    HistoryTold told = HistoryTold.of(table, Tables.driver(mainUrl).local() ? OWN_HISTORY_LOOK : SHARED_HISTORY_LOOK);
    Table opened = new TellingTable(table, told::told);
    history = opened;
    historyTold = told;
    main.keepHistory(url.get(), new HistorySink(opened, config.log()));
  }

  private NamedTable named(TableEntry entry) {
    return new NamedTable(config, entry, changed -> keep());
  }

  private void begin(NamedTable table) {
    if (!table.begin() && !closed) {
      try {
        again.schedule(() -> begin(table), AGAIN_MS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // it was closed just now
      }
    }
  }

  private void put(NamedTable table) {
    Map<String, NamedTable> next = new LinkedHashMap<>(tables);
    next.put(table.entry().name(), table);
    tables = Collections.unmodifiableMap(next);
  }

  private void take(NamedTable table) {
    Map<String, NamedTable> next = new LinkedHashMap<>(tables);
    next.remove(table.entry().name());
    tables = Collections.unmodifiableMap(next);
  }

  private void keep() {
    synchronized (file) {
      file.write(tables.values().stream().map(NamedTable::entry).filter(entry -> !entry.name().equals(MAIN)).toList());
    }
  }

  // ---- what a leader asks

  @Override
  public List<String> names() {
    return List.copyOf(tables.keySet());
  }

  @Override
  public Optional<Table> table(String name) {
    return Optional.ofNullable(tables.get(name)).map(NamedTable::table);
  }

  @Override
  public Optional<Table> history() {
    return Optional.ofNullable(history);
  }

  /** Tells when the history has moved on; empty where none is kept. */
  public Optional<HistoryMoved> historyMoved() {
    return Optional.ofNullable(historyTold);
  }

  @Override
  public Optional<String> notReady(String name, int partition) {
    NamedTable table = tables.get(name);
    return table == null ? Optional.of("there is none of that name, only " + String.join(", ", tables.keySet()))
        : table.notReady(partition);
  }

  @Override
  public String describe(String name) {
    NamedTable table = tables.get(name);
    return table == null ? name : TableUrls.shown(table.entry().url());
  }

  /** Why the node is not as it should be: the projection into one of these has halted. */
  Optional<String> halted(Set<String> names) {
    return tables.values().stream().filter(table -> names.contains(table.entry().name())).map(NamedTable::halted)
        .flatMap(Optional::stream).findFirst();
  }

  Config config() {
    return config;
  }

  /** Of the store. */
  public int partitions() {
    return config.partitions();
  }

  // ---- what people ask; may block

  /** How all of them stand, the history last. */
  public List<TableView> views() {
    List<FutureTask<TableView>> all = tables.values().stream().map(table -> new FutureTask<>(table::view))
        .collect(Collectors.toCollection(ArrayList::new));
    NamedTable main = tables.get(MAIN);
    if (history != null && main != null) {
      all.add(new FutureTask<>(() -> main.historyView(HISTORY)));
    }
    all.forEach(Thread.ofVirtual()::start); // one that is away holds up no other
    List<TableView> views = new ArrayList<>();
    for (FutureTask<TableView> each : all) {
      try {
        views.add(each.get());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw StoreException.from(e);
      } catch (ExecutionException e) {
        throw StoreException.from(e);
      }
    }
    return views;
  }

  /** @throws StoreException INVALID_ARGUMENT where there is none of that name */
  public TableView view(String name) {
    NamedTable main = tables.get(MAIN);
    return name.equals(HISTORY) && history != null && main != null ? main.historyView(HISTORY) : find(name).view();
  }

  /**
   * Builds a table from history: a new one, or one that stands. It goes on by itself; {@link #view} tells how far it is.
   *
   * @param name of a new one; empty: as its URL's scheme says, or the name that a table with this URL has already
   * @param seedFrom URL or name of a table to copy first, where the new one holds nothing
   * @return its name
   */
  public String build(String url, Optional<String> name, Until until, Optional<String> seedFrom) {
    if (name.isPresent() && name.get().equals(HISTORY)) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "\"" + HISTORY
          + "\" is the name of the history of the main table; choose another one with --name");
    }
    synchronized (changes) {
      NamedTable table = existing(url, name).orElse(null);
      boolean added = table == null;
      if (table == null) {
        String free = name.orElseGet(() -> freeName(url));
        table = named(new TableEntry(free, url, until instanceof Until.EndOfLog ? Wanted.BUILD : Wanted.STAND));
      }
      try {
        table.open();
      } catch (TableException e) {
        throw unreachable(url, e);
      }
      String madeName = table.entry().name();
      Optional<Lent> source = Optional.empty();
      try {
        source = seedFrom.map(from -> source(from, madeName));
        if (added) {
          put(table);
          keep(); // before it begins: what was begun is not forgotten
        }
        if (closed) {
          throw new StoreException(ErrorCode.CLOSED, "the node is closing");
        }
        table.build(until, source);
      } catch (RuntimeException e) {
        source.ifPresent(Lent::close);
        if (added) {
          forget(table);
        }
        throw e;
      }
      return madeName;
    }
  }

  /** What was just added, and does not come to be. */
  private void forget(NamedTable table) {
    boolean was = tables.containsValue(table);
    take(table);
    table.close();
    if (was) {
      try {
        keep();
      } catch (StoreException e) {
        log.warn("table {}: {}", table.entry().name(), e.getMessage());
      }
    }
  }

  private Optional<NamedTable> existing(String url, Optional<String> name) {
    NamedTable sameUrl = tables.values().stream().filter(table -> table.entry().url().equals(url)).findFirst().orElse(null);
    NamedTable sameName = name.map(tables::get).orElse(null);
    if (sameUrl != null && name.isPresent() && sameUrl != sameName) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table at " + TableUrls.shown(url) + " is called \""
          + sameUrl.entry().name() + "\" already");
    }
    if (sameName != null && sameUrl == null) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the name \"" + sameName.entry().name() + "\" is that of the table at "
          + TableUrls.shown(sameName.entry().url()) + "; choose another one with --name");
    }
    return Optional.ofNullable(sameUrl);
  }

  private String freeName(String url) {
    String scheme = Tables.driver(url).scheme();
    for (int number = 1; ; number++) {
      String name = number == 1 ? scheme : scheme + "-" + number;
      if (!tables.containsKey(name)) {
        return name;
      }
    }
  }

  private Lent source(String urlOrName, String target) {
    NamedTable table = own(urlOrName).orElseThrow(() -> new StoreException(ErrorCode.INVALID_ARGUMENT, "there is no table \""
        + TableUrls.shown(urlOrName) + "\" here to copy from; it is one of " + String.join(", ", tables.keySet())
        + " (or its URL)"));
    if (table.entry().name().equals(target)) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table cannot be copied from itself");
    }
    return table.lend();
  }

  private Optional<NamedTable> own(String urlOrName) {
    return tables.values().stream()
        .filter(table -> table.entry().name().equals(urlOrName) || table.entry().url().equals(urlOrName)).findFirst();
  }

  /** Stops the building of a table; what was applied stays, and building it again goes on from there. */
  public void stop(String name) {
    find(name).stop();
  }

  /**
   * Forgets a table; its backend is left as it is.
   *
   * @param serving names that serve some partition, or may
   */
  public void remove(String name, List<String> serving) {
    synchronized (changes) {
      NamedTable table = find(name);
      if (name.equals(MAIN)) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the main table is what the node is started with; it cannot be removed");
      }
      if (serving.contains(name)) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table \"" + name
            + "\" answers for the store; let another one serve first: logfold tables serve main");
      }
      if (table.isLent()) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table \"" + name
            + "\" is being read by a verification, or copied into another one; wait for its end, or end it");
      }
      Map<String, NamedTable> before = tables;
      take(table);
      try {
        keep();
      } catch (RuntimeException e) {
        tables = before;
        throw e;
      }
      table.close();
    }
  }

  /** An open table of somebody who reads it for a while; to be given back by closing this. */
  record Lent(Table table, String shown, Runnable back) implements AutoCloseable {
    @Override
    public void close() {
      back.run();
    }
  }

  /**
   * One of the node's tables, or another one of the same store, opened for this use.
   *
   * @throws StoreException where there is none, it is not open, or it holds nothing
   */
  Lent lend(String urlOrName) {
    synchronized (changes) {
      Optional<NamedTable> own = own(urlOrName);
      if (own.isPresent()) {
        return own.get().lend();
      }
    }
    if (!urlOrName.contains(":")) {
      throw noSuchTable(urlOrName);
    }
    Table opened;
    try {
      opened = Tables.open(urlOrName, config.store(), config.partitions());
    } catch (TableException e) {
      throw unreachable(urlOrName, e);
    }
    try {
      refuseIfEmpty(opened, urlOrName);
      return new Lent(opened, TableUrls.shown(urlOrName), opened::close);
    } catch (RuntimeException e) {
      opened.close();
      throw e instanceof TableException away ? unreachable(urlOrName, away) : e;
    }
  }

  static StoreException unreachable(String url, TableException e) {
    return new StoreException(ErrorCode.UNAVAILABLE,
        "the table at " + TableUrls.shown(url) + " cannot be reached: " + e.getMessage(), e);
  }

  /** Opening makes a table where there is none; an empty one because of a slip in its URL would equal anything. */
  private void refuseIfEmpty(Table opened, String url) {
    for (int partition = 0; partition < config.partitions(); partition++) {
      if (CheckpointProof.stands(opened.checkpoint(partition).at())) {
        return;
      }
    }
    throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table at " + TableUrls.shown(url)
        + " holds nothing, it was never projected into; give the URL of another one");
  }

  private NamedTable find(String name) {
    @Nullable NamedTable table = tables.get(name);
    if (table == null) {
      throw noSuchTable(name);
    }
    return table;
  }

  void refuseUnknown(String name) {
    find(name);
  }

  private StoreException noSuchTable(String name) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT,
        "there is no table \"" + name + "\"; there are " + String.join(", ", tables.keySet()));
  }

  @Override
  public void close() {
    closed = true;
    again.shutdownNow();
    List<NamedTable> all = new ArrayList<>(tables.values());
    Collections.reverse(all);
    all.forEach(NamedTable::close);
    HistoryTold told = historyTold;
    if (told != null) {
      told.close();
    }
    Table kept = history;
    if (kept != null) {
      kept.close();
    }
  }
}
