package io.logfold.query.server.dynamodb.operation;

import io.logfold.query.server.dynamodb.expression.Condition;
import io.logfold.query.server.dynamodb.expression.Expressions;
import io.logfold.query.server.dynamodb.expression.KeyCondition;
import io.logfold.query.server.dynamodb.expression.KeySchema;
import io.logfold.query.server.dynamodb.expression.Projection;
import io.logfold.query.server.dynamodb.expression.Update;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.table.TableDefinition;
import java.util.List;
import java.util.Optional;

/**
 * The expressions of one request. They are parsed before the table is looked up, as DynamoDB does it, and judged by its key
 * behind that. One thread's.
 */
final class RequestExpressions {
  /** What expressions have taken the place of. */
  private static final List<String> LEGACY = List.of("Expected", "ConditionalOperator", "AttributeUpdates", "AttributesToGet",
      "KeyConditions", "QueryFilter", "ScanFilter");

  private final Params request;
  private final Expressions expressions;

  RequestExpressions(Params request) {
    this(request, true);
  }

  private RequestExpressions(Params request, boolean values) {
    for (String legacy : LEGACY) {
      if (request.has(legacy)) {
        throw DynamoFailure.validation("the legacy parameter " + legacy + " is not supported by this store; use expressions");
      }
    }
    this.request = request;
    this.expressions = new Expressions(request.texts("ExpressionAttributeNames"),
        values ? request.values("ExpressionAttributeValues") : Optional.empty());
  }

  /** Of a request that has nothing but a projection: ExpressionAttributeValues is no member of it. */
  static RequestExpressions withoutValues(Params request) {
    return new RequestExpressions(request, false);
  }

  Optional<Update> update() {
    return request.string("UpdateExpression").map(expressions::update);
  }

  Optional<Condition> condition() {
    return request.string("ConditionExpression").map(expressions::condition);
  }

  Optional<Condition> filter() {
    return request.string("FilterExpression").map(expressions::filter);
  }

  Optional<Projection> projection() {
    return request.string("ProjectionExpression").map(expressions::projection);
  }

  Optional<KeyCondition> keyCondition() {
    return request.string("KeyConditionExpression").map(expressions::keyCondition);
  }

  /** Behind all of them. */
  void checkAllUsed() {
    expressions.checkAllUsed();
  }

  static KeySchema schema(TableDefinition table) {
    return new KeySchema(table.hash(), table.range());
  }
}
