package io.logfold.query.server.dynamodb.expression;

import java.util.Optional;

/** The functions there are; their names are case-sensitive. */
enum Function {
  ATTRIBUTE_EXISTS("attribute_exists", 1, Place.CONDITION),
  ATTRIBUTE_NOT_EXISTS("attribute_not_exists", 1, Place.CONDITION),
  ATTRIBUTE_TYPE("attribute_type", 2, Place.CONDITION),
  BEGINS_WITH("begins_with", 2, Place.CONDITION),
  CONTAINS("contains", 2, Place.CONDITION),
  SIZE("size", 1, Place.OPERAND_OF_CONDITION),
  IF_NOT_EXISTS("if_not_exists", 2, Place.OPERAND_OF_UPDATE),
  LIST_APPEND("list_append", 2, Place.OPERAND_OF_UPDATE);

  enum Place {
    CONDITION, OPERAND_OF_CONDITION, OPERAND_OF_UPDATE
  }

  private final String text;
  private final int operands;
  private final Place place;

  Function(String text, int operands, Place place) {
    this.text = text;
    this.operands = operands;
    this.place = place;
  }

  /** Its name in expressions. */
  String text() {
    return text;
  }

  int operands() {
    return operands;
  }

  Place place() {
    return place;
  }

  static Optional<Function> of(String name) {
    for (Function function : values()) {
      if (function.text.equals(name)) {
        return Optional.of(function);
      }
    }
    return Optional.empty();
  }
}
