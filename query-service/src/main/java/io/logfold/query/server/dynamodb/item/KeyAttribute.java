package io.logfold.query.server.dynamodb.item;

import io.logfold.api.Bytes;

/**
 * An attribute that is part of a table's key. Immutable.
 *
 * @param type S, N or B
 */
public record KeyAttribute(String name, AttributeType type) {
  public KeyAttribute {
    if (!type.ordered()) {
      throw new IllegalArgumentException("a key is of type S, N or B, not " + type);
    }
  }

  /** In the order of the values: strings as UTF-8, bytes as they are, numbers as {@link NumberKeys}. */
  public static Bytes encode(AttributeValue value) {
    return switch (value) {
      case AttributeValue.S s -> Bytes.utf8(s.value());
      case AttributeValue.B b -> b.value();
      case AttributeValue.N n -> NumberKeys.encode(n.value());
      default -> throw new IllegalArgumentException("no key is of type " + value.type());
    };
  }

  /** The value of {@link #encode}; anything else is an {@link IllegalArgumentException}. */
  public AttributeValue decode(Bytes bytes) {
    return switch (type) {
      case S -> {
        String text = bytes.utf8();
        if (!Bytes.utf8(text).equals(bytes)) {
          throw new IllegalArgumentException(name + " is " + bytes + ", which is no text");
        }
        yield new AttributeValue.S(text);
      }
      case B -> new AttributeValue.B(bytes);
      case N -> new AttributeValue.N(NumberKeys.decode(bytes));
      default -> throw new IllegalStateException("no key is of type " + type);
    };
  }
}
