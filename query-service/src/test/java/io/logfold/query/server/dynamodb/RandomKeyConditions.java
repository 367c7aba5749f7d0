package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.TestTable.Key;
import java.util.List;
import java.util.Random;

/** Key conditions that fit a table, and some that do not. */
final class RandomKeyConditions {
  private final Random random;
  private final RandomValues values;

  RandomKeyConditions(Random random, RandomValues values) {
    this.random = random;
    this.values = values;
  }

  void addTo(ObjectNode request, TestTable table) {
    if (values.oneIn(80)) {
      return;
    }
    ObjectNode terms = request.putObject("ExpressionAttributeValues");
    terms.set(":k", values.keyValue(table.hash()));
    String hash = table.hash().name();
    if (values.oneIn(8)) {
      request.putObject("ExpressionAttributeNames").put("#hash", hash);
      hash = "#hash";
    }
    String text = values.oneIn(10) ? ":k = " + hash : hash + " = :k";
    if (table.range().isPresent() && !values.oneIn(3)) {
      String range = onRange(table.range().get(), terms);
      text = values.oneIn(6) ? range + " AND " + text : text + " AND " + range;
    } else if (table.range().isEmpty() && values.oneIn(15)) {
      terms.set(":r", values.anyValue());
      text += " AND s = :r";
    }
    if (values.oneIn(10)) {
      text = values.any(List.of("(" + text + ")", text + " AND " + text, text.replace("AND", "OR"), text.replace("=", "<>"),
          "NOT " + text, text + " AND n = :k", "n = :k", text.replace(":k", hash), ""));
    }
    request.put("KeyConditionExpression", text);
  }

  private String onRange(Key range, ObjectNode terms) {
    terms.set(":r", values.oneIn(25) ? values.anyValue() : values.keyValue(range));
    String name = range.name();
    return switch (random.nextInt(10)) {
      case 0 -> name + " = :r";
      case 1 -> name + " < :r";
      case 2 -> name + " <= :r";
      case 3 -> name + " > :r";
      case 4 -> name + " >= :r";
      case 5 -> ":r " + values.any(List.of("<", ">", ">=", "<=", "=")) + " " + name;
      case 6, 7 -> "begins_with(" + name + ", :r)";
      default -> {
        terms.set(":r2", values.keyValue(range));
        yield name + " BETWEEN :r AND :r2";
      }
    };
  }
}
