package io.logfold.projector.testing;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Row;
import io.logfold.projector.table.Table.RowChange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** What a driver says of itself, and the words the contract's tests are written in. */
abstract class TableKit {
  static final String STORE = "contract";
  static final int PARTITIONS = 4;

  private final List<Table> opened = new ArrayList<>();
  private @Nullable Table table;

  /**
   * Opens the table of this test: the first call of a test finds nothing there, a later one what the earlier ones left.
   * For a shared backend this may be called while another is open.
   */
  protected abstract Table open(String store, int partitions);

  /** Whether what was applied is there after close and open. */
  protected boolean durable() {
    return true;
  }

  /** Whether two may have the table open at once; then the tests of two projectors use two of them. */
  protected boolean shared() {
    return false;
  }

  /** Whether {@link Table#snapshot} gives one. */
  protected boolean snapshots() {
    return true;
  }

  /** Whether a read's checkpoint is of the very moment of its rows, which is more than T3 asks for. */
  protected boolean checkpointOfTheSameMoment() {
    return true;
  }

  /**
   * Whether a partition key may have rows in several partitions. The store never asks that of a table, since the bytes
   * of a partition key decide its partition; a driver may rest on it.
   */
  protected boolean partitionKeysInSeveralPartitions() {
    return true;
  }

  /**
   * The URL by which another process opens this same table, where there is one: then processes are started that write to
   * it, and killed. {@link io.logfold.projector.table.Tables} must know it.
   */
  protected Optional<String> url() {
    return Optional.empty();
  }

  /** More arguments for such a process's Java, for example a system property with credentials. */
  protected List<String> processArguments() {
    return List.of();
  }

  /** The table of the test, opened when first asked for. */
  protected final Table table() {
    if (table == null) {
      table = opened(open(STORE, PARTITIONS));
    }
    return table;
  }

  protected final Table reopened() {
    table().close();
    table = null;
    return table();
  }

  protected final Table opened(Table another) {
    opened.add(another);
    return another;
  }

  /** The same table as another process would have it, or the same object where only one can. */
  final Table second() {
    return shared() ? opened(open(STORE, PARTITIONS)) : table();
  }

  @AfterEach
  void closeAll() {
    opened.forEach(Table::close);
  }

  /** Applies changes at the given revision; before it the partition stood at the revision given first. */
  protected final void apply(Table to, int partition, long fromLsn, long toLsn, RowChange... changes) {
    to.apply(partition, Arrays.asList(changes), at(partition, fromLsn), at(partition, toLsn));
  }

  final void apply(int partition, long fromLsn, long toLsn, RowChange... changes) {
    apply(table(), partition, fromLsn, toLsn, changes);
  }

  protected static Checkpoint at(int partition, long lsn) {
    return Checkpoints.at(STORE, partition, lsn);
  }

  protected static RowChange put(String partitionKey, String key, String value, long revision) {
    return put(Bytes.utf8(partitionKey), Bytes.utf8(key), Bytes.utf8(value), revision);
  }

  protected static RowChange put(Bytes partitionKey, Bytes key, Bytes value, long revision) {
    return new RowChange(partitionKey, key, Optional.of(value), revision);
  }

  protected static RowChange delete(String partitionKey, String key, long revision) {
    return new RowChange(Bytes.utf8(partitionKey), Bytes.utf8(key), Optional.empty(), revision);
  }

  protected final Optional<Row> row(int partition, String partitionKey, String key) {
    return row(table(), partition, Bytes.utf8(partitionKey), Bytes.utf8(key));
  }

  static Optional<Row> row(Table table, int partition, Bytes partitionKey, Bytes key) {
    return table.get(partition, partitionKey, List.of(key)).rows().get(0);
  }

  protected static Optional<Row> rowOf(String key, String value, long revision) {
    return Optional.of(new Row(Bytes.utf8(key), Bytes.utf8(value), revision));
  }

  static List<String> keys(List<Row> rows) {
    return rows.stream().map(row -> row.key().utf8()).toList();
  }
}
