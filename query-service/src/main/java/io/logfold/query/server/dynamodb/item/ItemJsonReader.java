package io.logfold.query.server.dynamodb.item;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.logfold.api.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one value or map of values to its end, whatever is wrong with it; the first thing wrong is remembered, and what
 * was read is then of no use.
 */
final class ItemJsonReader {
  private static final int MAX_NAME_BYTES = 65_535;
  private static final String INVALID = "One or more parameter values were invalid: ";
  private static final String NULL_VALUE = "The supplied Item contains a null AttributeValue";

  private final JsonParser json;
  private @Nullable String problem;

  ItemJsonReader(JsonParser json) {
    this.json = json;
  }

  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  private void wrong(String what) {
    if (problem == null) {
      problem = what;
    }
  }

  Map<String, AttributeValue> members() throws IOException {
    expect(json, JsonToken.START_OBJECT);
    Map<String, AttributeValue> members = new HashMap<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = wellFormed(json.currentName());
      if (name.isEmpty()) {
        wrong("Empty attribute name");
      } else if (Sizes.utf8(name) > MAX_NAME_BYTES) {
        wrong("Attribute name is too large, must be less than 65536 bytes");
      }
      json.nextToken();
      members.put(name, value(": " + name + " is null"));
    }
    return members;
  }

  /** A value; the words are said behind a null that stands in its place. */
  AttributeValue value(String ofNull) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      wrong(NULL_VALUE + ofNull);
      return new AttributeValue.Null();
    }
    expect(json, JsonToken.START_OBJECT);
    String before = problem;
    int types = 0;
    AttributeValue value = new AttributeValue.Null();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      Optional<AttributeType> type = AttributeType.of(json.currentName());
      if (json.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      if (type.isEmpty()) {
        json.skipChildren();
        continue;
      }
      types++;
      value = ofType(type.get());
    }
    // That it has no type, or several, is said before what is wrong inside.
    if (types != 1 && before == null) {
      problem = "Supplied AttributeValue " + (types == 0 ? "is empty" : "has more than one datatypes set")
          + ", must contain exactly one of the supported datatypes";
    }
    return value;
  }

  private AttributeValue ofType(AttributeType type) throws IOException {
    return switch (type) {
      case S -> new AttributeValue.S(text());
      case N -> new AttributeValue.N(number(text()));
      case B -> new AttributeValue.B(binary(text()));
      case BOOL -> new AttributeValue.Bool(bool());
      case NULL -> {
        if (!bool()) {
          wrong(INVALID + "Null attribute value types must have the value of true");
        }
        yield new AttributeValue.Null();
      }
      case M -> AttributeValue.M.of(members());
      case L -> list();
      case SS -> {
        List<String> members = strings("An string set may not have a null string as a member");
        if (members.isEmpty()) {
          wrong(INVALID + "An string set  may not be empty");
        } else if (new HashSet<>(members).size() < members.size()) {
          wrong(INVALID + "Input collection " + members + " contains duplicates");
        }
        yield AttributeValue.SS.of(members);
      }
      case NS -> {
        List<DynamoNumber> members = new ArrayList<>();
        for (String member : strings("An number set may not have a null string as a member")) {
          members.add(number(member));
        }
        if (members.isEmpty()) {
          wrong(INVALID + "An number set  may not be empty");
        } else if (new HashSet<>(members).size() < members.size()) {
          wrong("Input collection contains duplicates");
        }
        yield AttributeValue.NS.of(members);
      }
      case BS -> {
        List<Bytes> members = new ArrayList<>();
        for (String member : strings("Binary sets may not contain null values")) {
          members.add(binary(member));
        }
        if (members.isEmpty()) {
          wrong(INVALID + "Binary sets should not be empty");
        } else if (new HashSet<>(members).size() < members.size()) {
          wrong(INVALID + "Input collection of type BS contains duplicates.");
        }
        yield AttributeValue.BS.of(members);
      }
    };
  }

  private AttributeValue list() throws IOException {
    expect(json, JsonToken.START_ARRAY);
    List<AttributeValue> members = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      members.add(value(""));
    }
    return new AttributeValue.L(members);
  }

  private List<String> strings(String ofNull) throws IOException {
    expect(json, JsonToken.START_ARRAY);
    List<String> members = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        wrong(INVALID + ofNull);
      } else {
        members.add(text());
      }
    }
    return members;
  }

  private DynamoNumber number(String text) {
    try {
      return DynamoNumber.parse(text);
    } catch (ValidationException e) {
      wrong(e.text());
      return DynamoNumber.ZERO;
    }
  }

  private static Bytes binary(String base64) {
    try {
      if (base64.length() % 4 == 0) {
        return Bytes.wrap(Base64.getDecoder().decode(base64));
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new SerializationException("A value of type B or BS is not base64");
  }

  private String text() throws IOException {
    expect(json, JsonToken.VALUE_STRING);
    return wellFormed(json.getText());
  }

  private boolean bool() throws IOException {
    if (json.currentToken() == JsonToken.VALUE_TRUE || json.currentToken() == JsonToken.VALUE_FALSE) {
      return json.getBooleanValue();
    }
    throw new SerializationException(name(json.currentToken()) + " cannot be converted to Boolean");
  }

  /** Half a code point has no UTF-8 and could not be given back. */
  private static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isSurrogatePair(text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 'x')) {
          throw new SerializationException("A string has half of a code point");
        }
        i++;
      }
    }
    return text;
  }

  static void expect(JsonParser json, JsonToken expected) {
    JsonToken found = json.currentToken();
    if (found == expected) {
      return;
    }
    if (found == JsonToken.START_ARRAY) {
      throw new SerializationException("Start of list found where not expected");
    }
    if (found == JsonToken.START_OBJECT) {
      throw new SerializationException("Start of structure or map found where not expected");
    }
    throw new SerializationException(name(found) + (expected == JsonToken.VALUE_STRING
        ? " cannot be converted to String" : " found where " + expected.asString() + " was expected"));
  }

  private static String name(@Nullable JsonToken token) {
    if (token == null) {
      return "End of input";
    }
    return switch (token) {
      case VALUE_STRING -> "STRING_VALUE";
      case VALUE_NUMBER_INT -> "NUMBER_VALUE";
      case VALUE_NUMBER_FLOAT -> "DECIMAL_VALUE";
      case VALUE_TRUE -> "TRUE_VALUE";
      case VALUE_FALSE -> "FALSE_VALUE";
      case VALUE_NULL -> "NULL_VALUE";
      default -> token.name();
    };
  }
}
