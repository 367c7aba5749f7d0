package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Looks up the names and values of one expression's operands, and judges numbers and types of operands. */
final class OperandResolver {
  private final Kind kind;
  private final Scope scope;
  private final List<Path> paths = new ArrayList<>();

  OperandResolver(Kind kind, Scope scope) {
    this.kind = kind;
    this.scope = scope;
  }

  Kind kind() {
    return kind;
  }

  /** Those that were resolved, in their order. */
  List<Path> paths() {
    return paths;
  }

  Operand operand(Syntax.Operand operand) {
    return switch (operand) {
      case Syntax.Path path -> {
        Path resolved = scope.path(kind, path);
        paths.add(resolved);
        yield new Operand.Attribute(resolved);
      }
      case Syntax.Value value -> new Operand.Constant(scope.value(kind, value));
      case Syntax.Arithmetic arithmetic -> arithmetic(arithmetic);
      case Syntax.Call call -> call(call);
    };
  }

  List<Operand> operands(List<Syntax.Operand> operands) {
    List<Operand> resolved = new ArrayList<>(operands.size());
    for (Syntax.Operand operand : operands) {
      resolved.add(operand(operand));
    }
    return resolved;
  }

  /** A function's operands, as many as it has. */
  List<Operand> arguments(Function function, Syntax.Call call) {
    List<Operand> arguments = operands(call.arguments());
    if (arguments.size() != function.operands()) {
      throw kind.invalid("Incorrect number of operands for operator or function; operator or function: "
          + function.text() + ", number of operands: " + arguments.size());
    }
    return arguments;
  }

  Path requirePath(Function function, Operand operand) {
    if (operand instanceof Operand.Attribute attribute) {
      return attribute.path();
    }
    throw kind.invalid("Operator or function requires a document path; operator or function: " + function.text());
  }

  /** Where the type of the operand is known, it must be one of these. */
  void requireType(String operator, Operand operand, Predicate<AttributeType> allowed) {
    operand.knownType().filter(allowed.negate()).ifPresent(type -> {
      throw incorrectType(operator, type.name());
    });
  }

  RuntimeException incorrectType(String operator, String type) {
    return kind.invalid("Incorrect operand type for operator or function; operator or function: " + operator
        + ", operand type: " + type);
  }

  /** The first operand may not be the same attribute as one of the others. */
  void requireDistinct(String operator, Operand first, List<Operand> others) {
    if (first instanceof Operand.Attribute attribute && others.contains(attribute)) {
      throw kind.invalid("The first operand must be distinct from the remaining operands for this operator or function;"
          + " operator: " + operator + ", first operand: " + attribute.path());
    }
  }

  private Operand arithmetic(Syntax.Arithmetic arithmetic) {
    Operand left = operand(arithmetic.left());
    Operand right = operand(arithmetic.right());
    requireType(arithmetic.operator(), left, type -> type == AttributeType.N);
    requireType(arithmetic.operator(), right, type -> type == AttributeType.N);
    return new Operand.Arithmetic(arithmetic.operator().equals("-"), left, right);
  }

  private Operand call(Syntax.Call call) {
    Function function = Function.of(call.function()).orElseThrow();
    List<Operand> arguments = arguments(function, call);
    return switch (function) {
      case SIZE -> {
        requireType(function.text(), arguments.getFirst(), OperandResolver::hasSize);
        yield new Operand.Size(arguments.getFirst());
      }
      case IF_NOT_EXISTS -> {
        Path path = requirePath(function, arguments.getFirst());
        requireDistinct(function.text(), arguments.getFirst(), arguments.subList(1, 2));
        yield new Operand.IfNotExists(path, arguments.get(1));
      }
      case LIST_APPEND -> {
        arguments.forEach(argument -> requireType(function.text(), argument, type -> type == AttributeType.L));
        yield new Operand.ListAppend(arguments.getFirst(), arguments.get(1));
      }
      case ATTRIBUTE_EXISTS, ATTRIBUTE_NOT_EXISTS, ATTRIBUTE_TYPE, BEGINS_WITH, CONTAINS ->
          throw new IllegalStateException(function + " is no operand");
    };
  }

  private static boolean hasSize(AttributeType type) {
    return type != AttributeType.N && type != AttributeType.BOOL && type != AttributeType.NULL;
  }
}
