package io.logfold.query.server.dynamodb.expression;

import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.SdkValues;
import java.net.URI;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/** Those of DynamoDB Local, over a table of their own. */
final class LocalAnswers implements Answers, AutoCloseable {
  private final String table = "t" + UUID.randomUUID().toString().replace("-", "");
  private final DynamoDbClient client;

  LocalAnswers() {
    URI endpoint = URI.create(DynamoDbLocal.endpoint());
    client = DynamoDbClient.builder().region(Region.of("local")).endpointOverride(endpoint)
        .httpClient(UrlConnectionHttpClient.create()).build();
    client.createTable(request -> request.tableName(table).billingMode(BillingMode.PAY_PER_REQUEST)
        .attributeDefinitions(
            attribute -> attribute.attributeName("pk").attributeType(ScalarAttributeType.S),
            attribute -> attribute.attributeName("sk").attributeType(ScalarAttributeType.N))
        .keySchema(
            key -> key.attributeName("pk").keyType(KeyType.HASH),
            key -> key.attributeName("sk").keyType(KeyType.RANGE)));
  }

  @Override
  public void close() {
    client.close();
  }

  /** None where there are none: an empty map would be another request. */
  private static @Nullable Map<String, String> names(String... texts) {
    Map<String, String> names = ExpressionCases.names(texts);
    return names.isEmpty() ? null : names;
  }

  private static @Nullable Map<String, AttributeValue> values(String... texts) {
    Map<String, AttributeValue> values = SdkValues.toSdk(ExpressionCases.values(texts));
    return values.isEmpty() ? null : values;
  }

  private static Map<String, AttributeValue> key(Item item) {
    return Map.of("pk", SdkValues.toSdk(item.get("pk").orElseThrow()),
        "sk", SdkValues.toSdk(item.get("sk").orElseThrow()));
  }

  private void put(Item item) {
    client.putItem(request -> request.tableName(table).item(SdkValues.toSdk(item.attributes())));
  }

  private static String answer(Supplier<String> answer) {
    try {
      return answer.get();
    } catch (ConditionalCheckFailedException e) {
      return "false";
    } catch (DynamoDbException e) {
      return e.awsErrorDetails().errorMessage();
    }
  }

  @Override
  public String condition(Item item, String text) {
    put(item);
    return answer(() -> {
      client.putItem(request -> request.tableName(table).item(SdkValues.toSdk(item.attributes()))
          .conditionExpression(text).expressionAttributeNames(names(text)).expressionAttributeValues(values(text)));
      return "true";
    });
  }

  @Override
  public String filter(Item item, String text) {
    put(item);
    return answer(() -> Boolean.toString(1 == client.query(request -> request.tableName(table)
        .keyConditionExpression(FILTER_KEY_CONDITION).filterExpression(text)
        .expressionAttributeNames(names(text))
        .expressionAttributeValues(values(text, FILTER_KEY_CONDITION))).count()));
  }

  @Override
  public String keyCondition(Item item, String text) {
    put(item);
    return answer(() -> Boolean.toString(1 == client.query(request -> request.tableName(table)
        .keyConditionExpression(text).expressionAttributeNames(names(text))
        .expressionAttributeValues(values(text))).count()));
  }

  private Item update(Item item, String text, ReturnValue wanted) {
    put(item);
    UpdateItemRequest request = UpdateItemRequest.builder().tableName(table).key(key(item))
        .updateExpression(text).expressionAttributeNames(names(text)).expressionAttributeValues(values(text))
        .returnValues(wanted).build();
    return SdkValues.fromSdk(client.updateItem(request).attributes());
  }

  @Override
  public String update(Item item, String text) {
    return answer(() -> SdkValues.json(update(item, text, ReturnValue.ALL_NEW)));
  }

  @Override
  public String updated(Item item, String text) {
    return answer(() -> new TreeSet<>(update(item, text, ReturnValue.UPDATED_OLD).attributes().keySet())
        + " " + new TreeSet<>(update(item, text, ReturnValue.UPDATED_NEW).attributes().keySet()));
  }

  @Override
  public String projection(Item item, String text) {
    put(item);
    return answer(() -> SdkValues.json(SdkValues.fromSdk(client.getItem(request -> request.tableName(table)
        .key(key(item)).projectionExpression(text).expressionAttributeNames(names(text))).item())));
  }
}
