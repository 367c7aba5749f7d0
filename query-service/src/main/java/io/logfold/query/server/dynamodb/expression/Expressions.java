package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Supplied;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The expressions of one request, with its {@code ExpressionAttributeNames} and {@code ExpressionAttributeValues}. Made
 * first, which judges names and values in themselves; then every expression is parsed, in the order in which the
 * operation judges them (an update before its condition, a filter before projection and key condition); at last
 * {@link #checkAllUsed}. All of them throw {@link ValidationException} with DynamoDB's message. What was parsed may be
 * kept and shared; this object is one thread's.
 */
public final class Expressions {
  private final Scope scope;

  /** Absent is not the same as empty, which is refused. */
  public Expressions(
      Optional<Map<String, String>> names, Optional<Map<String, Supplied<AttributeValue>>> values) {
    this.scope = new Scope(names, values);
  }

  /** {@code ConditionExpression}. */
  public Condition condition(String text) {
    return condition(Kind.CONDITION, text);
  }

  /** {@code FilterExpression}. */
  public Condition filter(String text) {
    return condition(Kind.FILTER, text);
  }

  private Condition condition(Kind kind, String text) {
    OperandResolver operands = new OperandResolver(kind, scope);
    Predicate predicate = predicate(kind, text, operands);
    return new Condition(predicate, operands.paths());
  }

  /** {@code KeyConditionExpression}. */
  public KeyCondition keyCondition(String text) {
    OperandResolver operands = new OperandResolver(Kind.KEY_CONDITION, scope);
    Predicate predicate = predicate(Kind.KEY_CONDITION, text, operands);
    return new KeyCondition(predicate, operands.paths());
  }

  private static Predicate predicate(Kind kind, String text, OperandResolver operands) {
    kind.checkLength(text);
    Syntax.Condition syntax = ConditionParser.parse(kind, text);
    int operators = Vocabulary.check(kind, syntax);
    Predicate predicate = new ConditionResolver(operands).predicate(syntax);
    kind.checkOperators(operators);
    return predicate;
  }

  /** {@code UpdateExpression}. */
  public Update update(String text) {
    Kind.UPDATE.checkLength(text);
    Syntax.Update syntax = UpdateParser.parse(text);
    int operators = Vocabulary.check(syntax);
    Update update = UpdateResolver.update(syntax, scope);
    Kind.UPDATE.checkOperators(operators);
    return update;
  }

  /** {@code ProjectionExpression}. */
  public Projection projection(String text) {
    Kind.PROJECTION.checkLength(text);
    List<Syntax.Path> paths = ProjectionParser.parse(text);
    Vocabulary.check(paths);
    return new Projection(List.of(scope.distinctPaths(Kind.PROJECTION, paths)));
  }

  /** Refuses names and values that no expression of the request has used. */
  public void checkAllUsed() {
    scope.checkAllUsed();
  }
}
