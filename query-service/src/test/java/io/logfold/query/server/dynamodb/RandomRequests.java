package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.expression.RandomExpressions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Requests of all operations from a seed: most are good, some have one thing wrong. */
final class RandomRequests {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> RETURN_VALUES =
      List.of("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW", "ALL_OLD", "ALL_NEW", "SOME");

  private final Random random;
  private final RandomValues values;
  private final RandomExpressions expressions;
  private final RandomTables tables;
  private final Damage damage;
  private int tokens;
  private Optional<Asked> repeated = Optional.empty();

  /** @param paged whether the answer says where to go on, and the test does */
  record Asked(String operation, ObjectNode body, boolean paged) {
    @Override
    public String toString() {
      return operation + (paged ? " (to its end)" : "") + " " + body;
    }
  }

  RandomRequests(long seed) {
    this.random = new Random(seed);
    this.values = new RandomValues(random);
    this.expressions = new RandomExpressions(random);
    this.tables = new RandomTables(random, values);
    this.damage = new Damage(random);
  }

  Asked next() {
    // What has a token is done once.
    if (repeated.isPresent() && values.oneIn(3)) {
      Asked again = repeated.get();
      repeated = Optional.empty();
      return again;
    }
    int of = random.nextInt(100);
    Asked asked = of < 18 ? put() : of < 40 ? update() : of < 48 ? delete() : of < 56 ? get() : of < 74 ? query()
        : of < 81 ? scan() : of < 86 ? batchGet() : of < 90 ? batchWrite() : of < 95 ? transactWrite()
        : of < 97 ? transactGet() : tables.next();
    if (!asked.paged() && values.oneIn(12)) {
      damage.spoil(asked.body());
    }
    return asked;
  }

  private TestTable table() {
    return values.any(TestTable.ALL);
  }

  private ObjectNode of(TestTable table) {
    ObjectNode request = JSON.objectNode();
    request.put("TableName", values.oneIn(80) ? values.any(List.of("zz-none", "zz", "no such name", "")) : table.name());
    return request;
  }

  private ObjectNode told(ObjectNode request) {
    if (values.oneIn(6)) {
      request.put("ReturnConsumedCapacity", values.any(List.of("TOTAL", "INDEXES", "NONE", "TOTAL", "ALL")));
    }
    if (values.oneIn(30)) {
      request.put("ReturnItemCollectionMetrics", "SIZE");
    }
    return request;
  }

  // ---- items

  private Asked put() {
    TestTable table = table();
    ObjectNode request = told(of(table));
    request.set("Item", values.item(table));
    condition(request, table, 2);
    if (values.oneIn(2)) {
      request.put("ReturnValues", values.oneIn(8) ? values.any(RETURN_VALUES) : "ALL_OLD");
    }
    return new Asked("PutItem", request, false);
  }

  private Asked delete() {
    TestTable table = table();
    ObjectNode request = told(of(table));
    request.set("Key", values.key(table));
    condition(request, table, 2);
    if (values.oneIn(2)) {
      request.put("ReturnValues", values.oneIn(8) ? values.any(RETURN_VALUES) : "ALL_OLD");
    }
    return new Asked("DeleteItem", request, false);
  }

  private Asked update() {
    TestTable table = table();
    ObjectNode request = told(of(table));
    request.set("Key", values.key(table));
    if (!values.oneIn(15)) {
      update(request, table);
    }
    condition(request, table, 4);
    if (!values.oneIn(3)) {
      request.put("ReturnValues", values.any(RETURN_VALUES));
    }
    return new Asked("UpdateItem", request, false);
  }

  private void update(ObjectNode request, TestTable table) {
    String text = switch (random.nextInt(10)) {
      case 0 -> "SET n = if_not_exists(n, :z) + :one";
      case 1 -> "ADD n :n, ss :ss";
      case 2 -> "SET m = :m, l = :l REMOVE s";
      case 3 -> "SET l = list_append(if_not_exists(l, :l), :l)";
      case 4 -> "SET ItemValue = :b";
      case 5 -> "SET #data = :s, m.x = :one";
      case 6 -> "SET " + values.any(table.key()).name() + " = :s";
      default -> expressions.update();
    };
    add(request, "UpdateExpression", text);
  }

  private void condition(ObjectNode request, TestTable table, int oneIn) {
    if (!values.oneIn(oneIn)) {
      return;
    }
    String key = values.any(table.key()).name();
    String text = switch (random.nextInt(12)) {
      case 0, 1 -> "attribute_not_exists(" + key + ")";
      case 2 -> "attribute_exists(" + key + ")";
      case 3 -> "attribute_not_exists(s) OR n > :one";
      case 4 -> "n >= :z";
      case 5 -> "ItemValue = :b";
      case 6 -> "attribute_type(m, :T)";
      case 7 -> key + " <> :s AND size(ss) < :n";
      default -> expressions.condition();
    };
    add(request, "ConditionExpression", text);
    if (values.oneIn(2)) {
      request.put("ReturnValuesOnConditionCheckFailure", values.oneIn(20) ? "ALL_NEW" : values.any(List.of("ALL_OLD", "NONE")));
    }
  }

  private void projection(ObjectNode request, TestTable table, int oneIn) {
    if (values.oneIn(oneIn)) {
      add(request, "ProjectionExpression", values.oneIn(2) ? expressions.projection()
          : values.any(List.of("n, s", "m.x, l[0]", "#data, ss", values.any(table.key()).name() + ", n", "l[1], l[0], m.l")));
    }
  }

  private Asked get() {
    TestTable table = table();
    ObjectNode request = told(of(table));
    request.set("Key", values.key(table));
    projection(request, table, 3);
    consistent(request);
    return new Asked("GetItem", request, false);
  }

  private void consistent(ObjectNode request) {
    if (values.oneIn(3)) {
      request.put("ConsistentRead", random.nextBoolean());
    }
  }

  private void add(ObjectNode request, String member, String text) {
    request.put(member, text);
    new ExpressionTerms(random, values).addTo(request, text);
  }

  // ---- many items

  private Asked query() {
    TestTable table = table();
    ObjectNode request = told(of(table));
    new RandomKeyConditions(random, values).addTo(request, table);
    boolean paged = selection(request, table);
    if (!values.oneIn(3)) {
      request.put("ScanIndexForward", random.nextBoolean());
    }
    if (values.oneIn(12)) {
      request.set("ExclusiveStartKey", values.key(table));
      paged = false;
    }
    return new Asked("Query", request, paged);
  }

  private Asked scan() {
    TestTable table = table();
    ObjectNode request = told(of(table));
    boolean paged = selection(request, table);
    // Tables are gone through in another order there: only the whole can be compared, and units are of each page.
    if (request.has("Limit") && !paged) {
      request.remove("Limit");
    }
    // Of one segment or of a page there is nothing to compare, of all of them together there is.
    boolean segments = values.oneIn(6);
    if (segments) {
      request.put("TotalSegments", values.any(List.of(1, 2, 3, 7, 0, -1, 1_000_001)));
    }
    if (paged || segments) {
      request.remove("ReturnConsumedCapacity");
    }
    return new Asked("Scan", request, paged || segments);
  }

  /** What queries and scans have in common; whether there are pages. */
  private boolean selection(ObjectNode request, TestTable table) {
    if (values.oneIn(3)) {
      add(request, "FilterExpression", values.oneIn(2) ? expressions.condition()
          : values.any(List.of("n > :z", "attribute_exists(m.x)", "contains(ss, :s)", "size(l) >= :one",
              values.any(table.key()).name() + " = :s")));
    }
    projection(request, table, 4);
    consistent(request);
    if (values.oneIn(6)) {
      request.put("Select", values.any(List.of("COUNT", "COUNT", "ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES",
          "ALL_PROJECTED_ATTRIBUTES", "NOTHING")));
    }
    if (!values.oneIn(3)) {
      return false;
    }
    int limit = values.oneIn(20) ? values.any(List.of(0, -1)) : 1 + random.nextInt(4);
    request.put("Limit", limit);
    return true;
  }

  private Asked batchGet() {
    ObjectNode request = told(JSON.objectNode());
    ObjectNode items = request.putObject("RequestItems");
    for (int i = values.oneIn(30) ? 0 : 1 + random.nextInt(3); i > 0; i--) {
      TestTable table = table();
      ObjectNode one = items.putObject(values.oneIn(50) ? "zz-none" : table.name());
      ArrayNode keys = one.putArray("Keys");
      for (int j = values.oneIn(30) ? 0 : values.oneIn(40) ? 101 : 1 + random.nextInt(4); j > 0; j--) {
        addDistinct(keys, values.key(table));
      }
      projection(one, table, 4);
      consistent(one);
    }
    return new Asked("BatchGetItem", request, false);
  }

  private void addDistinct(ArrayNode array, ObjectNode node) {
    for (int i = 0; i < array.size(); i++) {
      if (array.get(i).equals(node) && !values.oneIn(15)) {
        return;
      }
    }
    array.add(node);
  }

  private Asked batchWrite() {
    ObjectNode request = told(JSON.objectNode());
    ObjectNode items = request.putObject("RequestItems");
    for (int i = values.oneIn(30) ? 0 : 1 + random.nextInt(3); i > 0; i--) {
      TestTable table = table();
      ArrayNode writes = items.putArray(values.oneIn(50) ? "zz-none" : table.name());
      List<ObjectNode> keys = new ArrayList<>();
      for (int j = values.oneIn(30) ? 0 : 1 + random.nextInt(4); j > 0; j--) {
        ObjectNode item = values.item(table);
        ObjectNode key = keyOf(table, item);
        if (keys.contains(key) && !values.oneIn(10)) {
          continue;
        }
        keys.add(key);
        if (values.oneIn(3)) {
          writes.addObject().putObject("DeleteRequest").set("Key", key);
        } else {
          writes.addObject().putObject("PutRequest").set("Item", item);
        }
      }
    }
    return new Asked("BatchWriteItem", request, false);
  }

  private static ObjectNode keyOf(TestTable table, ObjectNode item) {
    ObjectNode key = JSON.objectNode();
    table.key().stream().filter(part -> item.has(part.name()))
        .forEach(part -> key.set(part.name(), item.get(part.name()).deepCopy()));
    return key;
  }

  // ---- transactions: all of one hash key

  private void sameHash(TestTable table, ObjectNode key, ObjectNode hash) {
    if (key.has(table.hash().name())) {
      key.set(table.hash().name(), hash.deepCopy());
    }
  }

  private Asked transactWrite() {
    TestTable table = table();
    ObjectNode hash = values.keyValue(table.hash());
    ObjectNode request = told(JSON.objectNode());
    ArrayNode actions = request.putArray("TransactItems");
    List<ObjectNode> keys = new ArrayList<>();
    for (int i = values.oneIn(30) ? 0 : 1 + random.nextInt(4); i > 0; i--) {
      ObjectNode item = values.item(table);
      sameHash(table, item, hash);
      ObjectNode key = keyOf(table, item);
      if (keys.contains(key) && !values.oneIn(10)) {
        continue;
      }
      keys.add(key);
      ObjectNode action = actions.addObject();
      String kind = values.any(List.of("Put", "Put", "Update", "Update", "Delete", "ConditionCheck"));
      ObjectNode said = action.putObject(kind).put("TableName", values.oneIn(50) ? "zz-none" : table.name());
      said.set(kind.equals("Put") ? "Item" : "Key", kind.equals("Put") ? item : key);
      if (kind.equals("Update") && !values.oneIn(30)) {
        update(said, table);
      }
      condition(said, table, kind.equals("ConditionCheck") ? 1 : 3);
    }
    if (values.oneIn(3)) {
      request.put("ClientRequestToken", "token-" + tokens++);
      if (values.oneIn(2)) {
        repeated = Optional.of(new Asked("TransactWriteItems", request, false));
      }
    }
    return new Asked("TransactWriteItems", request, false);
  }

  private Asked transactGet() {
    TestTable table = table();
    ObjectNode hash = values.keyValue(table.hash());
    ObjectNode request = told(JSON.objectNode());
    ArrayNode gets = request.putArray("TransactItems");
    List<ObjectNode> keys = new ArrayList<>();
    for (int i = values.oneIn(30) ? 0 : 1 + random.nextInt(4); i > 0; i--) {
      ObjectNode key = values.key(table);
      sameHash(table, key, hash);
      if (keys.contains(key) && !values.oneIn(10)) {
        continue;
      }
      keys.add(key);
      ObjectNode get = gets.addObject().putObject("Get").put("TableName", table.name());
      get.set("Key", key);
      projection(get, table, 3);
    }
    return new Asked("TransactGetItems", request, false);
  }
}
