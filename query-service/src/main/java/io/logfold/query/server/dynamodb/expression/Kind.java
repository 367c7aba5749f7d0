package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.ValidationException;

/** The five expressions, by the names of their parameters. */
enum Kind {
  CONDITION("ConditionExpression"),
  FILTER("FilterExpression"),
  KEY_CONDITION("KeyConditionExpression"),
  UPDATE("UpdateExpression"),
  PROJECTION("ProjectionExpression");

  static final int MAX_OPERATORS = 300;
  private static final int MAX_LENGTH = 4096;

  private final String parameter;

  Kind(String parameter) {
    this.parameter = parameter;
  }

  /** Whether it is a condition by its grammar. */
  boolean conditional() {
    return this == CONDITION || this == FILTER || this == KEY_CONDITION;
  }

  ValidationException invalid(String what) {
    return new ValidationException("Invalid " + parameter + ": " + what);
  }

  void checkLength(String text) {
    if (text.isEmpty()) {
      throw invalid("The expression can not be empty;");
    }
    if (text.length() > MAX_LENGTH) {
      throw invalid("Expression size has exceeded the maximum allowed size;"
          + (conditional() ? " expression size: " + text.length() : ""));
    }
  }

  void checkOperators(int count) {
    if (count > MAX_OPERATORS) {
      // How many more there are is not told.
      throw invalid("The expression contains too many operators; operator count: " + (MAX_OPERATORS + 1));
    }
  }
}
