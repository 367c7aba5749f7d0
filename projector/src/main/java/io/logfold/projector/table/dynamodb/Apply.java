package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import io.logfold.log.Checkpoint;
import io.logfold.projector.table.CheckpointMovedException;
import io.logfold.projector.table.Table.ApplyLimits;
import io.logfold.projector.table.Table.RowChange;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsRequest;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/**
 * One batch, one TransactWriteItems: the checkpoint where it is as expected, the tail, the rows, and the names of
 * partition keys that this process does not know to be registered.
 *
 * <p>An attempt whose fate is unknown is sent again as it is: the request token lets DynamoDB tell one that arrived
 * before, and beyond the token's ten minutes the batch's id in the checkpoint does. So a retry answers what the first
 * attempt would have; where none answers in time, the caller reads the checkpoint and goes on from there.
 */
final class Apply {
  private static final int ACTIONS = 100;
  /** Checkpoint and tail. */
  private static final int OWN_ACTIONS = 2;
  /**
   * Most bytes of keys and values. Together with the tail (each name once more, at most 255,000), registered names
   * (79,000), the checkpoint (3,000), numbers and attribute names (8,000) that stays below the 4,000,000 of a
   * transaction; the largest commit with its partition keys is 3,283,968.
   */
  private static final long BYTES = 3_400_000;

  static final ApplyLimits LIMITS = new ApplyLimits(ACTIONS - OWN_ACTIONS, ACTIONS - OWN_ACTIONS, BYTES);

  private final Requests requests;
  private final DynamoDbUrl url;
  private final String store;
  private final Settling settling;
  private final KeyRegistry registry;

  Apply(Requests requests, DynamoDbUrl url, String store, Settling settling, KeyRegistry registry) {
    this.requests = requests;
    this.url = url;
    this.store = store;
    this.settling = settling;
    this.registry = registry;
  }

  void apply(int partition, List<RowChange> changes, Checkpoint from, Checkpoint to) {
    if (changes.size() > LIMITS.changes()) {
      throw new IllegalArgumentException("one apply carries at most " + LIMITS.changes() + " changes, got "
          + changes.size() + "; applyLimits tells");
    }
    settleBefore(partition, from);
    Set<Bytes> names = registerAhead(partition, changes);
    String batch = UUID.randomUUID().toString();
    TransactWriteItemsRequest request = TransactWriteItemsRequest.builder()
        .clientRequestToken(batch)
        .transactItems(actions(partition, changes, names, from, to, batch))
        .build();
    Requests.Attempts attempts = requests.attempts("write to", requests.timing().applyBudgetMs());
    while (true) {
      try {
        requests.once(client -> client.transactWriteItems(request));
        settling.know(partition, to);
        break;
      } catch (TransactionCanceledException e) {
        if (checkpointMoved(e)) {
          Map<String, AttributeValue> found = found(e.cancellationReasons().get(0));
          if (Items.text(found, Items.BATCH).equals(batch)) {
            break;
          }
          throw new CheckpointMovedException(partition, from, Items.checkpoint(found, store, partition));
        }
        attempts.failed(e);
      } catch (SdkException e) {
        attempts.failed(e);
      }
    }
    registry.remember(partition, names);
  }

  /** Only the last transaction of a partition may be unsettled: {@link Settling} rests on it. */
  private void settleBefore(int partition, Checkpoint from) {
    if (!settling.known(partition, from)) {
      Checkpoint found = settling.settled(partition);
      if (!Settling.same(found, from)) {
        throw new CheckpointMovedException(partition, from, found);
      }
    }
  }

  /** Returns the names to be registered with the batch, and registers those for which it has no room. */
  private Set<Bytes> registerAhead(int partition, List<RowChange> changes) {
    Set<Bytes> names = new LinkedHashSet<>();
    int room = ACTIONS - OWN_ACTIONS - changes.size();
    for (RowChange change : changes) {
      Bytes name = change.partitionKey();
      if (change.value().isPresent() && !names.contains(name) && !registry.isKnown(partition, name)) {
        if (PartitionKeyNames.isLong(name)) {
          registry.putNode(partition, name);
        }
        if (names.size() < room) {
          names.add(name);
        } else {
          registry.putName(partition, name);
        }
      }
    }
    return names;
  }

  private List<TransactWriteItem> actions(int partition, List<RowChange> changes, Set<Bytes> names, Checkpoint from,
      Checkpoint to, String batch) {
    List<TransactWriteItem> actions = new ArrayList<>();
    actions.add(moved(partition, from, to, batch));
    actions.add(put(url.checkpoints(), Items.tail(partition, to, BatchNames.encode(changes))));
    for (RowChange change : changes) {
      actions.add(change.value().isPresent()
          ? put(url.table(), Items.row(change, change.value().get()))
          : TransactWriteItem.builder().delete(delete -> delete.tableName(url.table())
              .key(Items.rowKey(change.partitionKey(), change.key()))).build());
    }
    names.forEach(name -> actions.add(put(url.checkpoints(), PartitionKeyNames.item(partition, name))));
    return actions;
  }

  private TransactWriteItem moved(int partition, Checkpoint from, Checkpoint to, String batch) {
    boolean fromNothing = Settling.same(from, Checkpoint.empty(store, partition));
    return TransactWriteItem.builder().put(put -> put.tableName(url.checkpoints())
        .item(Items.checkpoint(partition, to, batch))
        .conditionExpression((fromNothing ? "attribute_not_exists(#p) OR " : "") + "(#p = :p AND #h = :h)")
        .expressionAttributeNames(Map.of("#p", Items.POSITION, "#h", Items.HASH))
        .expressionAttributeValues(
            Map.of(":p", Items.n(from.at().position()), ":h", Items.b(from.at().hash().bytes())))
        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)).build();
  }

  private static TransactWriteItem put(String table, Map<String, AttributeValue> item) {
    return TransactWriteItem.builder().put(put -> put.tableName(table).item(item)).build();
  }

  private static boolean checkpointMoved(TransactionCanceledException e) {
    return e.hasCancellationReasons() && Faults.allCodes(e).get(0).equals(Faults.CONDITION_FAILED);
  }

  private static Map<String, AttributeValue> found(CancellationReason reason) {
    return reason.hasItem() ? reason.item() : Map.of();
  }
}
