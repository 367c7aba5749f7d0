package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import java.util.Optional;

/** What stands for a value, with everything looked up but the item. */
sealed interface Operand {
  record Attribute(Path path) implements Operand {}

  record Constant(AttributeValue value) implements Operand {}

  record Size(Operand of) implements Operand {}

  record IfNotExists(Path path, Operand otherwise) implements Operand {}

  record ListAppend(Operand front, Operand back) implements Operand {}

  record Arithmetic(boolean minus, Operand left, Operand right) implements Operand {}

  /** The type, where it does not depend on the item. */
  default Optional<AttributeType> knownType() {
    return switch (this) {
      case Constant constant -> Optional.of(constant.value().type());
      case Size ignored -> Optional.of(AttributeType.N);
      case Attribute ignored -> Optional.empty();
      case IfNotExists ignored -> Optional.empty();
      case ListAppend ignored -> Optional.empty();
      case Arithmetic ignored -> Optional.empty();
    };
  }
}
