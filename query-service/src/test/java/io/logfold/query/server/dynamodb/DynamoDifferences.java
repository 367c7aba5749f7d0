package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.RawDynamo.Answer;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Where the endpoint does not do as DynamoDB Local does, and why. */
final class DynamoDifferences {
  private record Known(String reason, Test test) {}

  /** Whether answers that differ do so for this reason. */
  private interface Test {
    boolean explains(String operation, JsonNode request, Answer local, Answer ours);
  }

  private static final Set<String> LENIENT = Set.of("returnConsumedCapacity", "returnItemCollectionMetrics",
      "returnValuesOnConditionCheckFailure");

  private static final List<Known> ALL = List.of(
      new Known("Local fails with 500 where a value is not of the JSON type or base64 that it must be, or is missing; we refuse",
          (operation, request, local, ours) -> local.status() == 500 && isRefused(ours)),
      new Known("Local takes numbers and booleans for strings, and strings for those; the service refuses the request's shape",
          (operation, request, local, ours) -> ours.text().contains("cannot be converted to")),
      new Known("Local takes any word for ReturnConsumedCapacity and others; the service's model has a set of words",
          (operation, request, local, ours) -> ours.text().contains("Member must satisfy enum value set")
              && LENIENT.stream().anyMatch(member -> ours.text().contains("at '" + member + "'"))),
      new Known("an expression is parsed before the table is looked up by the service, and behind that by Local",
          (operation, request, local, ours) -> local.error().equals("ResourceNotFoundException") && isInvalid(ours)),
      new Known("an update of a key's attribute is refused before the condition is looked at by the service, by Local behind that",
          (operation, request, local, ours) -> local.error().equals("ConditionalCheckFailedException")
              && ours.text().contains("This attribute is part of the key")),
      new Known("what an update finds wrong with the item cancels a transaction, says the service's documentation; Local refuses",
          (operation, request, local, ours) -> operation.equals("TransactWriteItems") && local.error().equals("ValidationException")
              && ours.text().contains("\"ValidationError\"")),
      new Known("what does not go with a table's key cancels a transaction before its conditions are looked at, as the service does"
          + " it; Local tells no reasons, or those of conditions, or refuses",
          (operation, request, local, ours) -> operation.startsWith("Transact") && ours.text().contains("\"ValidationError\"")
              && (local.error().equals("ValidationException") || local.error().equals("TransactionCanceledException"))),
      new Known("a deleted table is DELETING for about two seconds, and its name is taken; in Local it is gone at once",
          (operation, request, local, ours) -> operation.equals("DeleteTable") && ours.text().contains("\"DELETING\"")
              || operation.equals("ListTables") && ours.text().contains(RandomTables.SCRATCH)
              || request.path("TableName").asText().startsWith(RandomTables.SCRATCH)
                  && local.error().equals("ResourceNotFoundException")),
      new Known("units of capacity do not go with PAY_PER_REQUEST, says the service; Local does not mind",
          (operation, request, local, ours) -> ours.text().contains("Neither ReadCapacityUnits nor")),
      new Known("of a nested path UPDATED_OLD and UPDATED_NEW tell what is at the path; Local tells the attribute around it",
          (operation, request, local, ours) -> request.path("ReturnValues").asText().startsWith("UPDATED_")
              && request.path("UpdateExpression").asText().matches("(?s).*[.\\[].*") && local.status() == 200
              && ours.status() == 200 && isPart(said(ours).path("Attributes"), said(local).path("Attributes"))),
      new Known("an Update of a transaction has an UpdateExpression, says the service's documentation; Local takes one without",
          (operation, request, local, ours) -> operation.equals("TransactWriteItems")
              && ours.text().contains("Value null at 'updateExpression'")),
      new Known("that an item is twice in a transaction, or something wrong in itself, is told before keys and conditions are",
          (operation, request, local, ours) -> operation.startsWith("Transact")
              && local.error().equals("TransactionCanceledException") && ours.error().equals("ValidationException")
              && (ours.text().contains("multiple operations on one item")
                  || local.text().contains("The number of conditions on the keys is invalid")
                  || local.text().contains("One of the required keys was not given a value"))),
      new Known("1e1 and 10 are one key; Local overlooks that they are twice in a request",
          (operation, request, local, ours) -> local.status() == 200 && (ours.text().contains("contains duplicates")
              || ours.text().contains("multiple operations on one item"))),
      new Known("Local tells no LastEvaluatedKey where a page ends with the last key that the condition allows; there may be one",
          (operation, request, local, ours) -> operation.equals("Query") && !local.json().has("LastEvaluatedKey")
              && ours.json().has("LastEvaluatedKey") && withoutNext(ours).equals(withoutNext(local))),
      new Known("Local takes no starting key that is the last one the condition allows; there is nothing behind it, which we tell",
          (operation, request, local, ours) -> operation.equals("Query") && ours.status() == 200
              && local.text().contains("starting key does not match the range key predicate")
              && ours.json().path("Items").isEmpty() && ours.json().path("ScannedCount").asInt() == 0),
      new Known("where several things are wrong with a batch or transaction, one of them is told",
          (operation, request, local, ours) -> (operation.startsWith("Batch") || operation.startsWith("Transact"))
              && isRefused(local) && isRefused(ours)));

  private DynamoDifferences() {}

  private static boolean isRefused(Answer answer) {
    return isInvalid(answer) || answer.error().equals("ResourceNotFoundException");
  }

  private static JsonNode said(Answer answer) {
    return Comparison.said("UpdateItem", answer);
  }

  /** Whether there is nothing but what is there, too. Of lists a part has not all members, so that their places differ. */
  private static boolean isPart(JsonNode part, JsonNode whole) {
    if (part.isObject() && whole.isObject()) {
      return part.properties().stream().allMatch(each -> isPart(each.getValue(), whole.path(each.getKey())));
    }
    return part.equals(whole) || part.isArray() && whole.isArray() && part.size() <= whole.size();
  }

  private static JsonNode withoutNext(Answer answer) {
    JsonNode said = Comparison.said("Query", answer);
    ((ObjectNode) said).remove(List.of("LastEvaluatedKey", "ConsumedCapacity"));
    return said;
  }

  private static boolean isInvalid(Answer answer) {
    return answer.error().equals("ValidationException") || answer.error().equals("SerializationException");
  }

  /** Empty: a difference that nobody knows. */
  static Optional<String> reason(String operation, JsonNode request, Answer local, Answer ours) {
    return ALL.stream().filter(known -> known.test().explains(operation, request, local, ours)).map(Known::reason).findFirst();
  }
}
