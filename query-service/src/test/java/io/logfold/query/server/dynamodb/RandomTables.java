package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.RandomRequests.Asked;
import java.util.List;
import java.util.Random;

/** What is asked of tables themselves. A table that was deleted is not made again: its name is free later here. */
final class RandomTables {
  /** What the names of tables that come and go begin with. */
  static final String SCRATCH = "zz-z-";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Random random;
  private final RandomValues values;
  private int scratch;

  RandomTables(Random random, RandomValues values) {
    this.random = random;
    this.values = values;
  }

  Asked next() {
    String table = values.any(TestTable.ALL).name();
    return switch (random.nextInt(9)) {
      case 0, 1 -> create();
      case 2 -> new Asked("DescribeTable", named(values.oneIn(4) ? "zz-none" : table), false);
      case 3 -> new Asked("DescribeTable", named(scratchName()), false);
      case 4 -> list();
      case 5 -> {
        String doomed = values.oneIn(3) ? "zz-none" : scratchName();
        if (doomed.equals(scratchName())) {
          scratch++;
        }
        yield new Asked("DeleteTable", named(doomed), false);
      }
      case 6 -> new Asked("DescribeTimeToLive", named(values.oneIn(4) ? "zz-none" : table), false);
      case 7 -> new Asked("UpdateTable", named(values.oneIn(4) ? "zz-none" : scratchName())
          .put("DeletionProtectionEnabled", random.nextBoolean()), false);
      default -> new Asked("DescribeTable", named(values.any(List.of("", "zz", "no such", "x".repeat(256), table))), false);
    };
  }

  /** Behind all others, so that it does not get between them in a list. */
  private String scratchName() {
    return SCRATCH + scratch;
  }

  private static ObjectNode named(String table) {
    return JSON.objectNode().put("TableName", table);
  }

  private Asked create() {
    ObjectNode request = values.any(TestTable.ALL).creation();
    if (!values.oneIn(6)) {
      request.put("TableName", scratchName());
    }
    switch (random.nextInt(16)) {
      case 0 -> request.withArray("AttributeDefinitions").addObject().put("AttributeName", "more").put("AttributeType", "S");
      case 1 -> request.withArray("AttributeDefinitions").remove(0);
      case 2 -> request.withArray("KeySchema").removeAll();
      case 3 -> request.put("BillingMode", "PROVISIONED");
      case 4 -> request.put("BillingMode", "NONE");
      case 5 -> request.put("BillingMode", "PROVISIONED").putObject("ProvisionedThroughput")
          .put("ReadCapacityUnits", 1 - random.nextInt(2)).put("WriteCapacityUnits", 2);
      case 6 -> request.withArray("KeySchema").addObject().put("AttributeName", "x").put("KeyType", "RANGE");
      case 7 -> ((ObjectNode) request.withArray("AttributeDefinitions").get(0)).put("AttributeType", "M");
      case 8 -> ((ObjectNode) request.withArray("KeySchema").get(0)).put("KeyType", values.any(List.of("RANGE", "BOTH")));
      case 9 -> request.remove(values.any(List.of("TableName", "KeySchema", "AttributeDefinitions")));
      case 10 -> request.putObject("ProvisionedThroughput").put("ReadCapacityUnits", 1).put("WriteCapacityUnits", 1);
      case 11 -> request.withArray("KeySchema").add(request.withArray("KeySchema").get(0).deepCopy());
      default -> { }
    }
    return new Asked("CreateTable", request, false);
  }

  private Asked list() {
    ObjectNode request = JSON.objectNode();
    request.put("ExclusiveStartTableName", values.any(List.of("zz-", "zz-n", "zz-na", "zz-s-s", "zz-zzz")));
    if (values.oneIn(2)) {
      int limit = values.oneIn(4) ? values.any(List.of(0, 101, -1, 100)) : 1 + random.nextInt(4);
      request.put("Limit", limit);
    }
    return new Asked("ListTables", request, false);
  }
}
