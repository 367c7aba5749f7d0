package io.logfold.projector.table.postgres;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.KeyRange;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.log.CheckpointCodec;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.sql.DataSource;
import org.postgresql.PGConnection;

/**
 * A table in Postgres: three tables with a prefix, all partitions in each.
 *
 * <ul>
 *   <li>Each read is one statement and so one snapshot, rows and checkpoint alike (T1, T3); several gets are one as well.
 *   <li>Each batch is one statement and so one transaction, whose first part is the compare-and-set of the checkpoint's
 *       row; {@link Statements} says why two projectors cannot both pass it (T2). No transaction stays open between
 *       round trips, so a projector that is paused or dies holds no lock.
 *   <li>Commits are synchronous, whatever the server's default: what apply returned from is on the server's disk (T4).
 *   <li>Keys are bytea, which Postgres orders by unsigned bytes, in columns of their own (T5).
 * </ul>
 *
 * <p>Safe for use by many threads; a call takes a connection of the pool while it lasts.
 */
final class PostgresTable implements Table {
  /** Rows of 200 bytes gain nothing beyond some thousands a batch, and the server keeps a batch in memory. */
  private static final ApplyLimits LIMITS = new ApplyLimits(20_000, 16L << 20);
  /** By then what a statement costs whatever it asks for is little beside what its look-ups cost. */
  private static final int GETS_TOGETHER = 64;
  private static final Comparator<RowChange> BY_KEY =
      Comparator.comparing(RowChange::partitionKey).thenComparing(RowChange::key);

  private final int partitions;
  private final Connections connections;
  private final Statements sql;
  private final PostgresReads reads;
  /** The last checkpoint decoded of each partition: most reads meet the same bytes again. */
  private final AtomicReferenceArray<Decoded> decoded;

  private PostgresTable(int partitions, Connections connections, Statements sql) {
    this.partitions = partitions;
    this.connections = connections;
    this.sql = sql;
    this.reads = new PostgresReads(sql, this::decode);
    this.decoded = new AtomicReferenceArray<>(partitions);
  }

  static PostgresTable open(PostgresUrl url, String store, int partitions) {
    return open(url, store, partitions, Connections.source(url, store));
  }

  /** @param source of new connections to where the URL says */
  static PostgresTable open(PostgresUrl url, String store, int partitions, DataSource source) {
    Statements sql = new Statements(url.prefix());
    Schema.open(url, sql, source, store, partitions);
    return new PostgresTable(partitions, new Connections(url, source), sql);
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    check(partition);
    return connections.call("read from", c -> reads.get(c, partition, partitionKey, keys));
  }

  @Override
  public List<TableRead> getAll(List<Get> gets) {
    if (gets.size() == 1) {
      Get one = gets.get(0);
      return List.of(get(one.partition(), one.partitionKey(), one.keys()));
    }
    gets.forEach(each -> check(each.partition()));
    return gets.isEmpty() ? List.of() : connections.call("read from", c -> reads.getAll(c, gets));
  }

  @Override
  public int getsTogether() {
    return GETS_TOGETHER;
  }

  @Override
  public TablePage scan(
      int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    check(partition);
    return connections.call("scan", c -> reads.scan(c, partition, partitionKey, range, limit, reverse, keysOnly));
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    check(partition);
    return connections.call("scan", c -> reads.partitionKeys(c, partition, after, limit));
  }

  @Override
  public PartitionPage rows(int partition, Optional<RowId> after, int limit) {
    check(partition);
    return connections.call("scan", c -> reads.rows(c, partition, after, limit));
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    check(partition);
    Connection connection = connections.freeze();
    try {
      // The first statement fixes the moment.
      Checkpoint checkpoint =
          connections.call("open a snapshot of", connection, c -> reads.checkpoint(c, partition));
      return Optional.of(new Frozen(partition, connection, checkpoint));
    } catch (RuntimeException | Error e) {
      closeQuietly(connection);
      throw e;
    }
  }

  @Override
  public Checkpoint checkpoint(int partition) {
    check(partition);
    return connections.call("read from", c -> reads.checkpoint(c, partition));
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    check(partition);
    // In the order of the index, whose pages are then each visited once: up to a quarter faster where the rows exist.
    List<RowChange> puts = new ArrayList<>();
    List<RowChange> deletes = new ArrayList<>();
    changes.forEach(change -> (change.value().isPresent() ? puts : deletes).add(change));
    puts.sort(BY_KEY);
    deletes.sort(BY_KEY);
    connections.call("write to", c -> {
      try (PreparedStatement statement = c.prepareStatement(sql.apply(!puts.isEmpty(), !deletes.isEmpty()))) {
        bind(statement, c.unwrap(PGConnection.class), partition, puts, deletes, from, to);
        try (ResultSet moved = statement.executeQuery()) {
          moved.next();
          if (moved.getLong(1) == 1) {
            return true;
          }
        }
      }
      throw new CheckpointMovedException(partition, from, reads.checkpoint(c, partition));
    });
  }

  @Override
  public ApplyLimits applyLimits() {
    return LIMITS;
  }

  @Override
  public void close() {
    connections.close();
  }

  private static void bind(PreparedStatement statement, PGConnection arrays, int partition, List<RowChange> puts,
      List<RowChange> deletes, Checkpoint from, Checkpoint to) throws SQLException {
    statement.setLong(1, to.at().position());
    statement.setLong(2, to.at().lsn());
    statement.setBytes(3, to.at().hash().bytes().unsafeArray());
    statement.setBytes(4, CheckpointCodec.encode(to).unsafeArray());
    statement.setInt(5, partition);
    statement.setLong(6, from.at().position());
    statement.setBytes(7, from.at().hash().bytes().unsafeArray());
    int next = 8;
    if (!puts.isEmpty()) {
      statement.setInt(next++, partition);
      next = bindKeys(statement, arrays, next, puts);
      byte[][] values = puts.stream().map(put -> put.value().orElseThrow().unsafeArray()).toArray(byte[][]::new);
      statement.setArray(next++, arrays.createArrayOf("bytea", values));
      long[] revisions = puts.stream().mapToLong(RowChange::revision).toArray();
      statement.setArray(next++, arrays.createArrayOf("int8", revisions));
    }
    if (!deletes.isEmpty()) {
      next = bindKeys(statement, arrays, next, deletes);
      statement.setInt(next, partition);
    }
  }

  private static int bindKeys(PreparedStatement statement, PGConnection arrays, int next, List<RowChange> changes)
      throws SQLException {
    byte[][] partitionKeys = changes.stream().map(c -> c.partitionKey().unsafeArray()).toArray(byte[][]::new);
    byte[][] keys = changes.stream().map(c -> c.key().unsafeArray()).toArray(byte[][]::new);
    statement.setArray(next, arrays.createArrayOf("bytea", partitionKeys));
    statement.setArray(next + 1, arrays.createArrayOf("bytea", keys));
    return next + 2;
  }

  private Checkpoint decode(int partition, byte[] bytes) {
    Decoded last = decoded.get(partition);
    if (last == null || !Arrays.equals(last.bytes, bytes)) {
      last = new Decoded(bytes, CheckpointCodec.decode(Bytes.wrap(bytes)));
      decoded.set(partition, last);
    }
    return last.checkpoint;
  }

  private void check(int partition) {
    connections.checkOpen();
    if (partition < 0 || partition >= partitions) {
      throw new IllegalArgumentException("this table has partitions 0 to " + (partitions - 1) + ", got " + partition);
    }
  }

  /** A connection that broke has nothing left to close. */
  private static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      org.slf4j.LoggerFactory.getLogger(PostgresTable.class).debug("a snapshot's connection did not close", e);
    }
  }

  private record Decoded(byte[] bytes, Checkpoint checkpoint) {}

  /** A transaction on a connection of its own; the connection goes back to its pool with close. */
  private final class Frozen implements TableSnapshot {
    private final int partition;
    private final Connection connection;
    private final Checkpoint checkpoint;
    private volatile boolean closed;

    Frozen(int partition, Connection connection, Checkpoint checkpoint) {
      this.partition = partition;
      this.connection = connection;
      this.checkpoint = checkpoint;
    }

    @Override
    public Checkpoint checkpoint() {
      checkOpen();
      return checkpoint;
    }

    @Override
    public TablePage scan(Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
      checkOpen();
      return connections.call("scan a snapshot of", connection,
          c -> reads.scan(c, partition, partitionKey, range, limit, reverse, keysOnly));
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        closeQuietly(connection);
      }
    }

    private void checkOpen() {
      connections.checkOpen();
      if (closed) {
        throw new StoreException(ErrorCode.CLOSED, "the table's snapshot was closed");
      }
    }
  }
}
