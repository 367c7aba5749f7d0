package io.logfold.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * A commit as JSON, in the form of the REST interface's body, so that one file serves both:
 * <pre>{@code
 * {"predicates": [{"absent": {"keyText": "a"}}, {"exists": {"keyText": "b"}},
 *                 {"valueEquals": {"keyText": "c", "valueText": "v"}},
 *                 {"revisionIs": {"keyText": "d", "revision": 7}}],
 *  "mutations":  [{"put": {"keyText": "a", "value": "AAEC"}}, {"delete": {"key": "Yg"}}]}
 * }</pre>
 * {@code key} is base64url, {@code value} base64, {@code keyText} and {@code valueText} are text. Unknown fields are
 * refused.
 */
record OpsFile(List<Predicate> predicates, List<Mutation> mutations) {
  private static final ObjectMapper MAPPER = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  static OpsFile parse(Bytes text) {
    JsonNode root;
    try {
      root = MAPPER.readTree(text.unsafeArray());
    } catch (JsonProcessingException e) {
      throw refused("the file must be JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw refused("the file must be JSON: " + e.getMessage());
    }
    checkFields(root, "the file", Set.of("predicates", "mutations"));
    List<Predicate> predicates = new ArrayList<>();
    int i = 0;
    for (JsonNode node : list(root, "predicates")) {
      predicates.add(predicate(node, "predicates[" + i++ + "]"));
    }
    List<Mutation> mutations = new ArrayList<>();
    i = 0;
    for (JsonNode node : list(root, "mutations")) {
      mutations.add(mutation(node, "mutations[" + i++ + "]"));
    }
    return new OpsFile(List.copyOf(predicates), List.copyOf(mutations));
  }

  private static Predicate predicate(JsonNode node, String place) {
    String kind = onlyField(node, place, "absent, exists, valueEquals or revisionIs");
    JsonNode inner = node.get(kind);
    String inside = place + "." + kind;
    return switch (kind) {
      case "absent" -> new Predicate.Absent(bytes(inner, inside, "key", Set.of()));
      case "exists" -> new Predicate.Exists(bytes(inner, inside, "key", Set.of()));
      case "valueEquals" -> new Predicate.ValueEquals(bytes(inner, inside, "key", Set.of("value", "valueText")),
          bytes(inner, inside, "value", Set.of("key", "keyText")));
      case "revisionIs" -> {
        Bytes key = bytes(inner, inside, "key", Set.of("revision"));
        if (!inner.path("revision").canConvertToLong()) {
          throw refused(inside + ".revision must be a number, 1 or more");
        }
        yield new Predicate.RevisionIs(key, inner.path("revision").longValue());
      }
      default -> throw refused(place + " must be absent, exists, valueEquals or revisionIs, got '" + kind + "'");
    };
  }

  private static Mutation mutation(JsonNode node, String place) {
    String kind = onlyField(node, place, "put or delete");
    JsonNode inner = node.get(kind);
    String inside = place + "." + kind;
    return switch (kind) {
      case "put" -> new Mutation.Put(bytes(inner, inside, "key", Set.of("value", "valueText")),
          bytes(inner, inside, "value", Set.of("key", "keyText")));
      case "delete" -> new Mutation.Delete(bytes(inner, inside, "key", Set.of()));
      default -> throw refused(place + " must be put or delete, got '" + kind + "'");
    };
  }

  private static Bytes bytes(JsonNode node, String place, String field, Set<String> others) {
    String asText = field + "Text";
    Set<String> known = new java.util.HashSet<>(others);
    known.addAll(Set.of(field, asText));
    checkFields(node, place, known);
    if (node.has(field) == node.has(asText)) {
      throw refused(place + " needs either " + field + " (base64) or " + asText + ", got "
          + (node.has(field) ? "both" : "neither"));
    }
    JsonNode given = node.has(field) ? node.get(field) : node.get(asText);
    if (!given.isTextual()) {
      throw refused(place + "." + (node.has(field) ? field : asText) + " must be a string, got " + given);
    }
    return node.has(field) ? Encoding.BASE64.read(given.textValue()) : Bytes.utf8(given.textValue());
  }

  private static JsonNode list(JsonNode root, String field) {
    JsonNode node = root.path(field);
    if (!node.isMissingNode() && !node.isArray()) {
      throw refused(field + " must be an array, got " + node);
    }
    return node;
  }

  private static String onlyField(JsonNode node, String place, String kinds) {
    if (!node.isObject() || node.size() != 1) {
      throw refused(place + " must be an object with one field, " + kinds + "; got " + node);
    }
    return node.fieldNames().next();
  }

  private static void checkFields(JsonNode node, String place, Set<String> known) {
    if (!node.isObject()) {
      throw refused(place + " must be an object, got " + (node.isMissingNode() ? "nothing" : node));
    }
    for (Iterator<String> names = node.fieldNames(); names.hasNext();) {
      String name = names.next();
      if (!known.contains(name)) {
        throw refused(place + " has no field '" + name + "', only " + String.join(", ",
            known.stream().sorted().toList()));
      }
    }
  }

  private static StoreException refused(String message) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
