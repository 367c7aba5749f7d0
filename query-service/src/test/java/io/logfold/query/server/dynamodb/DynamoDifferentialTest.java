package io.logfold.query.server.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.auth.AccessKeys;
import io.logfold.projector.testing.DynamoDbLocal;
import io.logfold.query.server.dynamodb.RandomRequests.Asked;
import io.logfold.query.server.dynamodb.RawDynamo.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The same requests, good and bad, to DynamoDB Local and to a node: they answer the same, and hold the same in the end.
 *
 * <p>Other requests with {@code -Ddynamo.seed=N}, more with {@code -Ddynamo.requests=N}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DynamoDifferentialTest {
  private static final long SEED = Long.getLong("dynamo.seed", 20_120_810L);
  private static final int REQUESTS = Integer.getInteger("dynamo.requests", 4_000);
  private static final int MOST_PAGES = 200;
  private static final int MOST_TOLD = Integer.getInteger("dynamo.differences", 20);

  private final DynamoNode node = new DynamoNode(AccessKeys.any());
  private RawDynamo local;
  private RawDynamo ours;

  private final Map<String, Integer> compared = new TreeMap<>();
  private final Map<String, Integer> succeeded = new TreeMap<>();
  private final Map<String, Integer> known = new TreeMap<>();
  private final List<String> differences = new ArrayList<>();
  private Alike alike;
  private int sent;

  @BeforeAll
  void start() {
    local = new RawDynamo(DynamoDbLocal.endpoint());
    ours = new RawDynamo(node.endpoint().toString());
    alike = new Alike(local, ours);
    for (TestTable table : TestTable.ALL) {
      assertThat(local.call("CreateTable", table.creation()).status()).isEqualTo(200);
      assertThat(ours.call("CreateTable", table.creation()).status()).isEqualTo(200);
    }
  }

  @AfterAll
  void end() {
    for (TestTable table : TestTable.ALL) {
      local.call("DeleteTable", JsonNodeFactory.instance.objectNode().put("TableName", table.name()));
    }
    local.close();
    ours.close();
    node.close();
  }

  @Test
  void theSameRequestsHaveTheSameAnswersAndLeaveTheSameItems() {
    RandomRequests requests = new RandomRequests(SEED);
    for (int i = 0; i < REQUESTS && differences.size() < MOST_TOLD; i++) {
      Asked asked = requests.next();
      if (asked.paged() && asked.operation().equals("Scan")) {
        scan(asked);
      } else {
        compare(asked);
      }
    }
    System.out.println("seed " + SEED + ": " + sent + " requests; compared (of them answered with 200): " + counts()
        + "; known differences:" + known.entrySet().stream()
            .map(each -> "\n  " + each.getValue() + " times: " + each.getKey())
            .collect(Collectors.joining()));
    assertThat(String.join("\n", differences)).as("seed %d", SEED).isEmpty();
    for (TestTable table : TestTable.ALL) {
      assertThat(Alike.all(ours, table)).as("what %s holds in the end; seed %d", table.name(), SEED).isEqualTo(Alike.all(local, table));
    }
    assertThat(compared.values().stream().mapToInt(count -> count).sum()).as("compared of %d", sent).isGreaterThan(sent * 4 / 5);
    assertThat(succeeded.keySet()).contains("PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchGetItem",
        "BatchWriteItem", "TransactWriteItems", "TransactGetItems", "CreateTable", "DescribeTable", "ListTables");
  }

  @Test
  void pagesAndBatchesAndKeysEndAtTheSameSizes() {
    for (int i = 0; i < 7; i++) {
      ObjectNode put = JsonNodeFactory.instance.objectNode().put("TableName", "zz-s-s");
      put.putObject("Item").set("pk", text("large"));
      put.withObject("/Item").set("sk", text("k" + i));
      put.withObject("/Item").set("s", text("x".repeat(200_000 + 40_000 * (i % 3))));
      compare(new Asked("PutItem", put, false));
    }
    for (boolean forward : new boolean[] {true, false}) {
      ObjectNode query = JsonNodeFactory.instance.objectNode().put("TableName", "zz-s-s").put("ScanIndexForward", forward)
          .put("KeyConditionExpression", "pk = :k").put("ProjectionExpression", "sk");
      query.putObject("ExpressionAttributeValues").set(":k", text("large"));
      compare(new Asked("Query", query, true));
    }
    for (int count : new int[] {1, 24, 25, 26, 99, 100, 101}) {
      ObjectNode gets = JsonNodeFactory.instance.objectNode();
      ObjectNode writes = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < count; i++) {
        gets.withObject("/RequestItems/zz-s").withArray("Keys").addObject().set("id", text("many" + i));
        writes.withObject("/RequestItems").withArray("zz-s").addObject().putObject("PutRequest").putObject("Item")
            .set("id", text("many" + i));
      }
      compare(new Asked("BatchWriteItem", writes, false));
      compare(new Asked("BatchGetItem", gets, false));
    }
    for (int length : new int[] {1_024, 1_025, 2_049}) {
      ObjectNode get = JsonNodeFactory.instance.objectNode().put("TableName", "zz-s-s");
      get.putObject("Key").set("pk", text("x".repeat(length > 2_000 ? length : 10)));
      get.withObject("/Key").set("sk", text("x".repeat(length > 2_000 ? 10 : length)));
      compare(new Asked("GetItem", get, false));
    }
    assertThat(String.join("\n", differences)).isEmpty();
    ObjectNode delete = JsonNodeFactory.instance.objectNode().put("TableName", "zz-s-s");
    for (int i = 0; i < 7; i++) {
      delete.putObject("Key").set("pk", text("large"));
      delete.withObject("/Key").set("sk", text("k" + i));
      compare(new Asked("DeleteItem", delete, false));
    }
  }

  private static ObjectNode text(String value) {
    return JsonNodeFactory.instance.objectNode().put("S", value);
  }

  private String counts() {
    List<String> all = new ArrayList<>();
    compared.forEach((operation, count) -> all.add(operation + " " + count + " (" + succeeded.getOrDefault(operation, 0) + ")"));
    return String.join(", ", all);
  }

  /** One request, and where it says so the pages behind its answer. */
  private void compare(Asked asked) {
    ObjectNode request = asked.body();
    for (int page = 0; page < MOST_PAGES; page++) {
      Answer theirs = call(local, asked.operation(), request);
      Answer own = call(ours, asked.operation(), request);
      if (!agree(asked.operation(), request, theirs, own) || !asked.paged() || !own.json().has("LastEvaluatedKey")) {
        return;
      }
      request = request.deepCopy();
      request.set("ExclusiveStartKey", own.json().get("LastEvaluatedKey"));
    }
  }

  private Answer call(RawDynamo endpoint, String operation, ObjectNode request) {
    if (endpoint == ours) {
      sent++;
    }
    return endpoint.call(operation, request);
  }

  private boolean agree(String operation, ObjectNode request, Answer theirs, Answer own) {
    Optional<String> difference = Comparison.difference(operation, request, theirs, own);
    if (difference.isPresent()) {
      Optional<String> reason = DynamoDifferences.reason(operation, request, theirs, own);
      if (reason.isPresent()) {
        known.merge(reason.get(), 1, Integer::sum);
        if (theirs.status() != own.status()) {
          if (operation.equals("CreateTable") && theirs.status() == 200) {
            local.call("DeleteTable", JsonNodeFactory.instance.objectNode().set("TableName", request.get("TableName")));
          }
          alike.make(request);
        }
        return false;
      }
      differences.add(difference.get() + "\n  " + operation + " " + request + "\n  Local " + theirs
          + "\n  ours  " + own + "\n");
      return false;
    }
    compared.merge(operation, 1, Integer::sum);
    if (own.status() == 200) {
      succeeded.merge(operation, 1, Integer::sum);
    }
    return true;
  }

  /** Pages of scans are other ones here; together they are the same. */
  private void scan(Asked asked) {
    Answer theirs = Alike.whole(local, asked.body());
    Answer own = Alike.whole(ours, asked.body());
    agree("Scan", asked.body(), theirs, own);
  }
}
