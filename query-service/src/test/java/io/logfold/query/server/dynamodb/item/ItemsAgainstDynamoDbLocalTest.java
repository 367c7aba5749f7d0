package io.logfold.query.server.dynamodb.item;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logfold.projector.testing.DynamoDbLocal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON of requests as it is, which the SDK would not send: DynamoDB Local and we take and refuse the same. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ItemsAgainstDynamoDbLocalTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEY = "{\"pk\": {\"S\": \"k\"}}";

  private final HttpClient http = HttpClient.newHttpClient();
  private final String table = "t" + UUID.randomUUID().toString().replace("-", "");

  @BeforeAll
  void createTable() throws Exception {
    call("CreateTable", "{\"TableName\": \"" + table + "\", \"BillingMode\": \"PAY_PER_REQUEST\","
        + " \"AttributeDefinitions\": [{\"AttributeName\": \"pk\", \"AttributeType\": \"S\"}],"
        + " \"KeySchema\": [{\"AttributeName\": \"pk\", \"KeyType\": \"HASH\"}]}");
  }

  @AfterAll
  void end() {
    http.close();
  }

  private JsonNode call(String operation, String body) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(DynamoDbLocal.endpoint()))
        .header("X-Amz-Target", "DynamoDB_20120810." + operation)
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request,"
            + " SignedHeaders=host, Signature=00")
        .POST(HttpRequest.BodyPublishers.ofString(body)).build();
    return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private String put(String item) throws Exception {
    return call("PutItem", "{\"TableName\": \"" + table + "\", \"Item\": " + item + "}").path("Message").asText();
  }

  private Item get() throws Exception {
    return SdkValues.item(call("GetItem", "{\"TableName\": \"" + table + "\", \"Key\": " + KEY + "}")
        .get("Item").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{}", "null", "{'S': null}", "{'N': '1', 'S': 'x'}", "{'NULL': true, 'S': 'x'}", "{'SS': ['a'], 'S': 'x'}",
    "{'X': 1}", "{'N': '1', 'X': 2}", "{'N': 'abc'}", "{'N': ''}", "{'N': ' 1'}", "{'N': '1e126'}", "{'N': '-1e-131'}",
    "{'N': '1234567890123456789012345678901234567.89'}", "{'N': '1e99999999999'}", "{'N': '-0'}", "{'N': '+05.50'}",
    "{'N': '1e100'}", "{'N': '9.9999999999999999999999999999999999999E+125'}", "{'N': '1e-130'}", "{'NULL': false}",
    "{'NULL': true}", "{'SS': []}", "{'NS': []}", "{'BS': []}", "{'SS': ['a', 'b', 'a']}", "{'NS': ['1', '1.0']}",
    "{'NS': ['1', 'a']}", "{'BS': ['AQ==', 'AQ==']}", "{'SS': ['']}", "{'BS': ['']}", "{'SS': [null]}", "{'S': ''}",
    "{'B': ''}", "{'L': []}", "{'M': {}}", "{'L': [{}]}", "{'L': [{'SS': []}]}", "{'M': {'': {'S': 'x'}}}",
    "{'M': {'x': {}}}", "{'M': {'x': null}}", "{'L': [{'S': 'a'}, {'M': {'b': {'NS': ['2', '10', '-1']}}}]}"
  })
  void valuesAreTakenOrRefusedAlike(String value) throws Exception {
    String item = "{\"pk\": {\"S\": \"k\"}, \"a\": " + value.replace('\'', '"') + "}";
    String its = put(item);
    try {
      Item taken = SdkValues.supplied(item).get();

      assertThat(its).as("what Local says").isEmpty();
      assertThat(get()).isEqualTo(taken);
    } catch (ValidationException e) {
      assertThat(e.text()).isEqualTo(its);
    }
  }

  @Test
  void itemsOfAllKindsComeBackAsTheyAreHere() throws Exception {
    RandomItems random = new RandomItems(2012);
    for (int i = 0; i < 200; i++) {
      Item item = random.item().with("pk", AttributeValue.string("k"));

      assertThat(put(SdkValues.json(item))).isEmpty();
      assertThat(get()).isEqualTo(item);
    }
  }

  /** The largest filler that Local takes beside a value tells how large it holds the value to be. */
  @ParameterizedTest
  @ValueSource(strings = {
    "{'N': '0'}", "{'N': '123'}", "{'N': '0.012'}", "{'N': '-1.5'}", "{'N': '1e101'}", "{'N': '100.001'}",
    "{'NULL': true}", "{'S': 'é😀'}", "{'M': {'k': {'L': []}}}", "{'SS': ['a', 'bc']}", "{'NS': ['1', '-12.5']}"
  })
  void sizesAreTheSame(String value) throws Exception {
    Item item = SdkValues.item("{\"a\": " + value.replace('\'', '"') + "}")
        .with("pk", AttributeValue.string("k")).with("f", AttributeValue.string(""));
    int filler = Item.MAX_BYTES - item.sizeBytes();

    assertThat(put(SdkValues.json(item.with("f", AttributeValue.string("x".repeat(filler)))))).isEmpty();
    assertThat(put(SdkValues.json(item.with("f", AttributeValue.string("x".repeat(filler + 1))))))
        .isEqualTo("Item size has exceeded the maximum allowed size");
  }
}
