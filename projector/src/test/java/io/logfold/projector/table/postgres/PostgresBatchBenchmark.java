package io.logfold.projector.table.postgres;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.RowChange;
import io.logfold.projector.table.Tables;
import io.logfold.projector.testing.PostgresServer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * How fast batches land, beside a bare COPY into a staging table and an upsert from it, which is what a program without
 * checkpoints would do. 200-byte random values, keys in random order, each batch one commit, a durable server. The
 * figures are in docs/decisions/0015-postgres-batches.md. Arguments: rows in all, and batch sizes.
 */
final class PostgresBatchBenchmark {
  private PostgresBatchBenchmark() {}

  private interface Way {
    void apply(List<RowChange> batch, long lsn) throws SQLException;
  }

  public static void main(String[] args) throws SQLException {
    int total = Integer.parseInt(args[0]);
    PostgresServer server = PostgresServer.shared();
    System.out.println(server.query("SELECT version()") + ", fsync " + server.query("SHOW fsync")
        + ", synchronous_commit " + server.query("SHOW synchronous_commit"));
    for (int i = 1; i < args.length; i++) {
      int size = Integer.parseInt(args[i]);
      List<RowChange> rows = rows(size <= 100 ? total / 5 : total);
      String prefix = PostgresServer.freshPrefix();
      try (Connection bare = server.connect(); Table table = Tables.open(server.url(prefix), Steps.STORE, 1);
          Table other = Tables.open(server.url(prefix + "bare_"), Steps.STORE, 1)) {
        try (Statement statement = bare.createStatement()) {
          statement.execute("CREATE TEMP TABLE staging (partition_key bytea, item_key bytea, value bytea, revision"
              + " bigint) ON COMMIT DELETE ROWS");
        }
        bare.setAutoCommit(false);
        for (String what : List.of("new keys", "keys that exist")) {
          double driver = measure(rows, size, (batch, lsn) -> {
            Checkpoint from = table.checkpoint(0);
            table.apply(0, batch, from, Steps.at(from.at().lsn() + 1));
          });
          System.out.print(what.equals("new keys") ? Long.parseLong(server.query("SELECT pg_total_relation_size('"
              + prefix + "rows')")) / rows.size() + " bytes a row on disk; " : "");
          server.execute("CHECKPOINT");
          double copy = measure(rows, size, (batch, lsn) -> copyAndUpsert(bare, prefix + "bare_", batch));
          server.execute("CHECKPOINT");
          System.out.printf("%,9d rows, batches of %,6d, %-15s: driver %,9.0f rows/s, bare COPY and upsert %,9.0f"
              + " rows/s, %3.0f %%%n", rows.size(), size, what, driver, copy, 100 * driver / copy);
        }
        other.checkpoint(0);
      }
      System.out.println(Long.parseLong(server.query("SELECT pg_total_relation_size('" + prefix + "rows')"))
          / rows.size() + " bytes a row on disk, after each row was changed once");
      server.execute("DROP TABLE " + prefix + "rows, " + prefix + "bare_rows");
    }
  }

  private static double measure(List<RowChange> rows, int size, Way way) throws SQLException {
    long start = System.nanoTime();
    for (int i = 0; i < rows.size(); i += size) {
      way.apply(rows.subList(i, Math.min(rows.size(), i + size)), i);
    }
    return rows.size() * 1e9 / (System.nanoTime() - start);
  }

  private static void copyAndUpsert(Connection connection, String prefix, List<RowChange> batch) throws SQLException {
    int bytes = 21;
    for (RowChange each : batch) {
      bytes += 2 + 4 * 4 + 8 + each.partitionKey().size() + each.key().size() + each.value().orElseThrow().size();
    }
    ByteBuffer out = ByteBuffer.allocate(bytes)
        .put("PGCOPY\n\377\r\n\0".getBytes(StandardCharsets.ISO_8859_1)).putInt(0).putInt(0);
    for (RowChange each : batch) {
      out.putShort((short) 4);
      for (Bytes field : List.of(each.partitionKey(), each.key(), each.value().orElseThrow())) {
        out.putInt(field.size()).put(field.unsafeArray());
      }
      out.putInt(8).putLong(each.revision());
    }
    out.putShort((short) -1);
    CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY staging FROM STDIN (FORMAT binary)");
    copy.writeToCopy(out.array(), 0, out.position());
    copy.endCopy();
    try (Statement upsert = connection.createStatement()) {
      upsert.execute("INSERT INTO " + prefix + "rows SELECT 0, staging.* FROM staging ON CONFLICT (partition,"
          + " partition_key, item_key) DO UPDATE SET value = excluded.value, revision = excluded.revision");
    }
    connection.commit();
  }

  private static List<RowChange> rows(int count) {
    Random random = new Random(1);
    List<RowChange> rows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[200];
      random.nextBytes(value);
      String key = String.format("%08d", i * 2_654_435_761L % 100_000_007L);
      rows.add(new RowChange(Bytes.utf8("user-" + key), Bytes.utf8("key-" + key), Optional.of(Bytes.wrap(value)),
          i + 1));
    }
    return rows;
  }
}
