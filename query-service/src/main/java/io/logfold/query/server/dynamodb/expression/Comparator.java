package io.logfold.query.server.dynamodb.expression;

/** The six comparators. */
enum Comparator {
  EQ("="),
  NE("<>"),
  LT("<"),
  LE("<="),
  GT(">"),
  GE(">=");

  private final String text;

  Comparator(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  static Comparator of(String text) {
    for (Comparator comparator : values()) {
      if (comparator.text.equals(text)) {
        return comparator;
      }
    }
    throw new IllegalArgumentException("no comparator: " + text);
  }

  /** Whether it asks for an order, not only for equality. */
  boolean ordering() {
    return this != EQ && this != NE;
  }

  /** What says the same with the sides changed. */
  Comparator flipped() {
    return switch (this) {
      case EQ, NE -> this;
      case LT -> GT;
      case LE -> GE;
      case GT -> LT;
      case GE -> LE;
    };
  }
}
