package io.logfold.projector.table.postgres;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Get;
import io.logfold.projector.table.Table.PartitionPage;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowId;
import io.logfold.projector.table.Table.RowOf;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.projector.table.Table.TableRead;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** The reads of {@link Statements} on a connection that the caller has. */
final class PostgresReads {
  private final Statements sql;
  /** From partition and stored bytes. */
  private final BiFunction<Integer, byte[], Checkpoint> decode;

  PostgresReads(Statements sql, BiFunction<Integer, byte[], Checkpoint> decode) {
    this.sql = sql;
    this.decode = decode;
  }

  Checkpoint checkpoint(Connection connection, int partition) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.checkpoint)) {
      statement.setInt(1, partition);
      try (ResultSet found = statement.executeQuery()) {
        return checkpoint(partition, found.next() ? found.getBytes(1) : null);
      }
    }
  }

  TableRead get(Connection connection, int partition, Bytes partitionKey, List<Bytes> keys) throws SQLException {
    if (keys.size() == 1) {
      return getOne(connection, partition, partitionKey, keys.get(0));
    }
    Map<Bytes, Row> found = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(sql.get)) {
      statement.setInt(1, partition);
      byte[][] asked = keys.stream().map(Bytes::unsafeArray).toArray(byte[][]::new);
      statement.setArray(2, connection.unwrap(PGConnection.class).createArrayOf("bytea", asked));
      statement.setInt(3, partition);
      statement.setBytes(4, partitionKey.unsafeArray());
      Checkpoint checkpoint = read(statement, partition, there -> {
        Row row = row(there);
        found.put(row.key(), row);
      });
      return new TableRead(keys.stream().map(key -> Optional.ofNullable(found.get(key))).toList(), checkpoint);
    }
  }

  private TableRead getOne(Connection connection, int partition, Bytes partitionKey, Bytes key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.getOne)) {
      statement.setBytes(1, partitionKey.unsafeArray());
      statement.setBytes(2, key.unsafeArray());
      statement.setInt(3, partition);
      try (ResultSet there = statement.executeQuery()) {
        Checkpoint checkpoint = checkpoint(partition, there.next() ? there.getBytes(1) : null);
        byte[] value = there.getBytes(2);
        return new TableRead(List.of(value == null ? Optional.empty()
            : Optional.of(new Row(key, Bytes.wrap(value), there.getLong(3)))), checkpoint);
      }
    }
  }

  /** Of one moment, too. */
  List<TableRead> getAll(Connection connection, List<Get> gets) throws SQLException {
    int size = gets.stream().mapToInt(get -> get.keys().size()).sum();
    int[] partitions = new int[size];
    byte[][] partitionKeys = new byte[size][];
    byte[][] keys = new byte[size][];
    int[] names = new int[size];
    int n = 0;
    for (Get get : gets) {
      for (Bytes key : get.keys()) {
        partitions[n] = get.partition();
        partitionKeys[n] = get.partitionKey().unsafeArray();
        keys[n] = key.unsafeArray();
        names[n] = n++;
      }
    }
    int[] asked = gets.stream().mapToInt(Get::partition).distinct().toArray();
    Map<Integer, Checkpoint> checkpoints = new HashMap<>();
    Row[] found = new Row[size];
    try (PreparedStatement statement = connection.prepareStatement(sql.getAll)) {
      PGConnection arrays = connection.unwrap(PGConnection.class);
      statement.setArray(1, arrays.createArrayOf("int4", asked));
      statement.setArray(2, arrays.createArrayOf("int4", partitions));
      statement.setArray(3, arrays.createArrayOf("bytea", partitionKeys));
      statement.setArray(4, arrays.createArrayOf("bytea", keys));
      statement.setArray(5, arrays.createArrayOf("int4", names));
      try (ResultSet there = statement.executeQuery()) {
        while (there.next()) {
          int of = there.getInt(1);
          byte[] record = there.getBytes(2);
          if (record == null) {
            found[of] = new Row(Bytes.wrap(keys[of]), Bytes.wrap(there.getBytes(3)), there.getLong(4));
          } else {
            checkpoints.put(of, decode.apply(of, record));
          }
        }
      }
    }
    List<TableRead> reads = new ArrayList<>(gets.size());
    int next = 0;
    for (Get get : gets) {
      Checkpoint checkpoint = checkpoints.get(get.partition());
      List<Optional<Row>> rows = new ArrayList<>(get.keys().size());
      for (int i = 0; i < get.keys().size(); i++) {
        rows.add(Optional.ofNullable(found[next++]));
      }
      reads.add(new TableRead(rows, checkpoint == null ? checkpoint(get.partition(), null) : checkpoint));
    }
    return reads;
  }

  TablePage scan(Connection connection, int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse,
      boolean keysOnly) throws SQLException {
    Optional<Bytes> end = range.endExclusive();
    try (PreparedStatement statement = connection.prepareStatement(sql.scan(end.isPresent(), reverse, keysOnly))) {
      int next = page(statement, partition, limit);
      statement.setBytes(next++, partitionKey.unsafeArray());
      statement.setBytes(next++, range.startInclusive().unsafeArray());
      if (end.isPresent()) {
        statement.setBytes(next++, end.get().unsafeArray());
      }
      statement.setLong(next, limit + 1L);
      Page<Row> page = new Page<>();
      Checkpoint checkpoint = read(statement, partition, there -> page.add(there, PostgresReads::row));
      return new TablePage(page.rows, page.more, checkpoint);
    }
  }

  PartitionPage rows(Connection connection, int partition, Optional<RowId> after, int limit) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.rows())) {
      int next = page(statement, partition, limit);
      // No key is empty, so the empty pair stands before all rows.
      statement.setBytes(next++, after.map(RowId::partitionKey).orElse(Bytes.EMPTY).unsafeArray());
      statement.setBytes(next++, after.map(RowId::key).orElse(Bytes.EMPTY).unsafeArray());
      statement.setLong(next, limit + 1L);
      Page<RowOf> page = new Page<>();
      Checkpoint checkpoint = read(statement, partition,
          there -> page.add(there, row -> new RowOf(Bytes.wrap(row.getBytes(2)), row(row))));
      return new PartitionPage(page.rows, page.more, checkpoint);
    }
  }

  List<Bytes> partitionKeys(Connection connection, int partition, Optional<Bytes> after, int limit)
      throws SQLException {
    List<Bytes> found = new ArrayList<>();
    if (limit < 1) {
      return found;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql.partitionKeys)) {
      statement.setInt(1, partition);
      statement.setBytes(2, after.orElse(Bytes.EMPTY).unsafeArray());
      statement.setInt(3, partition);
      statement.setInt(4, limit);
      try (ResultSet there = statement.executeQuery()) {
        while (there.next()) {
          found.add(Bytes.wrap(there.getBytes(1)));
        }
      }
    }
    return found;
  }

  /** Sets what stands before the condition and its first parameter; returns the number of the next. */
  private static int page(PreparedStatement statement, int partition, int limit) throws SQLException {
    statement.setInt(1, partition);
    statement.setLong(2, Table.PAGE_BYTES);
    statement.setLong(3, limit);
    statement.setLong(4, Table.PAGE_BYTES);
    statement.setInt(5, partition);
    return 6;
  }

  /** Gives each row to the taker, and returns the checkpoint that came with them. */
  private Checkpoint read(PreparedStatement statement, int partition, Taker taker) throws SQLException {
    byte[] record = null;
    try (ResultSet there = statement.executeQuery()) {
      while (there.next()) {
        byte[] stored = there.getBytes(1);
        if (stored == null) {
          taker.take(there);
        } else {
          record = stored;
        }
      }
    }
    return checkpoint(partition, record);
  }

  private Checkpoint checkpoint(int partition, byte @Nullable [] record) throws SQLException {
    if (record == null) {
      throw new SQLException("partition " + partition + " has no row in " + sql.prefix
          + "checkpoint; somebody removed it: restore the table, or project into an empty one");
    }
    return decode.apply(partition, record);
  }

  private static Row row(ResultSet there) throws SQLException {
    return new Row(Bytes.wrap(there.getBytes(3)), Bytes.wrap(there.getBytes(4)), there.getLong(5));
  }

  private interface Taker {
    void take(ResultSet there) throws SQLException;
  }

  private interface Reader<T> {
    T read(ResultSet there) throws SQLException;
  }

  /** The rows of a page, and the row without a revision that says that there are more. */
  private static final class Page<T> {
    final List<T> rows = new ArrayList<>();
    boolean more;

    void add(ResultSet there, Reader<T> reader) throws SQLException {
      there.getLong(5);
      if (there.wasNull()) {
        more = true;
      } else {
        rows.add(reader.read(there));
      }
    }
  }
}
