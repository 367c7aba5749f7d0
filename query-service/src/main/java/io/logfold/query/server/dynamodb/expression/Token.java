package io.logfold.query.server.dynamodb.expression;

/** A piece of an expression's text, from start to before end. */
record Token(Kind kind, String text, int start, int end) {
  enum Kind {
    AND, OR, NOT, BETWEEN, IN, SET, REMOVE, ADD, DELETE,
    /** A name as it is. */
    WORD,
    /** {@code #name}. */
    NAME,
    /** {@code :value}. */
    VALUE,
    /** An index, without zeros in front. */
    NUMBER,
    /** One of {@code = <> < <= > >=}. */
    COMPARATOR,
    /** One of {@code ( ) [ ] . , + -}. */
    SIGN,
    /** A character that means nothing. */
    UNKNOWN,
    END
  }

  boolean is(String sign) {
    return (kind == Kind.SIGN || kind == Kind.COMPARATOR) && text.equals(sign);
  }
}
