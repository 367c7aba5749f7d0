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

  private static final List<Known> ALL = List.of();

  private DynamoDifferences() {}

  /** Empty: a difference that nobody knows. */
  static Optional<String> reason(String operation, JsonNode request, Answer local, Answer ours) {
    return ALL.stream().filter(known -> known.test().explains(operation, request, local, ours)).map(Known::reason).findFirst();
  }
}
