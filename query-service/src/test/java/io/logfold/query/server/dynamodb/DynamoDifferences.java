package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.query.server.dynamodb.RawDynamo.Answer;
import java.util.List;
import java.util.Optional;

/** Where the endpoint does not do as DynamoDB Local does, and why. */
final class DynamoDifferences {
  private record Known(String reason, Test test) {}

  /** Whether answers that differ do so for this reason. */
  private interface Test {
    boolean explains(String operation, JsonNode request, Answer local, Answer ours);
  }

  private static final List<Known> ALL = List.of(
      new Known("Local fails with 500 where a value is not of the JSON type or the base64 that it must be, or is missing; we refuse",
          (operation, request, local, ours) -> local.status() == 500 && ours.status() == 400),
      new Known("Local takes numbers and booleans for strings, and strings for those; the service refuses the request's shape",
          (operation, request, local, ours) -> ours.text().contains("cannot be converted to")),
      new Known("Local takes any word for ReturnConsumedCapacity and others; the service has a set of words",
          (operation, request, local, ours) -> ours.text().contains("Member must satisfy enum value set")),
      new Known("an expression is parsed before the table is looked up by the service, and behind that by Local",
          (operation, request, local, ours) -> local.error().equals("ResourceNotFoundException") && isInvalid(ours)),
      new Known("an update of a key's attribute is refused before the condition is looked at by the service, and behind that by Local",
          (operation, request, local, ours) -> local.error().equals("ConditionalCheckFailedException")
              && ours.text().contains("This attribute is part of the key")),
      new Known("what an update finds wrong with the item cancels a transaction, says the service's documentation; Local refuses it",
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
                  && local.error().equals("ResourceNotFoundException")));

  private DynamoDifferences() {}

  private static boolean isInvalid(Answer answer) {
    return answer.error().equals("ValidationException") || answer.error().equals("SerializationException");
  }

  /** Empty: a difference that nobody knows. */
  static Optional<String> reason(String operation, JsonNode request, Answer local, Answer ours) {
    return ALL.stream().filter(known -> known.test().explains(operation, request, local, ours)).map(Known::reason).findFirst();
  }
}
