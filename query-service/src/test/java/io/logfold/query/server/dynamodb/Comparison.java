package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.RawDynamo.Answer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What two answers must have in common: not the texts of errors, not the order of what has none. */
final class Comparison {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Set<String> SETS = Set.of("SS", "NS", "BS");

  /** Of a table's description: made up by each endpoint, counted now and then, or of what we do not have. */
  private static final Set<String> OF_THE_ENDPOINT = Set.of("TableArn", "TableId", "CreationDateTime", "ItemCount",
      "TableSizeBytes", "LastUpdateToPayPerRequestDateTime", "LastIncreaseDateTime", "LastDecreaseDateTime");

  private Comparison() {}

  /** Empty where they agree. */
  static Optional<String> difference(String operation, Answer local, Answer ours) {
    if (local.status() != ours.status()) {
      return Optional.of("status " + local.status() + " " + local.error() + ", ours " + ours.status() + " " + ours.error());
    }
    if (!local.error().equals(ours.error())) {
      return Optional.of("error " + local.error() + ", ours " + ours.error());
    }
    if (!ours.checksumHolds()) {
      return Optional.of("our X-Amz-Crc32");
    }
    JsonNode theirs = said(operation, local);
    JsonNode own = said(operation, ours);
    return theirs.equals(own) ? Optional.empty() : Optional.of("answer");
  }

  static JsonNode said(String operation, Answer answer) {
    if (answer.status() != 200) {
      return ofError(answer.json());
    }
    return normal(operation, "", answer.json());
  }

  private static JsonNode ofError(JsonNode error) {
    ObjectNode said = JSON.objectNode();
    if (error.has("Item")) {
      said.set("Item", normal("", "", error.get("Item")));
    }
    for (JsonNode reason : error.path("CancellationReasons")) {
      ObjectNode one = said.withArray("CancellationReasons").addObject();
      one.put("Code", reason.path("Code").asText());
      if (reason.has("Item")) {
        one.set("Item", normal("", "", reason.get("Item")));
      }
    }
    return said;
  }

  private static JsonNode normal(String operation, String name, JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode result = JSON.objectNode();
      object.properties().forEach(each -> {
        if (!OF_THE_ENDPOINT.contains(each.getKey())) {
          result.set(each.getKey(), normal(operation, each.getKey(), each.getValue()));
        }
      });
      return result;
    }
    if (node instanceof ArrayNode array) {
      List<JsonNode> members = new ArrayList<>();
      array.forEach(member -> members.add(normal(operation, "", member)));
      boolean unordered = SETS.contains(name) || name.equals("AttributeDefinitions") || name.equals("ConsumedCapacity")
          || operation.equals("Scan") && name.equals("Items") || operation.equals("BatchGetItem") && TestTable.ALL.stream()
              .anyMatch(table -> table.name().equals(name));
      if (unordered) {
        members.sort(Comparator.comparing(JsonNode::toString));
      }
      return JSON.arrayNode().addAll(members);
    }
    // 1 and 1.0 are one number of capacity units.
    return node.isNumber() ? JSON.numberNode(node.doubleValue()) : node;
  }
}
