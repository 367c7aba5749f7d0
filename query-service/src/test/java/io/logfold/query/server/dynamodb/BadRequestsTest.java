package io.logfold.query.server.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import io.logfold.query.server.dynamodb.RandomRequests.Asked;
import io.logfold.query.server.dynamodb.RawDynamo.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is sent, the answer is one of DynamoDB's: never a failure of the server's, and nothing of its insides. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadRequestsTest {
  private static final String JSON = "application/x-amz-json-1.0";
  private static final String GET = "DynamoDB_20120810.GetItem";
  private static final String PUT = "DynamoDB_20120810.PutItem";

  private final DynamoNode node = new DynamoNode(AccessKeys.any());
  private final RawDynamo dynamo = new RawDynamo(node.endpoint().toString());

  @BeforeAll
  void makeTables() {
    TestTable.ALL.forEach(table -> assertThat(dynamo.call("CreateTable", table.creation()).status()).isEqualTo(200));
  }

  @AfterAll
  void close() {
    dynamo.close();
    node.close();
  }

  private static void checkRefused(Answer answer, String error) {
    checkAnswer(answer);
    assertThat(answer.status()).as("%s", answer).isEqualTo(400);
    assertThat(answer.error()).as("%s", answer).isEqualTo(error);
  }

  /** Of DynamoDB's shape, whichever it is, and not a server's failure. */
  private static void checkAnswer(Answer answer) {
    assertThat(answer.status()).as("%s", answer).isIn(200, 400);
    assertThat(answer.checksumHolds()).as("X-Amz-Crc32 of %s", answer).isTrue();
    assertThat(answer.http().headers().firstValue("content-type")).contains(JSON);
    assertThat(answer.http().headers().firstValue("x-amzn-requestid")).isPresent();
    assertThat(answer.text()).doesNotContain("java.", "io.logfold", "\\tat ", "NullPointer", "ClassCast");
    if (answer.status() == 400) {
      assertThat(answer.json().path("__type").asText()).as("%s", answer).contains("#");
      assertThat(answer.json().path("message").asText()).as("%s", answer).isNotBlank();
    }
  }

  private Answer get(String body) {
    return dynamo.send(GET, JSON, body.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "}", "nul", "null", "[]", "[{}]", "\"x\"", "7", "{}x", "{} {}",
      "{\"TableName\":}", "{\"TableName\"",
      "{'TableName':'x'}", "{TableName:1}", "{\"TableName\":\"zz-s\",}", "{\"Limit\":NaN}", "{\"Limit\":01}", "{\"a\":\"\n\"}",
      "{\"a\":\"\\x\"}", "\u0000", "// no\n{}"})
  void whatIsNoJsonObjectIsASerializationException(String body) {
    checkRefused(get(body), "SerializationException");
  }

  @Test
  void bytesThatAreNoTextAreASerializationException() {
    checkRefused(dynamo.send(GET, JSON, new byte[] {'{', '"', (byte) 0xFF, (byte) 0xC0, '"', ':', '1', '}'}),
        "SerializationException");
    checkRefused(dynamo.send(GET, JSON, new byte[] {(byte) 0xC3}), "SerializationException");
  }

  @Test
  void halfOfACodePointIsASerializationException() {
    String key = "{\"TableName\":\"zz-s\",\"Key\":{\"id\":{\"S\":\"\\ud800\"}}}";
    checkRefused(get(key), "SerializationException");
    checkRefused(get("{\"TableName\":\"zz-s\",\"Key\":{\"\\udc00\":{\"S\":\"x\"}}}"), "SerializationException");
    checkAnswer(get("{\"TableName\":\"\\ud800\"}"));
    checkAnswer(get("{\"TableName\":\"zz-s\",\"Key\":{\"id\":{\"S\":\"x\"}},\"ProjectionExpression\":\"\\ud800\"}"));
    checkAnswer(get("{\"TableName\":\"zz-s\",\"Key\":{\"id\":{\"S\":\"x\"}},\"ProjectionExpression\":\"#a\","
        + "\"ExpressionAttributeNames\":{\"#a\":\"\\ud800\"}}"));
  }

  @ParameterizedTest
  @ValueSource(ints = {199, 201, 5_000, 1_000_000})
  void deepNestingIsRefused(int depth) {
    checkRefused(get("[".repeat(depth)), "SerializationException");
    checkRefused(get("{\"a\":".repeat(depth) + "1" + "}".repeat(depth)),
        depth < 200 ? "ValidationException" : "SerializationException");
    checkRefused(get("{\"Key\":" + "{\"M\":".repeat(depth)), "SerializationException");
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 31, 32, 33, 60, 90})
  void itemsAreOfThirtyTwoLevels(int levels) {
    String item = "{\"id\":{\"S\":\"deep\"},\"l\":" + "{\"L\":[".repeat(levels) + "{\"S\":\"x\"}" + "]}".repeat(levels) + "}";
    Answer answer = dynamo.send(PUT, JSON,
        ("{\"TableName\":\"zz-s\",\"Item\":" + item + "}").getBytes(StandardCharsets.UTF_8));
    checkAnswer(answer);
    assertThat(answer.error()).isEqualTo(levels < 32 ? "" : "ValidationException");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e999999999", "1e-999999999", "1e2147483647", "1e2147483648", "-1e-2147483649", "1e99999999999999999999",
      "0x1p3", "1d", "1f", "--1", "1e+-1", "e", ".", "+", "1 ", "1,5", "1\u0000"})
  void numbersThatAreNoneAreRefused(String number) {
    ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", "zz-n");
    request.putObject("Item").putObject("id").put("N", number);
    checkRefused(dynamo.call("PutItem", request), "ValidationException");
    request.putObject("Item").putObject("id").put("N", "1");
    request.withObject("/Item").putObject("n").putArray("NS").add(number);
    checkRefused(dynamo.call("PutItem", request), "ValidationException");
  }

  @Test
  void veryLongNumbersAreRefused() {
    for (String digits : List.of("9".repeat(2_000), "9".repeat(1_000_000), "0".repeat(1_000_000) + "1",
        "0." + "0".repeat(1_000_000) + "1")) {
      ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", "zz-n");
      request.putObject("Item").putObject("id").put("N", digits);
      checkRefused(dynamo.call("PutItem", request), "ValidationException");
      checkRefused(get("{\"TableName\":\"zz-n\",\"Limit\":" + digits + ",\"Key\":7}"), "SerializationException");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1e400", "-1e400", "2147483648", "9223372036854775808", "18446744073709551617", "1e19"})
  void limitsBeyondIntegersAreRefused(String limit) {
    for (String operation : List.of("Scan", "ListTables")) {
      Answer answer = dynamo.send("DynamoDB_20120810." + operation, JSON,
          ("{\"TableName\":\"zz-n\",\"Limit\":" + limit + "}").getBytes(StandardCharsets.UTF_8));
      checkAnswer(answer);
      assertThat(answer.status()).as("%s of %s", operation, answer).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GetItem", "DynamoDB_20120810.", "DynamoDB_20120810.NoSuch", "DynamoDB_20120810.getItem",
      "DynamoDB_20111205.GetItem", "DynamoDBStreams_20120810.ListStreams", "DynamoDB_20120810.GetItem.x", "x"})
  void unknownOperationsAreTold(String target) {
    checkRefused(dynamo.send(target, JSON, "{}".getBytes(StandardCharsets.UTF_8)), "UnknownOperationException");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "text/plain", "application/json", "application/x-amz-json-1.1", "x",
      "application/x-www-form-urlencoded"})
  void otherContentTypesAreDealtWith(String contentType) {
    checkAnswer(dynamo.send(GET, contentType, "{}".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aBodyOfTwentyMegabytesIsRefused() {
    checkRefused(get("{\"TableName\":\"" + "x".repeat(20 << 20) + "\"}"), "SerializationException");
    checkRefused(get("{\"TableName\":\"" + "x".repeat(15 << 20) + "\"}"), "ValidationException");
  }

  @Test
  void itemsOfMoreThanFourHundredKilobytesAreRefused() {
    for (int size : List.of(410_000, 1 << 20, 10 << 20)) {
      ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", "zz-s");
      request.putObject("Item").putObject("id").put("S", "large");
      request.withObject("/Item").putObject("s").put("S", "x".repeat(size));
      checkRefused(dynamo.call("PutItem", request), "ValidationException");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "NOT ", "a.", "a[0].", "((a) = ", "size(", "a = :v AND ", "a = :v OR (", "if_not_exists(a, ",
      "a + ", "[", "[0]", "#"})
  void longAndDeepExpressionsAreRefused(String part) {
    for (int length : List.of(4_000, 4_096, 4_097, 100_000)) {
      String text = part.repeat(length / part.length());
      for (String member : List.of("ConditionExpression", "UpdateExpression")) {
        String closed = text + ")".repeat(text.length() / part.length());
        for (String whole : List.of(text, text + "a = :v", "SET a = " + text, closed)) {
          ObjectNode request = JsonNodeFactory.instance.objectNode().put("TableName", "zz-s").put(member, whole);
          request.putObject("Key").putObject("id").put("S", "x");
          request.putObject("ExpressionAttributeValues").putObject(":v").put("S", "x");
          checkRefused(dynamo.call("UpdateItem", request), "ValidationException");
        }
      }
    }
  }

  @Test
  void anyMemberOfAnyRequestCanBeAnything() {
    RandomRequests requests = new RandomRequests(4);
    Map<String, List<ObjectNode>> samples = new TreeMap<>();
    for (int i = 0; i < 3_000; i++) {
      Asked asked = requests.next();
      List<ObjectNode> some = samples.computeIfAbsent(asked.operation(), none -> new ArrayList<>());
      if (some.size() < 6 && asked.body().size() > 0) {
        some.add(asked.body());
      }
    }
    samples.forEach((operation, bodies) -> bodies.forEach(body -> body.fieldNames().forEachRemaining(member -> {
      for (JsonNode junk : junk()) {
        ObjectNode request = body.deepCopy();
        request.set(member, junk);
        Answer answer = dynamo.call(operation, request);
        assertThat(answer.status()).as("%s %s: %s", operation, request, answer).isIn(200, 400);
        checkAnswer(answer);
      }
    })));
  }

  private static List<JsonNode> junk() {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return List.of(json.nullNode(), json.textNode(""), json.textNode("\u0000"), json.textNode("x".repeat(70_000)), json.numberNode(7),
        json.numberNode(-1.5), json.booleanNode(true), json.arrayNode(), json.objectNode(), json.arrayNode().addNull(),
        json.arrayNode().add(json.arrayNode()), json.arrayNode().add(json.objectNode()), json.objectNode().putNull("a"),
        json.objectNode().set("", json.objectNode()),
        json.objectNode().set("zz-s", json.arrayNode().addNull()));
  }

  @Test
  void requestsWithManyThingsWrongAreAnswered() {
    RandomRequests requests = new RandomRequests(5);
    Damage damage = new Damage(new Random(5));
    for (int i = 0; i < 1_500; i++) {
      Asked asked = requests.next();
      for (int times = 1 + i % 5; times > 0; times--) {
        damage.spoil(asked.body());
      }
      Answer answer = dynamo.call(asked.operation(), asked.body());
      assertThat(answer.status()).as("%s: %s", asked, answer).isIn(200, 400);
      checkAnswer(answer);
    }
  }
}
