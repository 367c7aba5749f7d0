package io.logfold.query.server.dynamodb.item;

import io.logfold.api.Bytes;
import java.util.Map;

/** How many bytes DynamoDB says that values take; the rules are those its documentation gives, to the byte. */
final class Sizes {
  /** A map or list takes this, and one byte for each member, besides its members. */
  private static final int DOCUMENT = 3;

  private Sizes() {}

  static int of(AttributeValue value) {
    return switch (value) {
      case AttributeValue.S s -> utf8(s.value());
      case AttributeValue.N n -> n.value().sizeBytes();
      case AttributeValue.B b -> b.value().size();
      case AttributeValue.Bool ignored -> 1;
      case AttributeValue.Null ignored -> 1;
      case AttributeValue.M m -> DOCUMENT + m.value().size() + of(m.value());
      case AttributeValue.L l -> DOCUMENT + l.value().size() + l.value().stream().mapToInt(Sizes::of).sum();
      case AttributeValue.SS set -> set.value().stream().mapToInt(Sizes::utf8).sum();
      case AttributeValue.NS set -> set.value().stream().mapToInt(DynamoNumber::sizeBytes).sum();
      case AttributeValue.BS set -> set.value().stream().mapToInt(Bytes::size).sum();
    };
  }

  /** The sum over names and values. */
  static int of(Map<String, AttributeValue> attributes) {
    int size = 0;
    for (Map.Entry<String, AttributeValue> attribute : attributes.entrySet()) {
      size += utf8(attribute.getKey()) + of(attribute.getValue());
    }
    return size;
  }

  static int utf8(String text) {
    int size = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        size += 1;
      } else if (c < 0x800 || Character.isSurrogate(c)) {
        // Two surrogates make one code point of four bytes.
        size += 2;
      } else {
        size += 3;
      }
    }
    return size;
  }
}
