package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Change;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.projector.table.Tables;
import io.logfold.query.server.LogfoldServer;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import io.logfold.query.testing.LocalNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** A node in memory, with its history, that offers DynamoDB's API on a port of its own. */
final class DynamoNode implements AutoCloseable {
  private static final CallOptions PATIENT = CallOptions.timeoutMs(20_000);
  private static final int PARTITIONS = 3;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An answer as it came. */
  record Answer(int status, JsonNode body) {
    /** The error's name; empty where there is none. */
    String error() {
      String type = body.path("__type").asText();
      return type.substring(type.indexOf('#') + 1);
    }
  }

  private final LocalNode node = LocalNode.startWithHistory(Tables.open("memory:", LocalNode.STORE, PARTITIONS),
      Tables.open("memory:", LocalNode.STORE, PARTITIONS), PARTITIONS);
  private final FaultyStore store = new FaultyStore(node.store());
  private final LogfoldServer server;
  private final HttpClient http = HttpClient.newHttpClient();

  DynamoNode(AccessKeys keys) {
    server = LogfoldServer.builder(store).port(0).drain(Duration.ZERO)
        .dynamo(new DynamoService(store, keys, InstantSource.system(), new SecureRandom(), Duration.ZERO)).start();
  }

  /** The store behind the port. */
  FaultyStore store() {
    return store;
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  DynamoDbClient client(String accessKeyId, String secret) {
    return client(accessKeyId, secret, builder -> builder);
  }

  DynamoDbClient client(String accessKeyId, String secret, UnaryOperator<DynamoDbClientBuilder> more) {
    return more.apply(DynamoDbClient.builder().region(Region.US_EAST_1).endpointOverride(endpoint())
        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKeyId, secret)))
        .httpClientBuilder(UrlConnectionHttpClient.builder())).build();
  }

  /** Makes a table of lakeFS's. */
  static void createPlainTable(DynamoDbClient client, String table) {
    client.createTable(request -> request.tableName(table).billingMode(BillingMode.PAY_PER_REQUEST)
        .attributeDefinitions(
            attribute -> attribute.attributeName("PartitionKey").attributeType(ScalarAttributeType.B),
            attribute -> attribute.attributeName("ItemKey").attributeType(ScalarAttributeType.B))
        .keySchema(
            key -> key.attributeName("PartitionKey").keyType(KeyType.HASH),
            key -> key.attributeName("ItemKey").keyType(KeyType.RANGE)));
  }

  /** Sends JSON as it is. */
  Answer call(String operation, String body, String... fields) {
    HttpRequest.Builder request = HttpRequest.newBuilder(endpoint()).timeout(Duration.ofSeconds(30))
        .header("X-Amz-Target", "DynamoDB_20120810." + operation).header("Content-Type", "application/x-amz-json-1.0")
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=raw/20261123/local/dynamodb/aws4_request,"
            + " SignedHeaders=host;x-amz-date, Signature=00")
        .POST(HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < fields.length; i += 2) {
      request.header(fields[i], fields[i + 1]);
    }
    try {
      HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), JSON.readTree(response.body()));
    } catch (IOException e) {
      throw new UncheckedIOException("calling " + operation, e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted in " + operation, e);
    }
  }

  /** One attempt of a call as SDKs make them: all attempts have the call's id. */
  Answer attempt(int attempt, String invocation, String operation, String body) {
    return call(operation, body, "amz-sdk-invocation-id", invocation, "amz-sdk-request", "attempt=" + attempt + "; max=4");
  }

  /** All that was changed under a partition key, oldest first. */
  List<Change> history(Bytes partitionKey) {
    return store.history(new HistoryRequest(new HistoryScope.OfPrefix(partitionKey, Bytes.EMPTY), java.util.Optional.empty(),
        java.util.Optional.empty(), true, 1_000, java.util.Optional.empty()), PATIENT).join().changes();
  }

  @Override
  public void close() {
    server.close();
    node.close();
    http.close();
  }
}
