package io.logfold.projector.table;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import java.util.List;
import java.util.Optional;

/**
 * Rows of (partition, partition key, key), each with the revision that last changed it, and one {@link Checkpoint} per
 * partition.
 *
 * <ul>
 *   <li>T1 The rows of a partition equal the fold of its log at the partition's checkpoint; at no moment can anybody see
 *       rows and checkpoint apart.
 *   <li>T2 {@link #apply} moves the checkpoint by compare-and-set: where it is not {@code from}, nothing changes and
 *       {@link CheckpointMovedException} is thrown. So two projectors, or one that woke up too late, do no harm.
 *   <li>T3 Every read tells a checkpoint that is not newer than the rows it saw; what the leader makes of it is the
 *       leader's affair.
 *   <li>T4 What apply returned from survives the death of the process. (After a crash of the machine rows and checkpoint
 *       may both be older, never one without the other.)
 *   <li>T5 Keys are bytes in unsigned order; a pair of keys never collides with another pair.
 * </ul>
 *
 * <p>Methods block, may be called from any thread, and throw {@link TableException} where the backend fails: then
 * trying again makes sense. After {@link #close} every method, of a snapshot too, throws a
 * {@link io.logfold.api.StoreException} CLOSED; close may be called again.
 */
public interface Table extends AutoCloseable {
  /** A page ends, with more to come, once its keys and values come to so many bytes: rows of 390 KiB are legal. */
  int PAGE_BYTES = 4 << 20;

  /** Reads keys of one partition key at one moment. */
  TableRead get(int partition, Bytes partitionKey, List<Bytes> keys);

  /**
   * Several gets that wait at the same moment, for backends that answer many by one question. Each answer is as
   * {@link #get} would give it, with the checkpoint of its own partition; two of them need not be of one moment. Where it
   * throws, none is answered.
   *
   * @return as many as gets were given, in that order
   */
  default List<TableRead> getAll(List<Get> gets) {
    return gets.stream().map(each -> get(each.partition(), each.partitionKey(), each.keys())).toList();
  }

  /**
   * How many gets are best given to one {@link #getAll}; 1 where many of them cost what they cost one by one, and are better
   * asked beside each other. Constant, and quickly told.
   */
  default int getsTogether() {
    return 1;
  }

  /**
   * Reads at most {@code limit} rows of the range, and at most about {@link #PAGE_BYTES}; ascending, or descending where
   * reverse; values are empty where keysOnly.
   */
  TablePage scan(int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly);

  /** Partition keys that have rows, ascending, behind {@code after}; at most {@code limit}. */
  List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit);

  /**
   * Rows of a whole partition in the order of (partition key, key), behind {@code after}: for those who compare or copy a
   * table. At most {@code limit} rows, and at most about {@link #PAGE_BYTES}. Drivers that can read them in one go
   * should.
   */
  default PartitionPage rows(int partition, Optional<RowId> after, int limit) {
    return RowsByPartitionKey.page(this, partition, after, limit);
  }

  /** A frozen view of one partition, or empty where this backend has none. The caller closes it. */
  Optional<TableSnapshot> snapshot(int partition);

  /**
   * Whether a scan shows the rows of the very checkpoint that it tells. Where not, rows may be of later ones, and of several:
   * the leader then waits until it knows all that they may be of.
   */
  default boolean scansOneMoment() {
    return true;
  }

  /** Where the partition stands; {@link Checkpoint#empty} of this store where nothing was applied yet. */
  Checkpoint checkpoint(int partition);

  /**
   * Changes rows and checkpoint in one step.
   *
   * @param changes at most one of each (partition key, key)
   * @param from what the checkpoint must be now (compared by position and hash)
   * @param to what it is afterwards
   * @throws CheckpointMovedException where it is another; nothing was changed
   */
  void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to);

  /** How much one {@link #apply} may carry; the projector cuts its batches so, and never inside an event. */
  default ApplyLimits applyLimits() {
    return ApplyLimits.NONE;
  }

  @Override
  void close();

  /**
   * @param changes most row changes; at least {@link io.logfold.api.Limits#MAX_COMMIT_MUTATIONS}, so that any
   *     event fits
   * @param changesAndPartitionKeys most row changes and distinct partition keys of theirs together, for backends that
   *     write something for each partition key as well; at least one more than the least for changes
   * @param bytes most bytes of keys and values; at least {@link io.logfold.api.Limits#MAX_COMMIT_BYTES} and the
   *     partition key of each change
   */
  record ApplyLimits(int changes, int changesAndPartitionKeys, long bytes) {
    public static final ApplyLimits NONE = new ApplyLimits(Integer.MAX_VALUE, Long.MAX_VALUE);

    public ApplyLimits(int changes, long bytes) {
      this(changes, Integer.MAX_VALUE, bytes);
    }
  }

  /** A row, or the end of one: value is empty where the key was deleted. */
  record RowChange(Bytes partitionKey, Bytes key, Optional<Bytes> value, long revision) {}

  /** A row; revision is that of the event that last changed it. */
  record Row(Bytes key, Bytes value, long revision) {}

  /** A question of {@link #getAll}: keys of one partition key. */
  record Get(int partition, Bytes partitionKey, List<Bytes> keys) {}

  /** @param rows as many as keys were asked for, in that order */
  record TableRead(List<Optional<Row>> rows, Checkpoint checkpoint) {}

  /** @param more whether the range holds rows behind the last one */
  record TablePage(List<Row> rows, boolean more, Checkpoint checkpoint) {}

  /** Names a row within its partition; in the order of {@link #rows}. */
  record RowId(Bytes partitionKey, Bytes key) implements Comparable<RowId> {
    @Override
    public int compareTo(RowId other) {
      int byPartitionKey = partitionKey.compareTo(other.partitionKey);
      return byPartitionKey != 0 ? byPartitionKey : key.compareTo(other.key);
    }
  }

  /** A row with its whole name. */
  record RowOf(Bytes partitionKey, Row row) {
    public RowId id() {
      return new RowId(partitionKey, row.key());
    }
  }

  /** @param more whether the partition may hold rows behind the last one; where so, there is a last one */
  record PartitionPage(List<RowOf> rows, boolean more, Checkpoint checkpoint) {}

  /** One moment of one partition, for scans of many pages. Not for more than one thread at a time. */
  interface TableSnapshot extends AutoCloseable {
    Checkpoint checkpoint();

    TablePage scan(Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly);

    @Override
    void close();
  }
}
