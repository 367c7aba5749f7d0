package io.logfold.query.server.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.logfold.query.server.dynamodb.DynamoNode.Answer;
import io.logfold.query.server.dynamodb.FaultyStore.Fate;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The endpoint at its edges: batches, tokens, tables, numbers, segments. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EdgesTest {
  private final DynamoNode node = new DynamoNode(AccessKeys.any());

  @BeforeAll
  void createTable() {
    assertThat(create("edges").status()).isEqualTo(200);
  }

  @AfterAll
  void close() {
    node.close();
  }

  private Answer create(String table) {
    return node.call("CreateTable", """
        {"TableName":"%s","BillingMode":"PAY_PER_REQUEST",
         "AttributeDefinitions":[{"AttributeName":"h","AttributeType":"S"},{"AttributeName":"r","AttributeType":"N"}],
         "KeySchema":[{"AttributeName":"h","KeyType":"HASH"},{"AttributeName":"r","KeyType":"RANGE"}]}""".formatted(table));
  }

  private static String item(String hash, int range, String more) {
    return "{\"h\":{\"S\":\"%s\"},\"r\":{\"N\":\"%d\"}%s}".formatted(hash, range, more);
  }

  /** A list of so many digits: 3 bytes each by DynamoDB's rules, and 5 as they are stored. */
  private static String digits(int count) {
    return ",\"l\":{\"L\":[" + "{\"N\":\"7\"},".repeat(count - 1) + "{\"N\":\"7\"}]}";
  }

  private int count(String hash) {
    Answer answer = node.call("Query", """
        {"TableName":"edges","Select":"COUNT","KeyConditionExpression":"h = :h","ExpressionAttributeValues":{":h":{"S":"%s"}}}"""
        .formatted(hash));
    assertThat(answer.status()).isEqualTo(200);
    return answer.body().path("Count").asInt();
  }

  @Test
  void aBatchThatTheStoreCannotHoldIsRefusedBeforeAnythingIsWritten() {
    Answer refused = node.call("BatchWriteItem", "{\"RequestItems\":{\"edges\":[{\"PutRequest\":{\"Item\":" + item("small", 1, "")
        + "}},{\"PutRequest\":{\"Item\":" + item("large", 1, digits(100_000)) + "}}]}}");
    assertThat(refused.error()).isEqualTo("ValidationException");
    assertThat(refused.body().path("message").asText()).contains("of this store");
    assertThat(count("small")).isZero();
  }

  @Test
  void aBatchOfOneHashKeyThatNoCommitHoldsIsWrittenInSeveral() {
    StringBuilder batch = new StringBuilder("{\"RequestItems\":{\"edges\":[");
    for (int i = 0; i < 8; i++) {
      batch.append(i == 0 ? "" : ",").append("{\"PutRequest\":{\"Item\":").append(item("digits", i, digits(75_000))).append("}}");
    }
    Answer written = node.call("BatchWriteItem", batch.append("]}}").toString());
    assertThat(written.status()).as(written.toString()).isEqualTo(200);
    assertThat(written.body().path("UnprocessedItems")).isEmpty();
    assertThat(count("digits")).isGreaterThanOrEqualTo(3); // a page of a megabyte
    StringBuilder keys = new StringBuilder("{\"RequestItems\":{\"edges\":{\"ProjectionExpression\":\"h,r\",\"Keys\":[");
    for (int i = 0; i < 100; i++) {
      keys.append(i == 0 ? "" : ",").append(item("digits", i, ""));
    }
    Answer read = node.call("BatchGetItem", keys.append("]}}}").toString());
    assertThat(read.body().path("Responses").path("edges")).hasSize(8);
  }

  @Test
  void aTokenThatIsUnderWayNamesOneRequest() {
    String token = UUID.randomUUID().toString();
    node.store().next(Fate.UNDER_WAY);
    CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> transact(token, 1));
    await().until(() -> node.store().underWay() == 1);
    assertThat(transact(token, 2).error()).isEqualTo("IdempotentParameterMismatchException");
    node.store().deliver();
    assertThat(first.join().status()).isEqualTo(200);
    assertThat(transact(token, 1).status()).isEqualTo(200);
    assertThat(transact(token, 2).error()).isEqualTo("IdempotentParameterMismatchException");
    assertThat(count(token)).isEqualTo(1);
  }

  private Answer transact(String token, int range) {
    return node.call("TransactWriteItems", "{\"ClientRequestToken\":\"" + token + "\",\"TransactItems\":[{\"Put\":{\"TableName\":"
        + "\"edges\",\"Item\":" + item(token, range, "") + "}}]}");
  }

  @Test
  void aTransactionWhoseTokenWasWithdrawnMeanwhileDoesNothing() {
    String token = UUID.randomUUID().toString();
    String absent = ",\"ConditionExpression\":\"attribute_not_exists(h)\"";
    String put = "{\"ClientRequestToken\":\"" + token + "\",\"TransactItems\":[{\"Put\":{\"TableName\":\"edges\",\"Item\":"
        + item(token, 1, "") + absent + "}}]}";
    node.store().next(Fate.UNDER_WAY);
    CompletableFuture<Answer> slow = CompletableFuture.supplyAsync(() -> node.call("TransactWriteItems", put));
    await().until(() -> node.store().underWay() == 1);
    assertThat(node.call("PutItem", "{\"TableName\":\"edges\",\"Item\":" + item(token, 1, "") + "}").status()).isEqualTo(200);
    assertThat(node.call("TransactWriteItems", put).error()).isEqualTo("TransactionCanceledException");
    assertThat(node.call("DeleteItem", "{\"TableName\":\"edges\",\"Key\":" + item(token, 1, "") + "}").status()).isEqualTo(200);
    node.store().deliver();
    assertThat(slow.join().error()).isEqualTo("TransactionInProgressException");
    assertThat(count(token)).as("its caller was told that it was cancelled").isZero();
  }

  @Test
  void aTableThatIsDeletedTwiceIsDeletedOnce() {
    assertThat(create("twice").status()).isEqualTo(200);
    assertThat(node.call("DeleteTable", "{\"TableName\":\"twice\"}").status()).isEqualTo(200);
    Answer again = node.call("DeleteTable", "{\"TableName\":\"twice\"}");
    assertThat(again.body().path("TableDescription").path("TableStatus").asText()).isEqualTo("DELETING");
    await().until(() -> node.call("DescribeTable", "{\"TableName\":\"twice\"}").error().equals("ResourceNotFoundException"));
  }

  @Test
  void oddNumbersAndNamesAreRefusedAsWhatTheyAre() {
    assertThat(node.call("PutItem", "{\"TableName\":\"edges\",\"Item\":" + item("n", 1, ",\"x\":{\"N\":\"100e2147483647\"}") + "}")
        .error()).isEqualTo("ValidationException");
    assertThat(node.call("GetItem", "{\"TableName\":\"edges\",\"Key\":" + item("n", 1, "") + ",\"ExpressionAttributeNames\":"
        + "{\"\":null}}").status()).isEqualTo(400);
  }

  @Test
  void segmentsOfAScanAreTheTableTogether() {
    for (int i = 0; i < 300; i++) {
      node.call("PutItem", "{\"TableName\":\"edges\",\"Item\":" + item("segment" + i, 1, "") + "}");
    }
    int all = scanned("");
    int sum = 0;
    for (int i = 0; i < 7; i++) {
      sum += scanned(",\"TotalSegments\":7,\"Segment\":" + i);
    }
    assertThat(all).isGreaterThanOrEqualTo(300);
    assertThat(sum).isEqualTo(all);
  }

  /** Of all pages of 50. */
  private int scanned(String more) {
    int count = 0;
    String start = "";
    while (true) {
      Answer page = node.call("Scan", "{\"TableName\":\"edges\",\"Limit\":50" + more + start + "}");
      assertThat(page.status()).isEqualTo(200);
      count += page.body().path("Count").asInt();
      if (!page.body().has("LastEvaluatedKey")) {
        return count;
      }
      start = ",\"ExclusiveStartKey\":" + page.body().get("LastEvaluatedKey");
    }
  }
}
