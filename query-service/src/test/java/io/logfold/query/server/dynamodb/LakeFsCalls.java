package io.logfold.query.server.dynamodb;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;

/** The calls that lakeFS's DynamoDB driver makes for its operations on keys, each with the parameters that it gives. */
final class LakeFsCalls {
  static final String PARTITION_KEY = "PartitionKey";
  static final String KEY = "ItemKey";
  static final String VALUE = "ItemValue";

  private final DynamoDbClient client;
  private final String table;
  private final int scanLimit;

  LakeFsCalls(DynamoDbClient client, String table, int scanLimit) {
    this.client = client;
    this.table = table;
    this.scanLimit = scanLimit;
  }

  static AttributeValue bytes(byte[] value) {
    return AttributeValue.fromB(SdkBytes.fromByteArray(value));
  }

  private static Map<String, AttributeValue> key(byte[] partitionKey, byte[] key) {
    return Map.of(PARTITION_KEY, bytes(partitionKey), KEY, bytes(key));
  }

  Optional<byte[]> get(byte[] partitionKey, byte[] key) {
    GetItemResponse answer = client.getItem(request -> request.tableName(table).key(key(partitionKey, key))
        .consistentRead(true).returnConsumedCapacity(ReturnConsumedCapacity.TOTAL));
    requireCapacity(answer.consumedCapacity().capacityUnits());
    return answer.hasItem() ? Optional.of(value(answer.item())) : Optional.empty();
  }

  private static void requireCapacity(@Nullable Double units) {
    if (units == null || units <= 0) {
      throw new IllegalStateException("the driver counts consumed capacity, and was told " + units);
    }
  }

  private static byte[] value(Map<String, AttributeValue> item) {
    AttributeValue value = item.get(VALUE);
    if (value == null || value.b() == null) {
      throw new IllegalStateException("no bytes as the value of " + item);
    }
    return value.b().asByteArray();
  }

  private PutItemRequest.Builder put(byte[] partitionKey, byte[] key, byte[] value) {
    Map<String, AttributeValue> item = new HashMap<>(key(partitionKey, key));
    item.put(VALUE, bytes(value));
    return PutItemRequest.builder().tableName(table).item(item).returnConsumedCapacity(ReturnConsumedCapacity.TOTAL);
  }

  void set(byte[] partitionKey, byte[] key, byte[] value) {
    PutItemResponse answer = client.putItem(put(partitionKey, key, value).build());
    requireCapacity(answer.consumedCapacity().capacityUnits());
  }

  boolean setIfAbsent(byte[] partitionKey, byte[] key, byte[] value) {
    return holds(put(partitionKey, key, value).conditionExpression("attribute_not_exists(ItemValue)"));
  }

  boolean setIfExists(byte[] partitionKey, byte[] key, byte[] value) {
    return holds(put(partitionKey, key, value).conditionExpression("attribute_exists(ItemValue)"));
  }

  boolean setIfEquals(byte[] partitionKey, byte[] key, byte[] value, byte[] expected) {
    return holds(put(partitionKey, key, value).conditionExpression("#0 = :0")
        .expressionAttributeNames(Map.of("#0", VALUE)).expressionAttributeValues(Map.of(":0", bytes(expected))));
  }

  private boolean holds(PutItemRequest.Builder request) {
    try {
      client.putItem(request.build());
      return true;
    } catch (ConditionalCheckFailedException e) {
      return false;
    }
  }

  void delete(byte[] partitionKey, byte[] key) {
    DeleteItemResponse answer = client.deleteItem(request -> request.tableName(table).key(key(partitionKey, key))
        .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL));
    requireCapacity(answer.consumedCapacity().capacityUnits());
  }

  /** All keys from one on. */
  Entries scan(byte[] partitionKey, byte[] from) {
    return new Entries(partitionKey, from);
  }

  /** The entries of a partition key, page by page. */
  final class Entries {
    private final byte[] partitionKey;
    private final QueryRequest query;
    private final Queue<Map<String, AttributeValue>> page = new ArrayDeque<>();
    private Map<String, AttributeValue> next = Map.of();
    private Map<String, AttributeValue> current = Map.of();
    private int pages;

    private Entries(byte[] partitionKey, byte[] from) {
      this.partitionKey = partitionKey;
      Map<String, AttributeValue> values = new HashMap<>(Map.of(":partitionkey", bytes(partitionKey)));
      if (from.length > 0) {
        values.put(":fromkey", bytes(from));
      }
      this.query = QueryRequest.builder().tableName(table)
          .keyConditionExpression("PartitionKey = :partitionkey" + (from.length > 0 ? " AND ItemKey >= :fromkey" : ""))
          .expressionAttributeValues(values).consistentRead(true).scanIndexForward(true).limit(scanLimit)
          .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL).build();
    }

    boolean next() {
      while (page.isEmpty() && (pages == 0 || !next.isEmpty())) {
        QueryResponse answer = client.query(pages == 0 ? query : query.toBuilder().exclusiveStartKey(next).build());
        if (answer.hasLastEvaluatedKey() && answer.lastEvaluatedKey().isEmpty()) {
          throw new IllegalStateException("an empty LastEvaluatedKey, with which the driver would go on for ever");
        }
        if (answer.count() > scanLimit || answer.count() != answer.items().size()) {
          throw new IllegalStateException("asked for " + scanLimit + " items, got " + answer);
        }
        requireCapacity(answer.consumedCapacity().capacityUnits());
        pages++;
        page.addAll(answer.items());
        next = answer.lastEvaluatedKey();
      }
      Map<String, AttributeValue> taken = page.poll();
      current = taken == null ? Map.of() : taken;
      return taken != null;
    }

    private byte[] attribute(String name) {
      AttributeValue value = current.get(name);
      if (value == null) {
        throw new NoSuchElementException("no entry with " + name + ": " + current);
      }
      return value.b().asByteArray();
    }

    byte[] key() {
      if (!Arrays.equals(attribute(PARTITION_KEY), partitionKey)) {
        throw new IllegalStateException("an entry of another partition key: " + current);
      }
      return attribute(KEY);
    }

    byte[] value() {
      return attribute(VALUE);
    }

    int pages() {
      return pages;
    }
  }
}
