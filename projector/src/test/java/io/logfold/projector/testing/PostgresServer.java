package io.logfold.projector.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A real Postgres for tests, durable as a server in service is (the embedded one's defaults are not). Most tests use
 * {@link #shared}, one per JVM, and keep apart by {@link #freshPrefix}; those that stop or kill a server start their
 * own and close it.
 */
public final class PostgresServer implements AutoCloseable {
  private static final AtomicInteger PREFIXES = new AtomicInteger();
  private static @Nullable PostgresServer shared;

  private final Path data;
  private final int port;
  private EmbeddedPostgres running;

  private PostgresServer() {
    try {
      data = Files.createTempDirectory("logfold-postgres");
      running = launch(0);
      port = running.getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The server of this JVM, started when first asked for; it ends with the JVM. */
  public static synchronized PostgresServer shared() {
    if (shared == null) {
      shared = new PostgresServer();
      Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
    }
    return shared;
  }

  /** A server for one test, which closes it. */
  public static PostgresServer start() {
    return new PostgresServer();
  }

  /** A prefix that no other test of this JVM has. */
  public static String freshPrefix() {
    return "t" + PREFIXES.incrementAndGet() + "_";
  }

  /** The table's URL in this server. */
  public String url(String prefix) {
    return "postgres://postgres@127.0.0.1:" + port + "/postgres?prefix=" + prefix;
  }

  public String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
  }

  public int port() {
    return port;
  }

  /** A connection that is nobody's; the caller closes it. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl());
  }

  public void execute(String sql) {
    try (Connection connection = connect(); Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The first column of the first row as text, or "" where there is none. */
  public String query(String sql) {
    try (Connection connection = connect(); Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(sql)) {
      return found.next() ? String.valueOf(found.getString(1)) : "";
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Stops in order. */
  public void stop() {
    try {
      running.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The server's first process, whose children serve a connection each. */
  public ProcessHandle process() {
    try {
      long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).get(0).trim());
      return ProcessHandle.of(pid).orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills every process of the server at once, as a machine that loses its power would. */
  public void kill() {
    ProcessHandle postmaster = process();
    List<ProcessHandle> all = Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    Awaitility.await().until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
    stop();
  }

  /** Starts again, on the same port and with the same data. */
  public void startAgain() {
    try {
      running = launch(port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stop();
    try (Stream<Path> files = Files.walk(data)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EmbeddedPostgres launch(int onPort) throws IOException {
    EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setRegisterShutdownHook(false)
        .setErrorRedirector(Redirect.DISCARD)
        .setOutputRedirector(Redirect.DISCARD)
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("full_page_writes", "on");
    return (onPort == 0 ? builder : builder.setPort(onPort)).start();
  }
}
