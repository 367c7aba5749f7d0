package io.logfold.projector.table.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.TableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The connections of one open table, in two pools so that snapshots, which keep theirs, cannot take those of reads and
 * batches. HikariCP opens them, finds dead ones and opens others: after a restart of the server the first call on a
 * connection may fail, later ones do not.
 *
 * <p>No call waits for ever: 3 s for a connection, 10 s for a lock, 20 s for a statement, and 30 s on a socket that
 * says nothing. Safe for use by many threads.
 */
final class Connections implements AutoCloseable {
  private static final int CONNECT_MS = 3_000;
  private static final int SOCKET_S = 30;
  private static final int CLOSE_MS = 2_000;
  private static final String READ_ONLY_TRANSACTION = "25006";

  /**
   * Each statement here has one right plan, by the primary key, whatever the statistics say: a table that was just
   * filled has none. Without synchronous_commit a batch could be lost after apply returned; stronger settings than "on"
   * stay.
   */
  private static final String SESSION = "SET statement_timeout = '20s'; SET lock_timeout = '10s';"
      + " SET idle_in_transaction_session_timeout = '10min';"
      + " SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_bitmapscan = off;"
      + " SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
  private static final String CALLS = SESSION + "; SET default_transaction_isolation = 'read committed'";
  private static final String FROZEN =
      SESSION + "; SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only = on";

  private final String place;
  private final HikariDataSource calls;
  private final HikariDataSource frozen;
  /** Calls hold it for reading. */
  private final ReentrantReadWriteLock calling = new ReentrantReadWriteLock();
  private volatile boolean closed;

  /** What is done with a connection. */
  interface Body<T> {
    T run(Connection connection) throws SQLException;
  }

  /** @param source of new connections; see {@link #source} */
  Connections(PostgresUrl url, DataSource source) {
    place = url.place();
    HikariConfig often = config("logfold-table-" + url.prefix(), source, url.pool(), CALLS);
    calls = new HikariDataSource(often);
    HikariConfig freezing = config("logfold-snapshots-" + url.prefix(), source, url.snapshots(), FROZEN);
    freezing.setMinimumIdle(0);
    freezing.setIdleTimeout(60_000);
    freezing.setAutoCommit(false);
    frozen = new HikariDataSource(freezing);
  }

  /** The driver's own source of connections, which asks the server each time. */
  static PGSimpleDataSource source(PostgresUrl url, String store) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setServerNames(new String[] {url.host()});
    source.setPortNumbers(new int[] {url.port()});
    source.setDatabaseName(url.database());
    source.setUser(url.user());
    source.setPassword(url.password());
    source.setApplicationName("logfold " + store);
    source.setConnectTimeout(CONNECT_MS / 1000);
    source.setSocketTimeout(SOCKET_S);
    source.setTcpKeepAlive(true);
    // From the first execution on: then results come in binary, and a text bytea is twice as long.
    source.setPrepareThreshold(1);
    // The details of an error would show keys.
    source.setLogServerErrorDetail(false);
    url.sslMode().ifPresent(source::setSslMode);
    url.sslRootCert().ifPresent(source::setSslRootCert);
    return source;
  }

  /** Runs the body on a connection of its own, each statement a transaction. */
  <T> T call(String what, Body<T> body) {
    calling.readLock().lock();
    try {
      checkOpen();
      try (Connection connection = calls.getConnection()) {
        return body.run(connection);
      }
    } catch (SQLException e) {
      throw failed(what, e);
    } finally {
      calling.readLock().unlock();
    }
  }

  /** Runs the body on a connection that a snapshot keeps. */
  <T> T call(String what, Connection connection, Body<T> body) {
    calling.readLock().lock();
    try {
      checkOpen();
      return body.run(connection);
    } catch (SQLException e) {
      throw failed(what, e);
    } finally {
      calling.readLock().unlock();
    }
  }

  /** A connection in a transaction that sees one moment, for the caller to keep and to close. */
  Connection freeze() {
    calling.readLock().lock();
    try {
      checkOpen();
      if (frozen.getHikariPoolMXBean().getActiveConnections() >= frozen.getMaximumPoolSize()) {
        throw new StoreException(ErrorCode.SLOW_DOWN, frozen.getMaximumPoolSize() + " snapshots of the Postgres table"
            + " at " + place + " are open, the most there may be; wait until one ends, or raise snapshots= in"
            + " the table's URL");
      }
      return frozen.getConnection();
    } catch (SQLException e) {
      throw failed("open a snapshot of", e);
    } finally {
      calling.readLock().unlock();
    }
  }

  void checkOpen() {
    if (closed) {
      throw new StoreException(ErrorCode.CLOSED, "the table was closed");
    }
  }

  /** Lets calls under way finish for a while, and then ends connections under those who use them: they get CLOSED. */
  @Override
  public void close() {
    closed = true;
    boolean alone = false;
    try {
      alone = calling.writeLock().tryLock(CLOSE_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      frozen.close();
      calls.close();
    } finally {
      if (alone) {
        calling.writeLock().unlock();
      }
    }
  }

  private RuntimeException failed(String what, SQLException e) {
    if (closed) {
      return new StoreException(ErrorCode.CLOSED, "the table was closed", e);
    }
    return failed(what, place, e);
  }

  static TableException failed(String what, String place, SQLException e) {
    return new TableException("cannot " + what + " the Postgres table at " + place + ": " + reason(e), e);
  }

  /** In one line, with the SQLSTATE; of a pool that got no connection, why it got none. */
  static String reason(SQLException e) {
    SQLException why = e.getSQLState() == null && e.getCause() instanceof SQLException cause ? cause : e;
    String text = String.valueOf(why.getMessage()).lines().map(String::strip).reduce((a, b) -> a + "; " + b).orElse("");
    return text + (why.getSQLState() == null ? "" : " (SQLSTATE " + why.getSQLState() + ")");
  }

  /** What every session of the table begins with. */
  static void prepare(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(CALLS);
    }
  }

  private static HikariConfig config(String name, DataSource source, int most, String session) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(source);
    config.setMaximumPoolSize(most);
    config.setMinimumIdle(Math.min(2, most));
    config.setConnectionTimeout(CONNECT_MS);
    config.setValidationTimeout(1_500);
    config.setKeepaliveTime(60_000);
    config.setInitializationFailTimeout(-1);
    config.setIsolateInternalQueries(true);
    config.setConnectionInitSql(session);
    config.setExceptionOverride(new LeaveReplicas());
    return config;
  }

  /** After a failover a connection may lead to what has become a replica: then look for the server anew. */
  private static final class LeaveReplicas implements SQLExceptionOverride {
    @java.lang.Override
    public Override adjudicate(SQLException e) {
      return READ_ONLY_TRANSACTION.equals(e.getSQLState()) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
    }
  }
}
