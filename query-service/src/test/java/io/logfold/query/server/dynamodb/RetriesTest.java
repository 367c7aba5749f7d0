package io.logfold.query.server.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.query.server.dynamodb.DynamoNode.Answer;
import io.logfold.query.server.dynamodb.FaultyStore.Fate;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.IdempotentParameterMismatchException;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/** A call is applied at most once, however often it is tried, and each attempt is told what became of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RetriesTest {
  private final DynamoNode node = new DynamoNode(AccessKeys.any());
  private final DynamoDbClient client = node.client("ann", "secret");
  private String id = "";
  private String call = "";

  @BeforeAll
  void createTable() {
    assertThat(node.call("CreateTable", """
        {"TableName":"retries","BillingMode":"PAY_PER_REQUEST",
         "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
         "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}""").status()).isEqualTo(200);
  }

  @BeforeEach
  void freshItem() {
    id = UUID.randomUUID().toString();
    call = UUID.randomUUID().toString();
  }

  @AfterAll
  void close() {
    client.close();
    node.close();
  }

  private String create(String value) {
    return """
        {"TableName":"retries","Item":{"id":{"S":"%s"},"v":{"S":"%s"}},"ConditionExpression":"attribute_not_exists(id)"}"""
        .formatted(id, value);
  }

  private String add(String more) {
    return """
        {"TableName":"retries","Key":{"id":{"S":"%s"}},"UpdateExpression":"ADD n :one",
         "ExpressionAttributeValues":{":one":{"N":"1"}}%s}""".formatted(id, more);
  }

  private String transaction(String token, String value) {
    return """
        {"ClientRequestToken":"%s","TransactItems":[{"Put":{"TableName":"retries",
         "Item":{"id":{"S":"%s"},"v":{"S":"%s"}},"ConditionExpression":"attribute_not_exists(id)"}}]}"""
        .formatted(token, id, value);
  }

  private JsonNode item() {
    return node.call("GetItem", """
        {"TableName":"retries","Key":{"id":{"S":"%s"}}}""".formatted(id)).body().path("Item");
  }

  private List<Change> history() {
    return node.history(Bytes.utf8("retries\0" + id));
  }

  @Test
  void aConditionalPutWhoseAnswerWasLostSucceedsByItsRetryAndIsOnceInTheHistory() {
    node.store().next(Fate.ANSWER_LOST);
    Answer first = node.attempt(1, call, "PutItem", create("mine"));
    assertThat(first.status()).isEqualTo(500);
    assertThat(first.error()).isEqualTo("InternalServerError");
    Answer second = node.attempt(2, call, "PutItem", create("mine"));
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.body()).isEmpty();
    assertThat(history()).hasSize(1);
    assertThat(node.attempt(3, call, "PutItem", create("mine")).status()).isEqualTo(200);
    assertThat(history()).hasSize(1);
  }

  @Test
  void anotherCallIsNoRetry() {
    assertThat(node.attempt(1, call, "PutItem", create("mine")).status()).isEqualTo(200);
    Answer other = node.attempt(1, UUID.randomUUID().toString(), "PutItem", create("theirs"));
    assertThat(other.status()).isEqualTo(400);
    assertThat(other.error()).isEqualTo("ConditionalCheckFailedException");
    Answer retried = node.attempt(2, UUID.randomUUID().toString(), "PutItem", create("theirs"));
    assertThat(retried.error()).isEqualTo("ConditionalCheckFailedException");
    assertThat(history()).hasSize(1);
  }

  @Test
  void anotherCallOfTheSameIdIsNoRetryEither() {
    assertThat(node.attempt(1, call, "UpdateItem", add("")).status()).isEqualTo(200);
    assertThat(node.attempt(1, call, "UpdateItem", add(",\"ReturnValues\":\"NONE\"")).status()).isEqualTo(200);
    assertThat(node.attempt(2, call, "PutItem", create("mine")).error()).isEqualTo("ConditionalCheckFailedException");
    assertThat(item().path("n").path("N").asText()).isEqualTo("2");
  }

  @Test
  void aPutThatNeverArrivedIsAppliedByItsRetry() {
    node.store().next(Fate.REQUEST_LOST);
    assertThat(node.attempt(1, call, "PutItem", create("mine")).status()).isEqualTo(500);
    assertThat(item()).isEmpty();
    assertThat(node.attempt(2, call, "PutItem", create("mine")).status()).isEqualTo(200);
    assertThat(item().path("v").path("S").asText()).isEqualTo("mine");
    assertThat(history()).hasSize(1);
  }

  @Test
  void aRetryWhoseFirstAttemptWasRefusedIsRefusedAsWell() {
    assertThat(node.call("PutItem", create("theirs")).status()).isEqualTo(200);
    for (int attempt = 1; attempt <= 3; attempt++) {
      assertThat(node.attempt(attempt, call, "PutItem", create("mine")).error()).isEqualTo("ConditionalCheckFailedException");
    }
    assertThat(item().path("v").path("S").asText()).isEqualTo("theirs");
  }

  @Test
  void anUpdateThatAddsIsNotAppliedTwiceAndItsRetryIsAnsweredAsTheFirstAttemptWouldHaveBeen() {
    assertThat(node.call("UpdateItem", add("")).status()).isEqualTo(200);
    node.store().next(Fate.ANSWER_LOST);
    assertThat(node.attempt(1, call, "UpdateItem", add(",\"ReturnValues\":\"ALL_NEW\"")).status()).isEqualTo(500);
    // What others do behind it is none of the call's answer.
    assertThat(node.call("UpdateItem", add("")).status()).isEqualTo(200);
    Answer retry = node.attempt(2, call, "UpdateItem", add(",\"ReturnValues\":\"ALL_NEW\""));
    assertThat(retry.status()).isEqualTo(200);
    assertThat(retry.body().path("Attributes").path("n").path("N").asText()).isEqualTo("2");
    assertThat(item().path("n").path("N").asText()).isEqualTo("3");
    assertThat(history()).hasSize(3);
  }

  @Test
  void theFirstWriteOfAnItemIsAnsweredFromBeforeTheBeginning() {
    node.store().next(Fate.ANSWER_LOST);
    assertThat(node.attempt(1, call, "UpdateItem", add(",\"ReturnValues\":\"UPDATED_NEW\"")).status()).isEqualTo(500);
    Answer retry = node.attempt(2, call, "UpdateItem", add(",\"ReturnValues\":\"UPDATED_NEW\""));
    assertThat(retry.body().path("Attributes").path("n").path("N").asText()).isEqualTo("1");
    assertThat(item().path("n").path("N").asText()).isEqualTo("1");
  }

  @Test
  void aDeletionWhoseAnswerWasLostTellsByItsRetryWhatItDeleted() {
    assertThat(node.call("PutItem", create("gone")).status()).isEqualTo(200);
    String delete = """
        {"TableName":"retries","Key":{"id":{"S":"%s"}},"ConditionExpression":"attribute_exists(id)","ReturnValues":"ALL_OLD"}"""
        .formatted(id);
    node.store().next(Fate.ANSWER_LOST);
    assertThat(node.attempt(1, call, "DeleteItem", delete).status()).isEqualTo(500);
    Answer retry = node.attempt(2, call, "DeleteItem", delete);
    assertThat(retry.status()).isEqualTo(200);
    assertThat(retry.body().path("Attributes").path("v").path("S").asText()).isEqualTo("gone");
    assertThat(history()).hasSize(2);
  }

  @Test
  void severalAttemptsWhoseAnswersWereLostAreOneWrite() {
    node.store().next(Fate.REQUEST_LOST, Fate.ANSWER_LOST);
    assertThat(node.attempt(1, call, "UpdateItem", add("")).status()).isEqualTo(500);
    assertThat(node.attempt(2, call, "UpdateItem", add("")).status()).isEqualTo(500);
    assertThat(node.attempt(3, call, "UpdateItem", add("")).status()).isEqualTo(200);
    assertThat(node.attempt(4, call, "UpdateItem", add("")).status()).isEqualTo(200);
    assertThat(item().path("n").path("N").asText()).isEqualTo("1");
  }

  @Test
  void anAttemptThatIsStillUnderWayIsWithdrawnByTheNext() throws Exception {
    node.store().next(Fate.UNDER_WAY);
    CompletableFuture<Answer> first = CompletableFuture.supplyAsync(() -> node.attempt(1, call, "UpdateItem", add("")));
    await().until(() -> node.store().underWay() == 1);
    assertThat(node.attempt(2, call, "UpdateItem", add("")).status()).isEqualTo(200);
    node.store().deliver();
    // It was not applied, and tells so; nobody waits for it any more.
    assertThat(first.get().status()).isEqualTo(500);
    assertThat(item().path("n").path("N").asText()).isEqualTo("1");
  }

  @Test
  void attemptsOfOneCallSideBySideAddOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int round = 0; round < 20; round++) {
        String each = call + round;
        List<Future<Answer>> answers = new ArrayList<>();
        for (int attempt = 1; attempt <= 4; attempt++) {
          int number = attempt;
          answers.add(threads.submit(() -> node.attempt(number, each, "UpdateItem", add(""))));
        }
        boolean any = false;
        for (Future<Answer> answer : answers) {
          assertThat(answer.get().status()).isIn(200, 500);
          any |= answer.get().status() == 200;
        }
        // Each may have withdrawn the one before it; who still waits then tries again, as an SDK does.
        if (!any) {
          assertThat(node.attempt(5, each, "UpdateItem", add("")).status()).isEqualTo(200);
        }
        assertThat(item().path("n").path("N").asText()).isEqualTo(Integer.toString(round + 1));
      }
    }
    assertThat(history()).hasSize(20);
  }

  @Test
  void aBatchWhoseAnswerWasLostIsWrittenOnce() {
    String batch = """
        {"RequestItems":{"retries":[{"PutRequest":{"Item":{"id":{"S":"%s"},"v":{"S":"batch"}}}}]}}""".formatted(id);
    node.store().next(Fate.ANSWER_LOST);
    assertThat(node.attempt(1, call, "BatchWriteItem", batch).status()).isEqualTo(500);
    // A batch overwrites: a second write of it would undo this one.
    assertThat(node.call("UpdateItem", add("")).status()).isEqualTo(200);
    assertThat(node.attempt(2, call, "BatchWriteItem", batch).status()).isEqualTo(200);
    assertThat(item().path("n").path("N").asText()).isEqualTo("1");
    assertThat(history()).hasSize(2);
  }

  @Test
  void sixtyFourThreadsThatAddToOneCounterEndWithTheSum() throws Exception {
    int each = 5;
    try (ExecutorService threads = Executors.newFixedThreadPool(64)) {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 64; thread++) {
        done.add(threads.submit(() -> {
          for (int i = 0; i < each; i++) {
            client.updateItem(request -> request.tableName("retries").key(Map.of("id", AttributeValue.fromS(id)))
                .updateExpression("ADD n :one").expressionAttributeValues(Map.of(":one", AttributeValue.fromN("1"))));
          }
        }));
      }
      for (Future<?> each1 : done) {
        each1.get();
      }
    }
    assertThat(item().path("n").path("N").asText()).isEqualTo(Integer.toString(64 * each));
    assertThat(history()).hasSize(64 * each);
  }

  @Test
  void theSdksOwnRetryOfAConditionalPutSucceeds() {
    node.store().next(Fate.ANSWER_LOST);
    client.putItem(request -> request.tableName("retries")
        .item(Map.of("id", AttributeValue.fromS(id), "v", AttributeValue.fromS("mine")))
        .conditionExpression("attribute_not_exists(id)"));
    assertThat(history()).hasSize(1);
    assertThat(node.store().commits()).last().satisfies(commit ->
        assertThat(commit.provenance().principal()).isEqualTo("ann"));
    assertThatThrownBy(() -> client.putItem(request -> request.tableName("retries")
        .item(Map.of("id", AttributeValue.fromS(id))).conditionExpression("attribute_not_exists(id)")))
        .isInstanceOf(ConditionalCheckFailedException.class);
  }

  @Test
  void aTransactionOfATokenThatWasAppliedIsAnsweredAndNotAppliedAgain() {
    String token = UUID.randomUUID().toString();
    assertThat(node.call("TransactWriteItems", transaction(token, "mine")).status()).isEqualTo(200);
    assertThat(node.call("TransactWriteItems", transaction(token, "mine")).status()).isEqualTo(200);
    assertThat(history()).hasSize(1);
    Answer other = node.call("TransactWriteItems", transaction(token, "theirs"));
    assertThat(other.status()).isEqualTo(400);
    assertThat(other.error()).isEqualTo("IdempotentParameterMismatchException");
    assertThat(node.call("TransactWriteItems", transaction(UUID.randomUUID().toString(), "mine")).error())
        .isEqualTo("TransactionCanceledException");
    assertThat(history()).hasSize(1);
  }

  @Test
  void aTransactionWhoseAnswerWasLostIsAnsweredByItsToken() {
    String token = UUID.randomUUID().toString();
    node.store().next(Fate.ANSWER_LOST);
    assertThat(node.call("TransactWriteItems", transaction(token, "mine")).status()).isEqualTo(500);
    assertThat(node.call("TransactWriteItems", transaction(token, "mine")).status()).isEqualTo(200);
    assertThat(history()).hasSize(1);
  }

  @Test
  void aTokenWhoseTransactionDidNotHoldMayTryAgain() {
    String token = UUID.randomUUID().toString();
    assertThat(node.call("PutItem", create("theirs")).status()).isEqualTo(200);
    for (int i = 0; i < 3; i++) {
      Answer refused = node.call("TransactWriteItems", transaction(token, "mine"));
      assertThat(refused.error()).isEqualTo("TransactionCanceledException");
      assertThat(refused.body().path("CancellationReasons").path(0).path("Code").asText()).isEqualTo("ConditionalCheckFailed");
    }
    assertThat(node.call("DeleteItem", """
        {"TableName":"retries","Key":{"id":{"S":"%s"}}}""".formatted(id)).status()).isEqualTo(200);
    for (int i = 0; i < 3; i++) {
      assertThat(node.call("TransactWriteItems", transaction(token, "mine")).status()).isEqualTo(200);
    }
    assertThat(history()).hasSize(3);
  }

  @Test
  void transactionsOfOneTokenSideBySideAreOne() throws Exception {
    String addOne = """
        {"ClientRequestToken":"%s","TransactItems":[{"Update":{"TableName":"retries","Key":{"id":{"S":"%s"}},
         "UpdateExpression":"ADD n :one","ExpressionAttributeValues":{":one":{"N":"1"}}}}]}""";
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int round = 0; round < 10; round++) {
        String body = addOne.formatted(UUID.randomUUID(), id);
        List<Future<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          answers.add(threads.submit(() -> node.call("TransactWriteItems", body)));
        }
        for (Future<Answer> answer : answers) {
          assertThat(answer.get().status()).isEqualTo(200);
        }
        assertThat(item().path("n").path("N").asText()).isEqualTo(Integer.toString(round + 1));
      }
    }
  }

  @Test
  void theSdksTokensWorkAsDynamoDbs() {
    String token = UUID.randomUUID().toString();
    for (int i = 0; i < 2; i++) {
      client.transactWriteItems(request -> request.clientRequestToken(token).transactItems(item -> item.put(put ->
          put.tableName("retries").item(Map.of("id", AttributeValue.fromS(id))).conditionExpression("attribute_not_exists(id)"))));
    }
    assertThatThrownBy(() -> client.transactWriteItems(request -> request.clientRequestToken(token)
        .transactItems(item -> item.delete(delete -> delete.tableName("retries").key(Map.of("id", AttributeValue.fromS(id)))))))
        .isInstanceOf(IdempotentParameterMismatchException.class);
    assertThatThrownBy(() -> client.transactWriteItems(request -> request.transactItems(item -> item.conditionCheck(check ->
        check.tableName("retries").key(Map.of("id", AttributeValue.fromS(id))).conditionExpression("attribute_not_exists(id)")))))
        .isInstanceOf(TransactionCanceledException.class);
    assertThat(history()).hasSize(1);
    node.store().next(Fate.ANSWER_LOST);
    client.transactWriteItems(request -> request.transactItems(item -> item.update(update ->
        update.tableName("retries").key(Map.of("id", AttributeValue.fromS(id))).updateExpression("ADD n :one")
            .expressionAttributeValues(Map.of(":one", AttributeValue.fromN("1"))))));
    assertThat(item().path("n").path("N").asText()).isEqualTo("1");
  }
}
