package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.RawDynamo.Answer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What two answers must have in common: not the texts of errors, not the order of what has none. */
final class Comparison {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Set<String> SETS = Set.of("SS", "NS", "BS");

  /** Of a table's description: made up by each endpoint, counted now and then, or of what we do not have. */
  private static final Set<String> OF_THE_ENDPOINT = Set.of("TableArn", "TableId", "CreationDateTime", "ItemCount",
      "TableSizeBytes", "LastUpdateToPayPerRequestDateTime", "LastIncreaseDateTime", "LastDecreaseDateTime");

  private Comparison() {}

  /** Empty where they agree. */
  static Optional<String> difference(String operation, JsonNode request, Answer local, Answer ours) {
    if (local.status() != ours.status()) {
      return Optional.of("status " + local.status() + " " + local.error() + ", ours " + ours.status() + " " + ours.error());
    }
    if (!local.error().equals(ours.error())) {
      return Optional.of("error " + local.error() + ", ours " + ours.error());
    }
    if (!ours.checksumHolds()) {
      return Optional.of("our X-Amz-Crc32");
    }
    if (!isNormal("", ours.json())) {
      return Optional.of("number that is not as DynamoDB prints it");
    }
    JsonNode theirs = withoutUnits(operation, request, said(operation, local));
    JsonNode own = withoutUnits(operation, request, said(operation, ours));
    return theirs.equals(own) ? Optional.empty() : Optional.of("answer");
  }

  /** Local does not trim the zeros of numbers inside of others; the service does, and we. */
  private static boolean isNormal(String name, JsonNode node) {
    if (node.isTextual() && name.equals("N")) {
      return new BigDecimal(node.textValue()).stripTrailingZeros().toPlainString().equals(node.textValue());
    }
    if (node instanceof ObjectNode object) {
      return object.properties().stream().allMatch(each -> isNormal(each.getKey(), each.getValue()));
    }
    for (JsonNode member : node) {
      if (!isNormal(name.equals("NS") ? "N" : "", member)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Capacity units are compared for GetItem alone: Local counts none for what is not there, which the service does; and we count
   * what an unconditional write replaces as far as we know it. Local tells them at times to who did not ask.
   */
  private static JsonNode withoutUnits(String operation, JsonNode request, JsonNode said) {
    if (!(said instanceof ObjectNode object) || !object.has("ConsumedCapacity") || operation.equals("GetItem")) {
      return said;
    }
    if (request.path("ReturnConsumedCapacity").asText("NONE").equals("NONE")) {
      object.remove("ConsumedCapacity");
      return object;
    }
    return object;
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
      Map<String, JsonNode> members = new TreeMap<>();
      object.properties().forEach(each -> {
        if (!OF_THE_ENDPOINT.contains(each.getKey())) {
          members.put(each.getKey(), normal(operation, each.getKey(), each.getValue()));
        }
      });
      return JSON.objectNode().setAll(members);
    }
    if (node instanceof ArrayNode array) {
      List<JsonNode> members = new ArrayList<>();
      array.forEach(member -> members.add(normal(operation, name.equals("NS") ? "N" : "", member)));
      boolean unordered = SETS.contains(name) || name.equals("AttributeDefinitions") || name.equals("ConsumedCapacity")
          || operation.equals("Scan") && name.equals("Items") || operation.equals("BatchGetItem") && TestTable.ALL.stream()
              .anyMatch(table -> table.name().equals(name));
      if (unordered) {
        members.sort(Comparator.comparing(JsonNode::toString));
      }
      return JSON.arrayNode().addAll(members);
    }
    if (name.equals("N") && node.isTextual()) {
      return JSON.textNode(new BigDecimal(node.textValue()).stripTrailingZeros().toPlainString());
    }
    if (name.equals("CapacityUnits") && !operation.equals("GetItem")) {
      return JSON.textNode("some");
    }
    // 1 and 1.0 are one number of capacity units.
    return node.isNumber() ? JSON.numberNode(node.doubleValue()) : node;
  }
}
