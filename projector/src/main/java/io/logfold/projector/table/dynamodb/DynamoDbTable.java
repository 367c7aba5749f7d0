package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import io.logfold.api.KeyRange;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.Table;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/**
 * A table in Amazon DynamoDB: the rows in one table, checkpoints and what belongs to them in another ({@link Items}).
 *
 * <ul>
 *   <li>Apply is one transaction with the checkpoint's compare-and-set in it (T1, T2, T4): {@link Apply}.
 *   <li>Gets are transactions too. Scans cannot be; they begin with a checkpoint whose rows can all be seen (T3):
 *       {@link Settling}, {@link Reads}.
 *   <li>A partition key's bytes are DynamoDB's partition key as they are, without the partition's number: the store
 *       keeps a partition key in one partition only, and so must every caller (T5).
 *   <li>No snapshots: DynamoDB has no view that stays.
 * </ul>
 *
 * <p>No state of its own but what {@link Settling} and {@link KeyRegistry} remember. Any thread.
 */
final class DynamoDbTable implements Table {
  private final int partitions;
  private final Requests requests;
  private final Settling settling;
  private final Reads reads;
  private final Apply apply;

  private DynamoDbTable(DynamoDbUrl url, String store, int partitions, Requests requests) {
    this.partitions = partitions;
    this.requests = requests;
    this.settling = new Settling(requests, url, store, partitions);
    KeyRegistry registry = new KeyRegistry(requests, url.checkpoints());
    this.reads = new Reads(requests, url, store, settling, registry);
    this.apply = new Apply(requests, url, store, settling, registry);
  }

  /** @param interceptors see every request that goes out */
  static DynamoDbTable open(DynamoDbUrl url, String store, int partitions,
      List<? extends ExecutionInterceptor> interceptors, Timing timing) {
    Requests requests = Requests.open(url, interceptors, timing);
    try {
      TableSetup.run(requests, url, store, partitions);
      return new DynamoDbTable(url, store, partitions, requests);
    } catch (RuntimeException | Error e) {
      requests.close();
      throw e;
    }
  }

  @Override
  public TableRead get(int partition, Bytes partitionKey, List<Bytes> keys) {
    check(partition);
    return reads.get(partition, partitionKey, keys);
  }

  @Override
  public TablePage scan(
      int partition, Bytes partitionKey, KeyRange range, int limit, boolean reverse, boolean keysOnly) {
    check(partition);
    return reads.scan(partition, partitionKey, range, limit, reverse, keysOnly);
  }

  @Override
  public List<Bytes> partitionKeys(int partition, Optional<Bytes> after, int limit) {
    check(partition);
    return reads.partitionKeys(partition, after, limit);
  }

  @Override
  public Optional<TableSnapshot> snapshot(int partition) {
    check(partition);
    return Optional.empty();
  }

  /** A Query is of no moment: see {@link Reads}. */
  @Override
  public boolean scansOneMoment() {
    return false;
  }

  /** Its rows may still be arriving: what reads say of their checkpoint is more, and is what counts for them. */
  @Override
  public Checkpoint checkpoint(int partition) {
    check(partition);
    return settling.checkpoint(partition);
  }

  @Override
  public void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    check(partition);
    apply.apply(partition, changes, from, to);
  }

  @Override
  public ApplyLimits applyLimits() {
    return Apply.LIMITS;
  }

  @Override
  public void close() {
    requests.close();
  }

  private void check(int partition) {
    requests.checkOpen();
    if (partition < 0 || partition >= partitions) {
      throw new IllegalArgumentException("this table has partitions 0 to " + (partitions - 1) + ", got " + partition);
    }
  }
}
