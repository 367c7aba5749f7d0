package io.logfold.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.logfold.api.Bytes;
import io.logfold.projector.testing.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Postgres by JDBC, with the statements that lakeFS keeps its metadata by: upsert, update where the value is still the
 * one that was read, select, ordered scan; prepared, each in a transaction of its own but for a commit of several. A
 * thread for each that is in flight takes a connection from the pool. The table is not partitioned, which is to its
 * advantage here.
 *
 * <p>Values are made from a counted revision ({@link KeySpace#valueOf}), so that no value comes back.
 */
final class PostgresPeer implements Peer {
  private static final String TABLE = "CREATE TABLE kv (partition_key bytea NOT NULL, key bytea NOT NULL, value bytea NOT NULL,"
      + " PRIMARY KEY (partition_key, key))";
  private static final String UPSERT = "INSERT INTO kv (partition_key, key, value) VALUES (?, ?, ?)"
      + " ON CONFLICT (partition_key, key) DO UPDATE SET value = excluded.value";
  private static final String UPDATE_IF = "UPDATE kv SET value = ? WHERE partition_key = ? AND key = ? AND value = ?";
  private static final String SELECT = "SELECT value FROM kv WHERE partition_key = ? AND key = ?";
  private static final String SCAN = "SELECT key, value FROM kv WHERE partition_key = ? AND key >= ? ORDER BY key LIMIT ?";
  private static final String DELETE = "DELETE FROM kv WHERE partition_key = ? AND key = ?";

  /** More than there are lanes, so that a lane's number tells its values from those of others. */
  private static final int LANES = 1 << 12;

  private static final int FILL_BATCH = 10_000;

  private final PostgresServer server;
  private final boolean ownsServer;
  private final HikariDataSource pool;
  private final String version;

  private PostgresPeer(PostgresServer server, boolean ownsServer, HikariDataSource pool, String version) {
    this.server = server;
    this.ownsServer = ownsServer;
    this.pool = pool;
    this.version = version;
  }

  /** @param connections of the pool, all of them there from the beginning */
  static PostgresPeer start(int connections) {
    return at(PostgresServer.start(), true, connections);
  }

  /** At a server that stays when this is closed. */
  static PostgresPeer at(PostgresServer server, int connections) {
    return at(server, false, connections);
  }

  private static PostgresPeer at(PostgresServer server, boolean ownsServer, int connections) {
    server.execute(TABLE);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl());
    config.setMaximumPoolSize(connections);
    config.addDataSourceProperty("prepareThreshold", "1");
    return new PostgresPeer(server, ownsServer, new HikariDataSource(config),
        server.query("SHOW server_version").split(" ", 2)[0]);
  }

  @Override
  public String name() {
    return "Postgres " + version;
  }

  @Override
  public Durability durability() {
    return new Durability(true, "fsync",
        "fsync=on, synchronous_commit=on: fsync of each commit, shared by commits at the same time");
  }

  @Override
  public boolean blocks() {
    return true;
  }

  /** An operation on a connection of the pool. */
  private interface Operation<T> {
    T run(Connection connection) throws SQLException;
  }

  private <T> CompletableFuture<T> on(Operation<T> operation) {
    try (Connection connection = pool.getConnection()) {
      return CompletableFuture.completedFuture(operation.run(connection));
    } catch (SQLException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void fill(KeySpace keys) throws SQLException {
    try (Connection connection = pool.getConnection(); PreparedStatement upsert = connection.prepareStatement(UPSERT)) {
      connection.setAutoCommit(false);
      for (int key = 0; key < keys.size(); key++) {
        setKey(upsert, 1, keys, key);
        upsert.setBytes(3, keys.valueOf(1));
        upsert.addBatch();
        keys.written(key, 1);
        if (key % FILL_BATCH == FILL_BATCH - 1) {
          upsert.executeBatch();
        }
      }
      upsert.executeBatch();
      connection.commit();
    }
    server.execute("VACUUM ANALYZE kv");
  }

  @Override
  public CompletableFuture<?> get(KeySpace keys, int key) {
    return on(connection -> {
      try (PreparedStatement select = connection.prepareStatement(SELECT)) {
        setKey(select, 1, keys, key);
        try (ResultSet found = select.executeQuery()) {
          if (!found.next()) {
            throw new IllegalStateException(keys.key(key) + " was written, and is not there");
          }
          return found.getBytes(1);
        }
      }
    });
  }

  @Override
  public CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key) {
    return on(connection -> {
      long revision = keys.revision(key);
      try (PreparedStatement update = connection.prepareStatement(UPDATE_IF)) {
        // The contended are written by many: the lane makes the value one that nobody else writes.
        long next = (revision / LANES + 1) * LANES + lane;
        update.setBytes(1, keys.valueOf(next));
        setKey(update, 2, keys, key);
        update.setBytes(4, keys.valueOf(revision));
        boolean won = update.executeUpdate() == 1;
        if (won) {
          keys.written(key, next);
        }
        return won;
      }
    });
  }

  @Override
  public CompletableFuture<?> set(KeySpace keys, int lane, int key) {
    return on(connection -> {
      long next = (keys.revision(key) / LANES + 1) * LANES + lane;
      try (PreparedStatement upsert = connection.prepareStatement(UPSERT)) {
        setKey(upsert, 1, keys, key);
        upsert.setBytes(3, keys.valueOf(next));
        int rows = upsert.executeUpdate();
        keys.written(key, next);
        return rows;
      }
    });
  }

  @Override
  public CompletableFuture<?> delete(KeySpace keys, int lane, int key) {
    return on(connection -> {
      try (PreparedStatement delete = connection.prepareStatement(DELETE)) {
        setKey(delete, 1, keys, key);
        if (delete.executeUpdate() != 1) {
          throw new IllegalStateException(keys.key(key) + " was there, and its delete changed nothing");
        }
        keys.written(key, 0);
        return 1;
      }
    });
  }

  @Override
  public CompletableFuture<?> scan(KeySpace keys, Bytes partitionKey, int rows) {
    return on(connection -> {
      int found = rowsFrom(connection, partitionKey, Bytes.EMPTY, rows);
      if (found != rows) {
        throw new IllegalStateException(partitionKey + " has " + rows + " keys, the scan gave " + found);
      }
      return found;
    });
  }

  @Override
  public CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows) {
    return on(connection -> {
      int found = rowsFrom(connection, keys.partitionKey(firstKey), keys.key(firstKey), rows);
      keys.checkScan(firstKey, rows, found);
      return found;
    });
  }

  private static int rowsFrom(Connection connection, Bytes partitionKey, Bytes first, int rows) throws SQLException {
    try (PreparedStatement scan = connection.prepareStatement(SCAN)) {
      scan.setBytes(1, partitionKey.unsafeArray());
      scan.setBytes(2, first.unsafeArray());
      scan.setInt(3, rows);
      int found = 0;
      try (ResultSet row = scan.executeQuery()) {
        for (; row.next(); found++) {
          if (row.getBytes(1).length == 0 || row.getBytes(2).length == 0) {
            throw new IllegalStateException("a row without key or value");
          }
        }
      }
      return found;
    }
  }

  @Override
  public CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int count) {
    return on(connection -> {
      connection.setAutoCommit(false);
      try (PreparedStatement upsert = connection.prepareStatement(UPSERT)) {
        for (int i = 0; i < count; i++) {
          setKey(upsert, 1, keys, firstKey + i * keys.partitionKeyCount());
          upsert.setBytes(3, keys.anyValue(lane).unsafeArray());
          upsert.addBatch();
        }
        upsert.executeBatch();
        connection.commit();
        return count;
      }
    });
  }

  private static void setKey(PreparedStatement statement, int first, KeySpace keys, int key) throws SQLException {
    statement.setBytes(first, keys.partitionKey(key).unsafeArray());
    statement.setBytes(first + 1, keys.key(key).unsafeArray());
  }

  @Override
  public Duration cpu() {
    return Machine.cpuOf(server.process());
  }

  @Override
  public void close() {
    pool.close();
    if (ownsServer) {
      server.close();
    }
  }
}
