package io.logfold.query.server.dynamodb.operation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.ItemJson;
import io.logfold.query.server.dynamodb.item.Supplied;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The members of a structure in a request. JSON of another shape is refused with SerializationException, members that are
 * not known are passed over, and null is as good as absent.
 */
public record Params(JsonNode node) {
  public Params {
    if (!node.isObject()) {
      throw DynamoFailure.serialization(shape(node));
    }
  }

  private static String shape(JsonNode node) {
    return node.isArray() ? "Start of list found where not expected"
        : node.isObject() ? "Start of structure or map found where not expected"
        : "Unexpected field type";
  }

  private Optional<JsonNode> member(String name) {
    JsonNode member = node.get(name);
    return member == null || member.isNull() ? Optional.empty() : Optional.of(member);
  }

  boolean has(String name) {
    return member(name).isPresent();
  }

  Optional<String> string(String name) {
    return member(name).map(member -> {
      if (!member.isTextual()) {
        throw member.isContainerNode() ? DynamoFailure.serialization(shape(member))
            : DynamoFailure.serialization(kind(member) + " cannot be converted to String");
      }
      return member.textValue();
    });
  }

  String required(String name) {
    return string(name).orElseThrow(() -> missing(name));
  }

  static DynamoFailure missing(String name) {
    if (name.isEmpty()) {
      return DynamoFailure.validation("1 validation error detected: Value null at '' failed to satisfy constraint: Member must"
          + " not be null");
    }
    return DynamoFailure.validation("1 validation error detected: Value null at '" + Character.toLowerCase(name.charAt(0))
        + name.substring(1) + "' failed to satisfy constraint: Member must not be null");
  }

  /** Of 32 bits, as DynamoDB's integers are; what stands behind a point is not looked at. */
  Optional<Long> integer(String name) {
    return number(name, "Integer", JsonNode::canConvertToInt);
  }

  Optional<Long> longInteger(String name) {
    return number(name, "Long", JsonNode::canConvertToLong);
  }

  private Optional<Long> number(String name, String type, Predicate<JsonNode> fits) {
    return member(name).map(member -> {
      if (!member.isNumber()) {
        throw member.isContainerNode() ? DynamoFailure.serialization(shape(member))
            : DynamoFailure.serialization(kind(member) + " cannot be converted to " + type);
      }
      if (!fits.test(member)) {
        throw DynamoFailure.serialization("a number at '" + name + "' is larger than one of type " + type + " can be");
      }
      return member.longValue();
    });
  }

  boolean bool(String name, boolean otherwise) {
    return member(name).map(member -> {
      if (!member.isBoolean()) {
        throw member.isContainerNode() ? DynamoFailure.serialization(shape(member))
            : DynamoFailure.serialization(kind(member) + " cannot be converted to Boolean");
      }
      return member.booleanValue();
    }).orElse(otherwise);
  }

  /** One of these words, else the first of them. */
  String oneOf(String name, List<String> words) {
    Optional<String> given = string(name);
    if (given.isPresent() && !words.contains(given.get())) {
      throw DynamoFailure.validation("1 validation error detected: Value '" + given.get() + "' at '"
          + Character.toLowerCase(name.charAt(0)) + name.substring(1)
          + "' failed to satisfy constraint: Member must satisfy enum value set: " + words);
    }
    return given.orElse(words.getFirst());
  }

  Optional<Params> structure(String name) {
    return member(name).map(Params::new);
  }

  /** The elements of a list of structures; absent is as good as empty. */
  List<Params> structures(String name) {
    List<Params> all = new ArrayList<>();
    elements(name).forEach(element -> all.add(new Params(present(name, element))));
    return all;
  }

  List<String> strings(String name) {
    List<String> all = new ArrayList<>();
    for (JsonNode element : elements(name)) {
      if (!element.isTextual()) {
        throw DynamoFailure.serialization(kind(element) + " cannot be converted to String");
      }
      all.add(element.textValue());
    }
    return all;
  }

  private static JsonNode present(String name, JsonNode member) {
    if (member.isNull()) {
      throw missing(name);
    }
    return member;
  }

  private Iterable<JsonNode> elements(String name) {
    Optional<JsonNode> member = member(name);
    if (member.isEmpty()) {
      return List.of();
    }
    if (!member.get().isArray()) {
      throw DynamoFailure.serialization(shape(member.get()));
    }
    return member.get();
  }

  /** A map of structures, in the order of the request. */
  Map<String, Params> structuresByName(String name) {
    Map<String, Params> all = new LinkedHashMap<>();
    structure(name).ifPresent(map -> map.node().properties().forEach(each -> 
        all.put(each.getKey(), new Params(present(name, each.getValue())))));
    return all;
  }

  Optional<Map<String, String>> texts(String name) {
    return structure(name).map(map -> {
      Map<String, String> all = new LinkedHashMap<>();
      map.node().properties().forEach(each -> all.put(each.getKey(), map.required(each.getKey())));
      return all;
    });
  }

  /** An item, or a key; what is wrong with it is told by who asks for it. */
  Optional<Supplied<Item>> item(String name) {
    return member(name).map(member -> read(member, ItemJson::readItem));
  }

  Item requiredItem(String name) {
    return item(name).orElseThrow(() -> missing(name)).get();
  }

  /** The elements of a list of items, or of keys. */
  List<Item> items(String name) {
    List<Item> all = new ArrayList<>();
    for (JsonNode element : elements(name)) {
      all.add(read(present(name, element), ItemJson::readItem).get());
    }
    return all;
  }

  Optional<Map<String, Supplied<AttributeValue>>> values(String name) {
    return member(name).map(member -> read(member, ItemJson::readValues));
  }

  private interface Reader<T> {
    T read(JsonParser json) throws IOException;
  }

  private static <T> T read(JsonNode node, Reader<T> reader) {
    try (JsonParser json = node.traverse()) {
      json.nextToken();
      return reader.read(json);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case STRING -> "STRING_VALUE";
      case NUMBER -> node.isIntegralNumber() ? "NUMBER_VALUE" : "DECIMAL_VALUE";
      case BOOLEAN -> node.booleanValue() ? "TRUE_VALUE" : "FALSE_VALUE";
      default -> "NULL_VALUE";
    };
  }
}
