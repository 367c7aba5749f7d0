package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import java.util.List;

/** Makes predicates of conditions, from left to right. */
final class ConditionResolver {
  private static final int MAX_CANDIDATES = 100;
  /** As DynamoDB prints them. */
  private static final String TYPE_NAMES = "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}";

  /** The type of what may be of any type. */
  private static final String ANY_TYPE = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}";

  private final OperandResolver operands;

  ConditionResolver(OperandResolver operands) {
    this.operands = operands;
  }

  Predicate predicate(Syntax.Condition condition) {
    return switch (condition) {
      case Syntax.Compare compare -> compare(compare);
      case Syntax.Between between -> between(between);
      case Syntax.In in -> in(in);
      case Syntax.Test test -> test(test.call());
      case Syntax.And and -> {
        Predicate left = predicate(and.left());
        yield new Predicate.And(left, predicate(and.right()));
      }
      case Syntax.Or or -> {
        Predicate left = predicate(or.left());
        yield new Predicate.Or(left, predicate(or.right()));
      }
      case Syntax.Not not -> new Predicate.Not(predicate(not.inner()));
    };
  }

  private Predicate compare(Syntax.Compare compare) {
    Comparator comparator = Comparator.of(compare.operator());
    Operand left = operands.operand(compare.left());
    Operand right = operands.operand(compare.right());
    operands.requireDistinct(comparator.text(), left, List.of(right));
    if (comparator.ordering()) {
      operands.requireType(comparator.text(), left, AttributeType::ordered);
      operands.requireType(comparator.text(), right, AttributeType::ordered);
    }
    return new Predicate.Compare(comparator, left, right);
  }

  private Predicate between(Syntax.Between between) {
    Operand tested = operands.operand(between.tested());
    Operand low = operands.operand(between.low());
    Operand high = operands.operand(between.high());
    for (Operand operand : List.of(tested, low, high)) {
      operands.requireType("BETWEEN", operand, AttributeType::ordered);
    }
    operands.requireDistinct("BETWEEN", tested, List.of(low, high));
    if (low instanceof Operand.Constant from && high instanceof Operand.Constant to) {
      checkBounds(from.value(), to.value());
    }
    return new Predicate.Between(tested, low, high);
  }

  private void checkBounds(AttributeValue low, AttributeValue high) {
    String bounds = "lower bound operand: AttributeValue: " + printed(low)
        + ", upper bound operand: AttributeValue: " + printed(high);
    if (low.type() != high.type()) {
      throw operands.kind().invalid(
          "The BETWEEN operator requires same data type for lower and upper bounds; " + bounds);
    }
    if (!Values.ordered(Comparator.LE, low, high)) {
      throw operands.kind().invalid(
          "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " + bounds);
    }
  }

  /** For bounds only, which have an order. */
  private static String printed(AttributeValue value) {
    return switch (value) {
      case AttributeValue.S s -> "{S:" + s.value() + "}";
      case AttributeValue.N n -> "{N:" + n.value().text() + "}";
      case AttributeValue.B b -> "{B:" + b.value().hex() + "}";
      default -> value.toString();
    };
  }

  private Predicate in(Syntax.In in) {
    Operand tested = operands.operand(in.tested());
    List<Operand> candidates = operands.operands(in.candidates());
    operands.requireDistinct("IN", tested, candidates);
    if (candidates.size() > MAX_CANDIDATES) {
      throw operands.kind().invalid("The IN operator is provided with too many operands; number of operands: "
          + candidates.size());
    }
    return new Predicate.In(tested, candidates);
  }

  private Predicate test(Syntax.Call call) {
    Function function = Function.of(call.function()).orElseThrow();
    List<Operand> arguments = operands.arguments(function, call);
    Operand first = arguments.getFirst();
    return switch (function) {
      case ATTRIBUTE_EXISTS -> new Predicate.Exists(operands.requirePath(function, first));
      case ATTRIBUTE_NOT_EXISTS -> new Predicate.NotExists(operands.requirePath(function, first));
      case ATTRIBUTE_TYPE -> {
        operands.requireDistinct(function.text(), first, List.of(arguments.get(1)));
        yield new Predicate.TypeIs(first, type(arguments.get(1)));
      }
      case BEGINS_WITH -> {
        operands.requireDistinct(function.text(), first, List.of(arguments.get(1)));
        for (Operand argument : arguments) {
          operands.requireType(function.text(), argument,
              type -> type == AttributeType.S || type == AttributeType.B);
        }
        yield new Predicate.BeginsWith(first, arguments.get(1));
      }
      case CONTAINS -> {
        operands.requireDistinct(function.text(), first, List.of(arguments.get(1)));
        yield new Predicate.Contains(first, arguments.get(1));
      }
      case SIZE, IF_NOT_EXISTS, LIST_APPEND -> throw new IllegalStateException(function + " is no condition");
    };
  }

  private AttributeType type(Operand name) {
    if (name instanceof Operand.Constant constant && constant.value() instanceof AttributeValue.S text) {
      return AttributeType.of(text.value()).orElseThrow(() -> operands.kind().invalid(
          "Invalid attribute type name found; type: " + text.value() + ", valid types: " + TYPE_NAMES));
    }
    throw operands.incorrectType(Function.ATTRIBUTE_TYPE.text(), name.knownType().map(Enum::name).orElse(ANY_TYPE));
  }
}
