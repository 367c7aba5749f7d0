package io.logfold.projector.table.postgres;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.CheckpointCodec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import javax.sql.DataSource;

/**
 * Makes the tables of a store, or checks that those there are its own. A refusal changes nothing.
 *
 * <p>Three tables made in one transaction under an advisory lock: a migration tool would be a dependency larger than
 * the driver, and another table beside these. A later schema version will be one more such transaction here.
 */
final class Schema {
  static final int VERSION = 1;
  /** Older ones are past their end of life. */
  private static final int LEAST_SERVER = 140_000;
  /** "logf", so that the lock is no other program's. */
  private static final int LOCK = 0x6C6F6766;
  /** Wrong user or password, no such database, not permitted: no use in trying again. */
  private static final Set<String> REFUSALS = Set.of("28000", "28P01", "3D000", "42501", "3F000");
  private static final Set<String> NOT_OURS = Set.of("42P01", "42703", "42P07", "42809");

  private final PostgresUrl url;
  private final Statements sql;
  private final String store;
  private final int partitions;

  private Schema(PostgresUrl url, Statements sql, String store, int partitions) {
    this.url = url;
    this.sql = sql;
    this.store = store;
    this.partitions = partitions;
  }

  /** Leaves a table of this store behind, or throws. */
  static void open(PostgresUrl url, Statements sql, DataSource source, String store, int partitions) {
    try (Connection connection = source.getConnection()) {
      Connections.prepare(connection);
      new Schema(url, sql, store, partitions).open(connection);
    } catch (SQLException e) {
      String state = String.valueOf(e.getSQLState());
      if (REFUSALS.contains(state)) {
        throw refused("cannot be used by " + url.user() + ": " + Connections.reason(e)
            + "; this user must be able to log in, and to create and write these tables", url);
      }
      if (NOT_OURS.contains(state)) {
        throw refused("is not one that Logfold made: " + Connections.reason(e) + "; give another prefix", url);
      }
      throw Connections.failed("open", url.place(), e);
    }
  }

  private void open(Connection connection) throws SQLException {
    checkServer(connection);
    if (exists(connection)) {
      check(connection);
      return;
    }
    connection.setAutoCommit(false);
    // Held until the end of the transaction: of two that open a new table at once, the second finds it made.
    try (Statement lock = connection.createStatement()) {
      lock.execute("SELECT pg_advisory_xact_lock(" + LOCK + ", hashtext('" + sql.prefix + "'))");
    }
    if (exists(connection)) {
      connection.rollback();
      check(connection);
      return;
    }
    make(connection);
    connection.commit();
  }

  private void checkServer(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet server = statement.executeQuery("SELECT current_setting('server_version_num')::integer,"
            + " current_setting('server_version'), pg_is_in_recovery(),"
            + " current_setting('transaction_read_only')::boolean")) {
      server.next();
      if (server.getInt(1) < LEAST_SERVER) {
        throw refused("is on a server of version " + server.getString(2) + "; version " + LEAST_SERVER / 10_000
            + " or newer is needed");
      }
      if (server.getBoolean(3) || server.getBoolean(4)) {
        throw refused("is on a server that only reads (" + (server.getBoolean(3) ? "a replica"
            : "default_transaction_read_only is on") + "); give the primary");
      }
    }
  }

  /** Reads the catalogue itself: to_regclass may answer from a cache that is older than the lock. */
  private boolean exists(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("SELECT EXISTS (SELECT FROM pg_class c JOIN"
        + " pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = ?"
        + " AND n.nspname = ANY (current_schemas(false)))")) {
      statement.setString(1, sql.prefix + "meta");
      try (ResultSet found = statement.executeQuery()) {
        return found.next() && found.getBoolean(1);
      }
    }
  }

  private void check(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement(); ResultSet meta = statement.executeQuery(sql.meta)) {
      if (!meta.next()) {
        throw refused("has an empty " + sql.prefix + "meta: it is damaged; restore it, or give another prefix");
      }
      if (meta.getInt(1) != VERSION) {
        throw refused("has schema version " + meta.getInt(1) + ", this version of Logfold knows " + VERSION
            + "; use the version that made it, or give another prefix");
      }
      if (!meta.getString(2).equals(store) || meta.getInt(3) != partitions) {
        throw refused("belongs to store \"" + meta.getString(2) + "\" of " + meta.getInt(3) + " partitions, not to \""
            + store + "\" of " + partitions + "; nothing was changed; give this store another prefix");
      }
    }
  }

  private void make(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String each : sql.make()) {
        statement.execute(each);
      }
    }
    try (PreparedStatement meta = connection.prepareStatement(
            "INSERT INTO " + sql.prefix + "meta (schema_version, store, partitions) VALUES (?, ?, ?)");
        PreparedStatement checkpoint = connection.prepareStatement("INSERT INTO " + sql.prefix
            + "checkpoint (partition, position, lsn, hash, record) VALUES (?, ?, ?, ?, ?)")) {
      meta.setInt(1, VERSION);
      meta.setString(2, store);
      meta.setInt(3, partitions);
      meta.executeUpdate();
      for (int partition = 0; partition < partitions; partition++) {
        Checkpoint empty = Checkpoint.empty(store, partition);
        checkpoint.setInt(1, partition);
        checkpoint.setLong(2, empty.at().position());
        checkpoint.setLong(3, empty.at().lsn());
        checkpoint.setBytes(4, empty.at().hash().bytes().unsafeArray());
        checkpoint.setBytes(5, CheckpointCodec.encode(empty).unsafeArray());
        checkpoint.addBatch();
      }
      checkpoint.executeBatch();
    }
  }

  private StoreException refused(String why) {
    return refused(why, url);
  }

  private static StoreException refused(String why, PostgresUrl url) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "the Postgres table at " + url.place() + " " + why);
  }
}
