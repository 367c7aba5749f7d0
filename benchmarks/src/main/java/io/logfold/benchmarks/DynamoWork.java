package io.logfold.benchmarks;

import io.logfold.api.Bytes;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/**
 * GetItem and conditional PutItem at an endpoint, through the AWS SDK for Java (its blocking client, a thread for each that is
 * in flight) and as raw HTTP by the JDK's client, with items of two keys, a version and a value. A put's condition is that
 * the version is the one that was last put; each lane writes items of its own.
 */
final class DynamoWork implements AutoCloseable {
  static final String TABLE = "bench";
  private static final Map<String, String> NAMES = Map.of("#v", "version");

  private final DynamoDbClient sdk;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();
  private final ExecutorService threads;
  private final String endpoint;
  private final KeySpace keys;
  private final AtomicIntegerArray versions;

  DynamoWork(String endpoint, KeySpace keys, int mostInFlight) {
    this.endpoint = endpoint;
    this.keys = keys;
    this.versions = new AtomicIntegerArray(keys.size());
    this.threads = Executors.newFixedThreadPool(mostInFlight);
    this.sdk = DynamoDbClient.builder().endpointOverride(URI.create(endpoint)).region(Region.US_EAST_1)
        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("bench", "bench")))
        .httpClient(UrlConnectionHttpClient.create()).build();
  }

  /** Makes the table and every item. */
  void fill() {
    createTable();
    CompletableFuture<?>[] puts = new CompletableFuture<?>[keys.size()];
    for (int i = 0; i < keys.size(); i++) {
      int key = i;
      puts[i] = CompletableFuture.runAsync(() ->
          sdk.putItem(PutItemRequest.builder().tableName(TABLE).item(item(keys, key, 0, keys.anyValue(0))).build()), threads);
    }
    CompletableFuture.allOf(puts).join();
  }

  void createTable() {
    sdk.createTable(CreateTableRequest.builder().tableName(TABLE).billingMode(BillingMode.PAY_PER_REQUEST)
        .keySchema(KeySchemaElement.builder().attributeName("h").keyType(KeyType.HASH).build(),
            KeySchemaElement.builder().attributeName("r").keyType(KeyType.RANGE).build())
        .attributeDefinitions(AttributeDefinition.builder().attributeName("h").attributeType(ScalarAttributeType.S).build(),
            AttributeDefinition.builder().attributeName("r").attributeType(ScalarAttributeType.S).build()).build());
  }

  static Map<String, AttributeValue> item(KeySpace keys, int key, long version, Bytes value) {
    return Map.of("h", AttributeValue.fromS(keys.partitionKey(key).utf8()), "r", AttributeValue.fromS(keys.key(key).utf8()),
        "version", AttributeValue.fromN(Long.toString(version)),
        "value", AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(value.toArray())));
  }

  static Map<String, AttributeValue> keyOf(KeySpace keys, int key) {
    return Map.of("h", AttributeValue.fromS(keys.partitionKey(key).utf8()), "r", AttributeValue.fromS(keys.key(key).utf8()));
  }

  /** On a thread of its own, as every call of the blocking client. */
  <T> CompletableFuture<T> call(Function<DynamoDbClient, T> operation) {
    return CompletableFuture.supplyAsync(() -> operation.apply(sdk), threads);
  }

  Work sdkGet(KeySpace lanes) {
    return lane -> get(lanes, lanes.any(lane));
  }

  CompletableFuture<?> get(KeySpace in, int key) {
    return call(client -> client.getItem(GetItemRequest.builder().tableName(TABLE).consistentRead(true).key(keyOf(in, key))
        .build())).thenAccept(response -> {
          if (!response.hasItem()) {
            throw new IllegalStateException(in.key(key) + " was put, and is not there");
          }
        });
  }

  Work sdkPut(KeySpace lanes) {
    return lane -> {
      int key = lanes.own(lane);
      int version = versions.get(key);
      return putIf(lanes, key, version, lanes.anyValue(lane)).thenRun(() -> versions.set(key, version + 1));
    };
  }

  /** Puts the next version if it is this one. */
  CompletableFuture<?> putIf(KeySpace in, int key, long version, Bytes value) {
    return call(client -> client.putItem(PutItemRequest.builder().tableName(TABLE).item(item(in, key, version + 1, value))
        .conditionExpression("#v = :v").expressionAttributeNames(NAMES)
        .expressionAttributeValues(Map.of(":v", AttributeValue.fromN(Long.toString(version)))).build()));
  }

  Work rawGet(KeySpace lanes) {
    return lane -> {
      int key = lanes.any(lane);
      return post("GetItem", "{\"TableName\":\"" + TABLE + "\",\"ConsistentRead\":true,\"Key\":{\"h\":{\"S\":\""
          + keys.partitionKey(key).utf8() + "\"},\"r\":{\"S\":\"" + keys.key(key).utf8() + "\"}}}", "\"Item\"");
    };
  }

  Work rawPut(KeySpace lanes) {
    return lane -> {
      int key = lanes.own(lane);
      int version = versions.get(key);
      String value = Base64.getEncoder().encodeToString(lanes.anyValue(lane).toArray());
      return post("PutItem", "{\"TableName\":\"" + TABLE + "\",\"Item\":{\"h\":{\"S\":\"" + keys.partitionKey(key).utf8()
          + "\"},\"r\":{\"S\":\"" + keys.key(key).utf8() + "\"},\"version\":{\"N\":\"" + (version + 1) + "\"},\"value\":{\"B\":\""
          + value + "\"}},\"ConditionExpression\":\"#v = :v\",\"ExpressionAttributeNames\":{\"#v\":\"version\"},"
          + "\"ExpressionAttributeValues\":{\":v\":{\"N\":\"" + version + "\"}}}", "{")
          .thenRun(() -> versions.set(key, version + 1));
    };
  }

  private CompletableFuture<Void> post(String operation, String body, String expected) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(endpoint + "/")).timeout(Duration.ofSeconds(10))
        .header("X-Amz-Target", "DynamoDB_20120810." + operation).header("Content-Type", "application/x-amz-json-1.0")
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=bench/20261231/us-east-1/dynamodb/aws4_request,"
            + " SignedHeaders=host;x-amz-date;x-amz-target, Signature=00")
        .POST(HttpRequest.BodyPublishers.ofString(body)).build();
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).thenAccept(response -> {
      if (response.statusCode() != 200 || !response.body().contains(expected)) {
        throw new IllegalStateException(operation + " was answered " + response.statusCode() + ": " + response.body());
      }
    });
  }

  @Override
  public void close() {
    http.shutdownNow();
    sdk.close();
    threads.shutdownNow();
  }
}
