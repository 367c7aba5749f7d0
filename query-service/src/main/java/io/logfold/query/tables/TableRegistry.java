package io.logfold.query.tables;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.LogScan;
import io.logfold.projector.replay.Until;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableException;
import io.logfold.projector.table.Tables;
import io.logfold.query.NodeTables;
import io.logfold.query.tables.TableEntry.Wanted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The tables of this node, by name: the main one, which the node is started with, and others that are added while it
 * runs. Each is an independent projection of the one log. Which there are outlives the process; what they hold is theirs.
 *
 * <p>Adding, building and removing are done one at a time and may take as long as their backends; all that a leader asks
 * ({@link NodeTables}) never waits.
 */
public final class TableRegistry implements NodeTables, AutoCloseable {
  private static final long AGAIN_MS = 2_000;

  /**
   * @param store name of the store
   * @param node name of this node
   * @param streams folder for Kafka Streams
   * @param file where the list of tables is kept
   * @param log for those that read it whole
   */
  public record Config(String store, int partitions, String node, String bootstrapServers, String topic, Path streams,
      Path file, LogScan.Opener log) {}

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
      main.project();
      for (TableEntry entry : others) {
        NamedTable other = registry.named(entry);
        registry.put(other);
        registry.begin(other);
      }
      return registry;
    } catch (RuntimeException e) {
      registry.close();
      throw e;
    }
  }

  private NamedTable named(TableEntry entry) {
    return new NamedTable(config, entry, changed -> keep());
  }

  private void begin(NamedTable table) {
    if (!table.begin() && !again.isShutdown()) {
      again.schedule(() -> begin(table), AGAIN_MS, TimeUnit.MILLISECONDS);
    }
  }

  private void put(NamedTable table) {
    Map<String, NamedTable> next = new LinkedHashMap<>(tables);
    next.put(table.entry().name(), table);
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

  /** Why the node is not as it should be: a projection of it has halted. */
  public Optional<String> halted() {
    return tables.values().stream().map(NamedTable::halted).flatMap(Optional::stream).findFirst();
  }

  Config config() {
    return config;
  }

  /** Of the store. */
  public int partitions() {
    return config.partitions();
  }

  // ---- what people ask; may block

  /** How all of them stand. */
  public List<TableView> views() {
    return tables.values().stream().map(NamedTable::view).toList();
  }

  /** @throws StoreException INVALID_ARGUMENT where there is none of that name */
  public TableView view(String name) {
    return find(name).view();
  }

  /**
   * Builds a table from history: a new one, or one that stands. It goes on by itself; {@link #view} tells how far it is.
   *
   * @param name of a new one; empty: as its URL's scheme says, or the name that a table with this URL has already
   * @param seedFrom URL or name of a table to copy first, where the new one holds nothing
   * @return its name
   */
  public String build(String url, Optional<String> name, Until until, Optional<String> seedFrom) {
    synchronized (changes) {
      NamedTable table = existing(url, name).orElse(null);
      boolean added = table == null;
      if (table == null) {
        String free = name.orElseGet(() -> freeName(url));
        table = named(new TableEntry(free, url, until instanceof Until.EndOfLog ? Wanted.BUILD : Wanted.STAND));
      }
      table.open();
      String madeName = table.entry().name();
      try {
        table.build(until, seedFrom.map(from -> source(from, madeName)));
      } catch (RuntimeException e) {
        if (added) {
          table.close();
        }
        throw e;
      }
      if (added) {
        put(table);
        keep();
      }
      return madeName;
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

  private Table source(String urlOrName, String target) {
    for (NamedTable table : tables.values()) {
      TableEntry entry = table.entry();
      if (entry.name().equals(urlOrName) || entry.url().equals(urlOrName)) {
        if (entry.name().equals(target)) {
          throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the table cannot be copied from itself");
        }
        return table.table();
      }
    }
    throw new StoreException(ErrorCode.INVALID_ARGUMENT, "there is no table \"" + TableUrls.shown(urlOrName)
        + "\" here to copy from; it is one of " + String.join(", ", tables.keySet()) + " (or its URL)");
  }

  /** Stops the building of a table; what was applied stays, and building it again goes on from there. */
  public void stop(String name) {
    find(name).stopBuilding();
  }

  /**
   * Forgets a table; its backend is left as it is.
   *
   * @param serving names that serve some partition
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
      Map<String, NamedTable> next = new LinkedHashMap<>(tables);
      next.remove(name);
      tables = Collections.unmodifiableMap(next);
      keep();
      table.close();
    }
  }

  /** An opened table by name or URL, and whether it is only for this use: then the caller closes it. */
  public record Lent(Table table, String shown, boolean opened) implements AutoCloseable {
    @Override
    public void close() {
      if (opened) {
        table.close();
      }
    }
  }

  /** One of the node's tables, or another one of the same store, opened for this use. */
  public Lent lend(String urlOrName) {
    for (NamedTable table : tables.values()) {
      TableEntry entry = table.entry();
      if (entry.name().equals(urlOrName) || entry.url().equals(urlOrName)) {
        return new Lent(table.table(), TableUrls.shown(entry.url()), false);
      }
    }
    if (!urlOrName.contains(":")) {
      throw noSuchTable(urlOrName);
    }
    return new Lent(Tables.open(urlOrName, config.store(), config.partitions()), TableUrls.shown(urlOrName), true);
  }

  private NamedTable find(String name) {
    @Nullable NamedTable table = tables.get(name);
    if (table == null) {
      throw noSuchTable(name);
    }
    return table;
  }

  private StoreException noSuchTable(String name) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT,
        "there is no table \"" + name + "\"; there are " + String.join(", ", tables.keySet()));
  }

  @Override
  public void close() {
    again.shutdownNow();
    List<NamedTable> all = new ArrayList<>(tables.values());
    Collections.reverse(all);
    all.forEach(NamedTable::close);
  }
}
