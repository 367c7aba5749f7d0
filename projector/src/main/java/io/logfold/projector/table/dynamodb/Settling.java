package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.log.Hash;
import io.logfold.projector.table.Table.RowId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.TransactGetItem;

/**
 * Reads checkpoints that are settled: every row of theirs can be seen.
 *
 * <p>DynamoDB commits the items of a transaction one after the other, and a plain read does not wait for the rest: a
 * reader can meet the new checkpoint and, in its next request, a row of before. (TransactGetItems cannot; Query is not
 * to be had in transactions.) So:
 *
 * <ul>
 *   <li>A transaction is sent only when the one before it is settled: this process got its success, or went through the
 *       check below. Hence only the last transaction of a partition can be unsettled.
 *   <li>It leaves the names of its rows in the tail item. TransactGetItems of those refuses as long as one of them is
 *       under way: where it answers, all have arrived.
 *   <li>Who sees a tail newer than the checkpoint it read before knows that this checkpoint is settled.
 * </ul>
 *
 * <p>Any thread.
 */
final class Settling {
  private final Requests requests;
  private final String rowTable;
  private final String checkpointTable;
  private final String store;
  private final AtomicReferenceArray<@Nullable Mark> settled;

  Settling(Requests requests, DynamoDbUrl url, String store, int partitions) {
    this.requests = requests;
    this.rowTable = url.table();
    this.checkpointTable = url.checkpoints();
    this.store = store;
    this.settled = new AtomicReferenceArray<>(partitions);
  }

  static boolean same(Checkpoint one, Checkpoint other) {
    return Mark.of(one).equals(Mark.of(other));
  }

  /** This process knows that all rows of this checkpoint can be seen. */
  void know(int partition, Checkpoint checkpoint) {
    settled.set(partition, Mark.of(checkpoint));
  }

  boolean known(int partition, Checkpoint checkpoint) {
    return checkpoint.at().position() == 0 || Mark.of(checkpoint).equals(settled.get(partition));
  }

  /** Where the partition stands; its rows may still be arriving. */
  Checkpoint checkpoint(int partition) {
    return Items.checkpoint(item(Items.checkpointKey(partition)), store, partition);
  }

  /** Where the partition stands at a moment at which no transaction on it is under way. */
  Checkpoint checkpointAtRest(int partition) {
    return requests.read("read from", client -> Items.checkpoint(
        client.transactGetItems(get -> get.transactItems(get(checkpointTable, Items.checkpointKey(partition))))
            .responses().get(0).item(), store, partition));
  }

  /** A checkpoint whose rows, and names in the registry, can all be seen. */
  Checkpoint settled(int partition) {
    return settled(partition, Optional.empty());
  }

  /** A checkpoint whose rows of this partition key can all be seen. */
  Checkpoint settled(int partition, Bytes partitionKey) {
    return settled(partition, Optional.of(partitionKey));
  }

  private Checkpoint settled(int partition, Optional<Bytes> only) {
    Requests.Attempts attempts = requests.attempts("read from", requests.timing().readBudgetMs());
    while (true) {
      Checkpoint checkpoint = checkpoint(partition);
      if (known(partition, checkpoint)) {
        return checkpoint;
      }
      Map<String, AttributeValue> tail = item(Items.tailKey(partition));
      long tailPosition = tail.isEmpty() ? -1 : Items.number(tail, Items.POSITION);
      if (tailPosition > checkpoint.at().position()) {
        return checkpoint;
      }
      if (!tail.isEmpty() && Mark.of(tail).equals(Mark.of(checkpoint))) {
        List<TransactGetItem> arriving = arriving(partition, Items.bytes(tail, Items.NAMES), only);
        waitFor(arriving, attempts);
        if (only.isEmpty()) {
          know(partition, checkpoint);
        }
        return checkpoint;
      }
      attempts.again("its last batch is still arriving", new IllegalStateException("the tail item stands at "
          + tailPosition + ", the checkpoint at " + checkpoint.at().position()));
    }
  }

  private List<TransactGetItem> arriving(int partition, Bytes names, Optional<Bytes> only) {
    List<RowId> rows = BatchNames.decode(names).stream()
        .filter(row -> only.isEmpty() || only.get().equals(row.partitionKey())).toList();
    List<TransactGetItem> items = new ArrayList<>();
    rows.forEach(row -> items.add(get(rowTable, Items.rowKey(row.partitionKey(), row.key()))));
    if (only.isEmpty()) {
      rows.stream().map(RowId::partitionKey).distinct()
          .forEach(each -> items.add(get(checkpointTable, PartitionKeyNames.item(partition, each))));
    }
    return items;
  }

  /** Each item for itself is what counts, so they need not be read at one moment. */
  private void waitFor(List<TransactGetItem> items, Requests.Attempts attempts) {
    int atOnce = 100;
    for (int from = 0; from < items.size(); ) {
      List<TransactGetItem> some = items.subList(from, Math.min(items.size(), from + atOnce));
      try {
        requests.once(client -> client.transactGetItems(get -> get.transactItems(some)));
        from += some.size();
      } catch (SdkException e) {
        if (some.size() > 1 && Faults.refusedAsItIs(e)) {
          atOnce = some.size() / 2;
        } else {
          attempts.failed(e);
        }
      }
    }
  }

  private Map<String, AttributeValue> item(Map<String, AttributeValue> key) {
    return requests.read("read from",
        client -> client.getItem(get -> get.tableName(checkpointTable).key(key).consistentRead(true)).item());
  }

  static TransactGetItem get(String table, Map<String, AttributeValue> key) {
    return TransactGetItem.builder().get(get -> get.tableName(table).key(key)).build();
  }

  private record Mark(long position, Hash hash) {
    static Mark of(Checkpoint checkpoint) {
      return new Mark(checkpoint.at().position(), checkpoint.at().hash());
    }

    static Mark of(Map<String, AttributeValue> tail) {
      return new Mark(Items.number(tail, Items.POSITION), new Hash(Items.bytes(tail, Items.HASH)));
    }
  }
}
