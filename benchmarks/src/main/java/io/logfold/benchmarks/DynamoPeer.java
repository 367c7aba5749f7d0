package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import io.logfold.projector.testing.DynamoDbLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.Put;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsRequest;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * DynamoDB Local by the AWS SDK's blocking client, up to 64 in flight. It says nothing of the service's speed, and
 * keeps its items in memory alone. Its version attribute is the revision, counted here.
 */
final class DynamoPeer implements Peer {
  private static final int MOST_IN_FLIGHT = 64;
  private static final int BATCH = 25;

  private final DynamoWork work;
  private final Optional<ProcessHandle> process;

  private DynamoPeer(DynamoWork work, Optional<ProcessHandle> process) {
    this.work = work;
    this.process = process;
  }

  /** @param keys any: they say what a key and a value look like */
  static DynamoPeer start(KeySpace keys) {
    Set<ProcessHandle> before = ProcessHandle.current().children().collect(Collectors.toSet());
    String url = DynamoDbLocal.another(List.of("-Xmx1g"));
    Optional<ProcessHandle> started =
        ProcessHandle.current().children().filter(process -> !before.contains(process)).findFirst();
    DynamoWork work = new DynamoWork(url, keys, MOST_IN_FLIGHT);
    work.createTable();
    return new DynamoPeer(work, started);
  }

  @Override
  public String name() {
    return "DynamoDB Local";
  }

  @Override
  public Durability durability() {
    return new Durability(false, "memory", "in memory alone");
  }

  @Override
  public boolean takes(int inFlight) {
    return inFlight <= MOST_IN_FLIGHT;
  }

  /** By as many at once as a batch takes. */
  @Override
  public void fill(KeySpace keys) {
    List<CompletableFuture<?>> batches = new ArrayList<>();
    for (int from = 0; from < keys.size(); from += BATCH) {
      List<WriteRequest> puts = new ArrayList<>(BATCH);
      for (int key = from; key < Math.min(keys.size(), from + BATCH); key++) {
        Map<String, AttributeValue> item = DynamoWork.item(keys, key, 1, keys.anyValue(0));
        puts.add(WriteRequest.builder().putRequest(put -> put.item(item)).build());
        keys.written(key, 1);
      }
      batches.add(work.call(client -> client.batchWriteItem(batch -> batch.requestItems(Map.of(DynamoWork.TABLE, puts)))));
    }
    CompletableFuture.allOf(batches.toArray(CompletableFuture<?>[]::new)).join();
  }

  @Override
  public CompletableFuture<?> get(KeySpace keys, int key) {
    return work.get(keys, key);
  }

  @Override
  public CompletableFuture<Boolean> setIf(KeySpace keys, int lane, int key) {
    long revision = keys.revision(key);
    return work.putIf(keys, key, revision, keys.anyValue(lane)).handle((response, failure) -> {
      if (failure == null) {
        keys.written(key, revision + 1);
        return true;
      }
      if (failure instanceof CompletionException && failure.getCause() instanceof ConditionalCheckFailedException) {
        return false;
      }
      throw new CompletionException(failure);
    });
  }

  @Override
  public CompletableFuture<?> set(KeySpace keys, int lane, int key) {
    long next = keys.revision(key) + 1;
    Map<String, AttributeValue> item = DynamoWork.item(keys, key, next, keys.anyValue(lane));
    return work.call(client -> client.putItem(PutItemRequest.builder().tableName(DynamoWork.TABLE).item(item).build()))
        .thenAccept(response -> keys.written(key, next));
  }

  @Override
  public CompletableFuture<?> delete(KeySpace keys, int lane, int key) {
    return work.call(client -> client.deleteItem(DeleteItemRequest.builder().tableName(DynamoWork.TABLE)
        .key(DynamoWork.keyOf(keys, key)).returnValues(ReturnValue.ALL_OLD).build())).thenAccept(response -> {
          if (!response.hasAttributes()) {
            throw new IllegalStateException(keys.key(key) + " was there, and its delete changed nothing");
          }
          keys.written(key, 0);
        });
  }

  @Override
  public CompletableFuture<?> scan(KeySpace keys, Bytes partitionKey, int rows) {
    return work.call(client -> client.query(QueryRequest.builder().tableName(DynamoWork.TABLE).consistentRead(true)
        .keyConditionExpression("h = :h").expressionAttributeValues(Map.of(":h", AttributeValue.fromS(partitionKey.utf8())))
        .limit(rows).build())).thenAccept(response -> {
          if (response.count() != rows) {
            throw new IllegalStateException(partitionKey + " has " + rows + " keys, the query gave " + response.count());
          }
        });
  }

  @Override
  public CompletableFuture<?> scanFrom(KeySpace keys, int firstKey, int rows) {
    return work.call(client -> client.query(QueryRequest.builder().tableName(DynamoWork.TABLE).consistentRead(true)
        .keyConditionExpression("h = :h AND r >= :r").expressionAttributeValues(Map.of(
            ":h", AttributeValue.fromS(keys.partitionKey(firstKey).utf8()), ":r", AttributeValue.fromS(keys.key(firstKey).utf8())))
        .limit(rows).build())).thenAccept(response -> keys.checkScan(firstKey, rows, response.count()));
  }

  @Override
  public CompletableFuture<?> commit(KeySpace keys, int lane, int firstKey, int count) {
    List<TransactWriteItem> puts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int key = firstKey + i * keys.partitionKeyCount();
      puts.add(TransactWriteItem.builder().put(Put.builder().tableName(DynamoWork.TABLE)
          .item(DynamoWork.item(keys, key, 1, keys.anyValue(lane))).build()).build());
    }
    return work.call(client -> client.transactWriteItems(TransactWriteItemsRequest.builder().transactItems(puts).build()));
  }

  @Override
  public Duration cpu() {
    return process.map(Machine::cpuOf).orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    work.close();
    process.ifPresent(ProcessHandle::destroy);
  }
}
