package io.logfold.projector.table.postgres;

import java.util.List;

/**
 * The SQL of one table, made once; the prefix is checked by {@link PostgresUrl} and is all that is put into it.
 *
 * <ul>
 *   <li>Every read is one statement, so that rows and checkpoint are of one snapshot: the checkpoint's row, and behind
 *       it the rows with a null in its place. The order of the two does not matter to the reader. Only {@code getOne} has
 *       both in one row.
 *   <li>A batch is one statement too. {@code moved} is the compare-and-set; the other parts ask for it and do nothing
 *       where it found no row. Two projectors meet at the checkpoint's row lock: the later one waits, then its
 *       condition is looked at again with what the earlier one committed, and fails. Where it holds, nobody has committed
 *       since this statement's snapshot was taken, so that what the deletes see is what there is.
 *   <li>Where rows are looked up by a list of keys, LATERAL and OFFSET 0 say how: the index, once for each key. A join
 *       is planned while the table is still empty, as a walk over all of its rows, and then stays so. The join of
 *       {@code getOne} is of two rows whose whole primary keys are given: there is no other way to plan it.
 * </ul>
 */
final class Statements {
  final String prefix;
  final String meta;
  final String checkpoint;
  /** Parameters: partition; keys; partition, partition key. */
  final String get;
  /** Parameters: partition key, key, partition. The same for one key: two look-ups, without an array to take apart. */
  final String getOne;
  /**
   * Parameters: partitions; partitions, partition keys, keys, and what each is called in the answer, all of one length.
   * Columns: the partition and its checkpoint, or the name and value and revision of a row that is there.
   */
  final String getAll;
  final String partitionKeys;
  private final String checkpointPart;

  Statements(String prefix) {
    this.prefix = prefix;
    meta = "SELECT schema_version, store, partitions FROM " + prefix + "meta";
    checkpoint = "SELECT record FROM " + prefix + "checkpoint WHERE partition = ?";
    checkpointPart = "SELECT record, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bigint FROM " + prefix
        + "checkpoint WHERE partition = ? UNION ALL ";
    get = checkpointPart + "SELECT NULL, NULL, found.* FROM (SELECT unnest(?::bytea[]) AS item_key) given,"
        + " LATERAL (SELECT item_key, value, revision FROM " + prefix
        + "rows there WHERE there.partition = ? AND there.partition_key = ? AND there.item_key = given.item_key"
        + " OFFSET 0) found";
    getOne = "SELECT record, value, revision FROM " + prefix + "checkpoint stands LEFT JOIN " + prefix
        + "rows there ON there.partition = stands.partition AND there.partition_key = ? AND there.item_key = ?"
        + " WHERE stands.partition = ?";
    getAll = "SELECT asked.partition, stands.record, NULL::bytea, NULL::bigint FROM (SELECT unnest(?::integer[]) AS partition)"
        + " asked, LATERAL (SELECT record FROM " + prefix + "checkpoint WHERE partition = asked.partition OFFSET 0) stands"
        + " UNION ALL SELECT given.name, NULL, found.* FROM (SELECT unnest(?::integer[]) AS partition,"
        + " unnest(?::bytea[]) AS partition_key, unnest(?::bytea[]) AS item_key, unnest(?::integer[]) AS name) given,"
        + " LATERAL (SELECT value, revision FROM " + prefix + "rows there WHERE there.partition = given.partition"
        + " AND there.partition_key = given.partition_key AND there.item_key = given.item_key OFFSET 0) found";
    // From each partition key to the next by the index: the cost is per partition key and not per row.
    String next = "SELECT partition_key FROM " + prefix + "rows WHERE partition = ? AND partition_key > ";
    partitionKeys = "WITH RECURSIVE found (partition_key, n) AS ("
        + "(SELECT partition_key, 1 FROM (" + next + "? ORDER BY partition_key LIMIT 1) first)"
        + " UNION ALL SELECT (" + next + "found.partition_key ORDER BY partition_key LIMIT 1), n + 1"
        + " FROM found WHERE found.partition_key IS NOT NULL AND n < ?)"
        + " SELECT partition_key FROM found WHERE partition_key IS NOT NULL ORDER BY n";
  }

  /**
   * Parameters: partition; bytes of a page, most rows, bytes of a page; partition, partition key, start, end where
   * there is one; most rows and one more.
   */
  String scan(boolean hasEnd, boolean reverse, boolean keysOnly) {
    String where = "partition = ? AND partition_key = ? AND item_key >= ?" + (hasEnd ? " AND item_key < ?" : "");
    return page(where, "item_key" + (reverse ? " DESC" : ""), keysOnly, keysOnly ? "0" : "octet_length(value)");
  }

  /** Parameters: as for {@link #scan}, with partition, partition key and key in the middle. */
  String rows() {
    return page("partition = ? AND (partition_key, item_key) > (?, ?)", "partition_key, item_key", false,
        "octet_length(partition_key) + octet_length(value)");
  }

  /**
   * Rows until their bytes fill a page, and one more with neither value nor revision, which says that there is more.
   * The sum is made in the server, from sizes alone: a page of the largest rows reads the values it returns and
   * no others.
   */
  private String page(String where, String order, boolean keysOnly, String bytes) {
    return checkpointPart + "(SELECT NULL, partition_key, item_key,"
        + (keysOnly ? " ''::bytea," : " CASE WHEN inside THEN value END,")
        + " CASE WHEN inside THEN revision END FROM ("
        + "SELECT *, coalesce(before, 0) < ? AND n <= ? AS inside,"
        + " lag(coalesce(before, 0) < ?, 1, true) OVER w AS shown"
        + " FROM (SELECT *, row_number() OVER w AS n, sum(bytes) OVER (ORDER BY " + order
        + " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before"
        + " FROM (SELECT partition_key, item_key, value, revision, octet_length(item_key) + " + bytes + " AS bytes"
        + " FROM " + prefix + "rows WHERE " + where + " ORDER BY " + order + " LIMIT ?) there"
        + " WINDOW w AS (ORDER BY " + order + ")) summed"
        + " WINDOW w AS (ORDER BY " + order + ")) cut WHERE shown ORDER BY " + order + ")";
  }

  /**
   * Parameters: position, LSN, hash, record, partition, position expected, hash expected; where there are puts:
   * partition, partition keys, keys, values, revisions; where there are deletes: partition keys, keys, partition.
   */
  String apply(boolean puts, boolean deletes) {
    StringBuilder sql = new StringBuilder("WITH moved AS (UPDATE ").append(prefix).append("checkpoint"
        + " SET position = ?, lsn = ?, hash = ?, record = ? WHERE partition = ? AND position = ? AND hash = ?"
        + " RETURNING partition)");
    if (puts) {
      // unnest in the list of columns streams; in FROM it would first be written to a temporary store.
      sql.append(", put AS (INSERT INTO ").append(prefix)
          .append("rows (partition, partition_key, item_key, value, revision)"
              + " SELECT ?::integer, given.* FROM (SELECT unnest(?::bytea[]), unnest(?::bytea[]), unnest(?::bytea[]),"
              + " unnest(?::bigint[])) given"
              + " WHERE EXISTS (SELECT FROM moved)"
              + " ON CONFLICT (partition, partition_key, item_key)"
              + " DO UPDATE SET value = excluded.value, revision = excluded.revision)");
    }
    if (deletes) {
      sql.append(", gone AS (DELETE FROM ").append(prefix)
          .append("rows WHERE ctid = ANY (ARRAY(SELECT found.ctid FROM"
              + " (SELECT unnest(?::bytea[]) AS partition_key, unnest(?::bytea[]) AS item_key) given,"
              + " LATERAL (SELECT there.ctid FROM ").append(prefix)
          .append("rows there WHERE there.partition = ? AND there.partition_key = given.partition_key"
              + " AND there.item_key = given.item_key OFFSET 0) found WHERE EXISTS (SELECT FROM moved))))");
    }
    return sql.append(" SELECT count(*) FROM moved").toString();
  }

  /** Makes what is there; all of it or nothing, since it is one transaction. */
  List<String> make() {
    return List.of(
        "CREATE TABLE " + prefix + "meta (single boolean PRIMARY KEY DEFAULT true CHECK (single),"
            + " schema_version integer NOT NULL, store text NOT NULL, partitions integer NOT NULL)",
        // Updated with every batch: room in the page, so that the update needs no index entry.
        "CREATE TABLE " + prefix + "checkpoint (partition integer PRIMARY KEY, position bigint NOT NULL, lsn bigint"
            + " NOT NULL, hash bytea NOT NULL, record bytea NOT NULL) WITH (fillfactor = 10)",
        "CREATE TABLE " + prefix + "rows (partition integer NOT NULL, partition_key bytea NOT NULL, item_key bytea"
            + " NOT NULL, value bytea NOT NULL, revision bigint NOT NULL,"
            + " PRIMARY KEY (partition, partition_key, item_key))");
  }
}
