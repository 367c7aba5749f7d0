package io.logfold.projector.table.dynamodb;

import io.logfold.api.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;

/**
 * The names of partition keys that have, or had, rows.
 *
 * <ul>
 *   <li>A name is there no later than the first row: it is written in the same transaction, or before.
 *   <li>A name is never removed. So it may be written ahead, twice and by anybody, and what was once seen may be
 *       remembered; whether it still has rows is asked when it is told ({@link Reads#partitionKeys}).
 * </ul>
 *
 * <p>Any thread.
 */
final class KeyRegistry {
  private static final int REMEMBERED = 20_000;
  private static final int PAGE = 1_000;

  private final Requests requests;
  private final String table;
  private final Remembered remembered = new Remembered();

  KeyRegistry(Requests requests, String table) {
    this.requests = requests;
    this.table = table;
  }

  boolean isKnown(int partition, Bytes partitionKey) {
    return isKnown(new Name(partition, partitionKey, false));
  }

  void remember(int partition, Collection<Bytes> partitionKeys) {
    partitionKeys.forEach(partitionKey -> remember(new Name(partition, partitionKey, false)));
  }

  /** Writes the node that a long name needs, ahead of the name. */
  void putNode(int partition, Bytes longPartitionKey) {
    Name node = new Name(partition, PartitionKeyNames.node(longPartitionKey), true);
    if (!isKnown(node)) {
      put(PartitionKeyNames.nodeItem(partition, longPartitionKey));
      remember(node);
    }
  }

  /** Writes a name ahead of its first row. */
  void putName(int partition, Bytes partitionKey) {
    put(PartitionKeyNames.item(partition, partitionKey));
    remember(partition, List.of(partitionKey));
  }

  /** Names behind {@code after}, ascending. */
  List<Bytes> names(int partition, Optional<Bytes> after, int limit) {
    List<Bytes> found = new ArrayList<>();
    Bytes behind = after.orElse(Bytes.EMPTY);
    if (PartitionKeyNames.isLong(behind)) {
      longNames(partition, PartitionKeyNames.head(behind), PartitionKeyNames.rest(behind), limit, found);
      behind = PartitionKeyNames.node(behind);
    }
    boolean more = true;
    while (more && found.size() < limit) {
      QueryResponse page = query(PartitionKeyNames.top(partition), behind, limit - found.size());
      for (Map<String, AttributeValue> item : page.items()) {
        Bytes name = Items.bytes(item, Items.NAME);
        Optional<Bytes> head = PartitionKeyNames.headOfNode(name);
        if (head.isPresent()) {
          longNames(partition, head.get(), Bytes.EMPTY, limit, found);
        } else {
          found.add(name);
        }
        if (found.size() >= limit) {
          return found;
        }
        behind = name;
      }
      more = page.hasLastEvaluatedKey();
    }
    return found;
  }

  private void longNames(int partition, Bytes head, Bytes behindRest, int limit, List<Bytes> found) {
    Bytes behind = behindRest;
    boolean more = true;
    while (more && found.size() < limit) {
      QueryResponse page = query(PartitionKeyNames.below(partition, head), behind, limit - found.size());
      for (Map<String, AttributeValue> item : page.items()) {
        behind = Items.bytes(item, Items.NAME);
        found.add(PartitionKeyNames.concat(head, behind));
      }
      more = page.hasLastEvaluatedKey();
    }
  }

  private QueryResponse query(Bytes group, Bytes behind, int limit) {
    QueryRequest.Builder query =
        QueryRequest.builder().tableName(table).consistentRead(true).limit(Math.min(limit, PAGE));
    if (behind.isEmpty()) {
      query.keyConditionExpression("#g = :g")
          .expressionAttributeNames(Map.of("#g", Items.GROUP))
          .expressionAttributeValues(Map.of(":g", Items.b(group)));
    } else {
      query.keyConditionExpression("#g = :g AND #n > :n")
          .expressionAttributeNames(Map.of("#g", Items.GROUP, "#n", Items.NAME))
          .expressionAttributeValues(Map.of(":g", Items.b(group), ":n", Items.b(behind)));
    }
    return requests.read("read from", client -> client.query(query.build()));
  }

  private synchronized boolean isKnown(Name name) {
    return remembered.get(name) != null;
  }

  private synchronized void remember(Name name) {
    remembered.put(name, true);
  }

  private void put(Map<String, AttributeValue> item) {
    requests.read("write to", client -> client.putItem(put -> put.tableName(table).item(item)));
  }

  /** @param node the bytes of a node can be those of a partition key */
  private record Name(int partition, Bytes bytes, boolean node) {}

  /** Bounded; the one that was not asked for the longest goes first. */
  private static final class Remembered extends LinkedHashMap<Name, Boolean> {
    Remembered() {
      super(1_024, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Name, Boolean> eldest) {
      return size() > REMEMBERED;
    }
  }
}
