package io.logfold.benchmarks;

import io.logfold.projector.testing.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * The least that a table in Postgres can cost: the rows of a replay, which somebody made already, by binary COPY into a
 * staging table and one upsert a batch, on two connections. No log, no fold, no checkpoint.
 */
final class BareCopy {
  private static final int BATCH = 20_000;
  private static final int CONNECTIONS = 2;
  private static final byte[] SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0};

  private BareCopy() {}

  /** Rows a second. */
  static double run(PostgresServer server, String table, int rows, int partitions, int partitionKeys, int valueBytes)
      throws Exception {
    server.execute("CREATE TABLE " + table + " (partition integer NOT NULL, partition_key bytea NOT NULL, item_key bytea NOT"
        + " NULL, value bytea NOT NULL, revision bigint NOT NULL, PRIMARY KEY (partition, partition_key, item_key))");
    List<List<byte[]>> batches = new ArrayList<>();
    for (int connection = 0; connection < CONNECTIONS; connection++) {
      List<byte[]> mine = new ArrayList<>();
      for (int from = connection; from < rows; from += CONNECTIONS * BATCH) {
        mine.add(batch(from, Math.min(rows, from + CONNECTIONS * BATCH), partitions, partitionKeys, valueBytes));
      }
      batches.add(mine);
    }
    long start = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      List<Future<Void>> done = batches.stream().map(mine -> threads.submit(() -> copy(server, table, mine))).toList();
      for (Future<Void> each : done) {
        each.get();
      }
    }
    return rows / ((System.nanoTime() - start) / 1e9);
  }

  private static Void copy(PostgresServer server, String table, List<byte[]> batches) throws SQLException, IOException {
    try (Connection connection = server.connect(); Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("CREATE TEMPORARY TABLE staging (partition integer, partition_key bytea, item_key bytea, value bytea,"
          + " revision bigint) ON COMMIT DELETE ROWS");
      connection.commit();
      CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
      for (byte[] batch : batches) {
        copies.copyIn("COPY staging FROM STDIN (FORMAT binary)", new java.io.ByteArrayInputStream(batch), 1 << 20);
        statement.execute("INSERT INTO " + table + " SELECT * FROM staging ON CONFLICT (partition, partition_key, item_key) DO"
            + " UPDATE SET value = excluded.value, revision = excluded.revision");
        connection.commit();
      }
    }
    return null;
  }

  private static byte[] batch(int from, int to, int partitions, int partitionKeys, int valueBytes) throws IOException {
    Random random = new Random(from);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(BATCH * (valueBytes + 80));
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(SIGNATURE);
    out.writeInt(0);
    out.writeInt(0);
    byte[] value = new byte[valueBytes];
    for (int i = from; i < to; i += CONNECTIONS) {
      random.nextBytes(value);
      out.writeShort(5);
      out.writeInt(4);
      out.writeInt(i % partitions);
      field(out, ("pk-" + i % partitionKeys).getBytes(StandardCharsets.US_ASCII));
      field(out, ("key-" + i).getBytes(StandardCharsets.US_ASCII));
      field(out, value);
      out.writeInt(8);
      out.writeLong(i);
    }
    out.writeShort(-1);
    return bytes.toByteArray();
  }

  private static void field(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
