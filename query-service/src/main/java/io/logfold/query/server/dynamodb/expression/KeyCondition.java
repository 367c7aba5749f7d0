package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which items a query is about: all of one hash key, or those of a range among them. Immutable. */
public final class KeyCondition {
  private static final String IN_KEY_CONDITION = "Invalid condition in KeyConditionExpression: ";

  /** A hash key's value, and what the range key's must be; values are of the types of the key. */
  public record Split(AttributeValue hash, Optional<RangeCondition> range) {}

  private final Predicate predicate;
  private final List<Path> paths;

  KeyCondition(Predicate predicate, List<Path> paths) {
    this.predicate = predicate;
    this.paths = List.copyOf(paths);
  }

  /** Refuses what is no condition of this key, or not one of the few forms such conditions may have. */
  public Split split(KeySchema keys) {
    Paths.checkNotInKey(paths, keys);
    Map<String, RangeCondition> conditions = new LinkedHashMap<>();
    collect(predicate, conditions);
    if (conditions.size() > 2) {
      throw new ValidationException("Conditions can be of length 1 or 2 only");
    }
    RangeCondition hash = conditionOf(keys.hash(), conditions);
    if (!(hash instanceof RangeCondition.Equal equal)) {
      throw new ValidationException("Query key condition not supported");
    }
    if (conditions.size() == 1) {
      return new Split(equal.value(), Optional.empty());
    }
    KeyAttribute range = keys.range().orElseThrow(KeyCondition::missed);
    return new Split(equal.value(), Optional.of(conditionOf(range, conditions)));
  }

  private static RangeCondition conditionOf(KeyAttribute key, Map<String, RangeCondition> conditions) {
    RangeCondition condition = conditions.get(key.name());
    if (condition == null) {
      throw missed();
    }
    for (AttributeValue value : condition.values()) {
      checkValue(key, value);
    }
    if (condition instanceof RangeCondition.BeginsWith && key.type() == AttributeType.N) {
      throw typeMismatch();
    }
    return condition;
  }

  private static void checkValue(KeyAttribute key, AttributeValue value) {
    if (value.type() != key.type()) {
      throw typeMismatch();
    }
    boolean emptyString = value instanceof AttributeValue.S s && s.value().isEmpty();
    if (emptyString || value instanceof AttributeValue.B b && b.value().isEmpty()) {
      throw new ValidationException("One or more parameter values are not valid. The AttributeValue for a key attribute"
          + " cannot contain an empty " + (emptyString ? "string" : "binary") + " value. Key: " + key.name());
    }
  }

  private static ValidationException missed() {
    return new ValidationException("Query condition missed key schema element");
  }

  private static ValidationException typeMismatch() {
    return new ValidationException(
        "One or more parameter values were invalid: Condition parameter type does not match schema type");
  }

  private static void collect(Predicate predicate, Map<String, RangeCondition> conditions) {
    switch (predicate) {
      case Predicate.And and -> {
        collect(and.left(), conditions);
        collect(and.right(), conditions);
      }
      case Predicate.Compare compare -> compare(compare, conditions);
      case Predicate.Between between -> {
        Path path = keyOperand("BETWEEN", List.of(between.tested(), between.low(), between.high()));
        add(path, new RangeCondition.Between(constant(between.low()), constant(between.high())), conditions);
      }
      case Predicate.BeginsWith begins -> {
        Path path = keyOperand(Function.BEGINS_WITH.text(), List.of(begins.tested(), begins.prefix()));
        add(path, new RangeCondition.BeginsWith(constant(begins.prefix())), conditions);
      }
      case Predicate.Or ignored -> throw invalidOperator("OR");
      case Predicate.Not ignored -> throw invalidOperator("NOT");
      case Predicate.In ignored -> throw invalidOperator("IN");
      case Predicate.Exists ignored -> throw invalidOperator(Function.ATTRIBUTE_EXISTS.text());
      case Predicate.NotExists ignored -> throw invalidOperator(Function.ATTRIBUTE_NOT_EXISTS.text());
      case Predicate.TypeIs ignored -> throw invalidOperator(Function.ATTRIBUTE_TYPE.text());
      case Predicate.Contains ignored -> throw invalidOperator(Function.CONTAINS.text());
    }
  }

  private static void compare(Predicate.Compare compare, Map<String, RangeCondition> conditions) {
    if (compare.comparator() == Comparator.NE) {
      throw invalidOperator("<>");
    }
    checkNotNested(List.of(compare.left(), compare.right()));
    boolean attributeLeft = compare.left() instanceof Operand.Attribute;
    if (attributeLeft && compare.right() instanceof Operand.Attribute) {
      throw new ValidationException(IN_KEY_CONDITION + "Multiple attribute names used in one condition");
    }
    Operand key = attributeLeft ? compare.left() : compare.right();
    if (!(key instanceof Operand.Attribute attribute)) {
      throw new ValidationException(IN_KEY_CONDITION + "No key attribute specified");
    }
    AttributeValue value = constant(attributeLeft ? compare.right() : compare.left());
    RangeCondition condition = switch (attributeLeft ? compare.comparator() : compare.comparator().flipped()) {
      case EQ -> new RangeCondition.Equal(value);
      case LT -> new RangeCondition.Less(value);
      case LE -> new RangeCondition.AtMost(value);
      case GT -> new RangeCondition.Greater(value);
      case GE -> new RangeCondition.AtLeast(value);
      case NE -> throw invalidOperator("<>");
    };
    add(attribute.path(), condition, conditions);
  }

  /** The first operand, which must be the key; the others must be values. */
  private static Path keyOperand(String operator, List<Operand> operands) {
    checkNotNested(operands);
    if (!(operands.getFirst() instanceof Operand.Attribute attribute)) {
      throw new ValidationException(IN_KEY_CONDITION + operator
          + " operator must have the key attribute as its first operand");
    }
    if (operands.stream().skip(1).anyMatch(Operand.Attribute.class::isInstance)) {
      throw new ValidationException(IN_KEY_CONDITION + "Multiple attribute names used in one condition");
    }
    return attribute.path();
  }

  private static void checkNotNested(List<Operand> operands) {
    for (Operand operand : operands) {
      if (!(operand instanceof Operand.Attribute) && !(operand instanceof Operand.Constant)) {
        throw new ValidationException("KeyConditionExpressions cannot contain nested operations");
      }
    }
  }

  private static AttributeValue constant(Operand operand) {
    if (operand instanceof Operand.Constant constant) {
      return constant.value();
    }
    throw new IllegalStateException("not a value: " + operand);
  }

  private static void add(Path path, RangeCondition condition, Map<String, RangeCondition> conditions) {
    if (path.nested()) {
      throw new ValidationException("KeyConditionExpressions cannot have conditions on nested attributes");
    }
    if (conditions.put(path.root(), condition) != null) {
      throw new ValidationException("KeyConditionExpressions must only contain one condition per key");
    }
  }

  private static ValidationException invalidOperator(String operator) {
    return new ValidationException("Invalid operator used in KeyConditionExpression: " + operator);
  }
}
