package io.logfold.query.server.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * The bodies of commits and batch gets. Wherever a key is expected it is {@code key} (base64url) or {@code keyText};
 * wherever a value is, {@code value} (base64) or {@code valueText}. Refusals name the place: {@code mutations[3].put.key}.
 */
final class JsonBodies {

  /** What a commit's body says. */
  record Commit(List<Predicate> predicates, List<Mutation> mutations) {}

  private JsonBodies() {}

  static Commit commit(byte[] body) {
    JsonNode root = object(body);
    checkFields(root, "the body", Set.of("predicates", "mutations"));
    List<Predicate> predicates = new ArrayList<>();
    JsonNode given = array(root, "predicates");
    for (int i = 0; i < given.size(); i++) {
      predicates.add(predicate(given.get(i), "predicates[" + i + "]"));
    }
    List<Mutation> mutations = new ArrayList<>();
    given = array(root, "mutations");
    for (int i = 0; i < given.size(); i++) {
      mutations.add(mutation(given.get(i), "mutations[" + i + "]"));
    }
    return new Commit(predicates, mutations);
  }

  static List<Bytes> keys(byte[] body) {
    JsonNode root = object(body);
    checkFields(root, "the body", Set.of("keys"));
    JsonNode given = array(root, "keys");
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      String place = "keys[" + i + "]";
      checkFields(given.get(i), place, Set.of("key", "keyText"));
      keys.add(key(given.get(i), place));
    }
    return keys;
  }

  private static Mutation mutation(JsonNode node, String place) {
    String kind = onlyField(node, place, "put or delete");
    JsonNode inner = node.get(kind);
    String inside = place + "." + kind;
    return switch (kind) {
      case "put" -> {
        checkFields(inner, inside, Set.of("key", "keyText", "value", "valueText"));
        yield new Mutation.Put(key(inner, inside), value(inner, inside));
      }
      case "delete" -> {
        checkFields(inner, inside, Set.of("key", "keyText"));
        yield new Mutation.Delete(key(inner, inside));
      }
      default -> throw wrong(place, "put or delete", "'" + kind + "'");
    };
  }

  private static Predicate predicate(JsonNode node, String place) {
    String kinds = "absent, exists, valueEquals or revisionIs";
    String kind = onlyField(node, place, kinds);
    JsonNode inner = node.get(kind);
    String inside = place + "." + kind;
    return switch (kind) {
      case "absent", "exists" -> {
        checkFields(inner, inside, Set.of("key", "keyText"));
        Bytes key = key(inner, inside);
        yield kind.equals("absent") ? new Predicate.Absent(key) : new Predicate.Exists(key);
      }
      case "valueEquals" -> {
        checkFields(inner, inside, Set.of("key", "keyText", "value", "valueText"));
        yield new Predicate.ValueEquals(key(inner, inside), value(inner, inside));
      }
      case "revisionIs" -> {
        checkFields(inner, inside, Set.of("key", "keyText", "revision"));
        JsonNode revision = inner.path("revision");
        if (!revision.isIntegralNumber() || !revision.canConvertToLong()) {
          throw wrong(inside + ".revision", "a revision, 1 or more", given(revision));
        }
        yield new Predicate.RevisionIs(key(inner, inside), revision.longValue());
      }
      default -> throw wrong(place, kinds, "'" + kind + "'");
    };
  }

  private static Bytes key(JsonNode node, String place) {
    if (node.has("key") == node.has("keyText")) {
      throw new StoreException(node.has("key") ? ErrorCode.INVALID_ARGUMENT : ErrorCode.MISSING_KEY,
          place + " needs either key (base64url) or keyText, got " + (node.has("key") ? "both" : "neither"));
    }
    return node.has("keyText")
        ? Bytes.utf8(text(node, place, "keyText"))
        : RequestTarget.base64url(place + ".key", text(node, place, "key"));
  }

  private static Bytes value(JsonNode node, String place) {
    if (node.has("value") == node.has("valueText")) {
      throw new StoreException(node.has("value") ? ErrorCode.INVALID_ARGUMENT : ErrorCode.MISSING_VALUE,
          place + " needs either value (base64) or valueText, got " + (node.has("value") ? "both" : "neither"));
    }
    if (node.has("valueText")) {
      return Bytes.utf8(text(node, place, "valueText"));
    }
    String text = text(node, place, "value");
    try {
      return Bytes.wrap(Base64.getDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (IllegalArgumentException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, place + ".value must be base64 (A-Z a-z 0-9 + /), got '"
          + RequestTarget.shortened(text) + "'", e);
    }
  }

  private static String text(JsonNode node, String place, String field) {
    JsonNode value = node.path(field);
    if (!value.isTextual()) {
      throw wrong(place + "." + field, "a string", given(value));
    }
    return value.textValue();
  }

  private static JsonNode object(byte[] body) {
    JsonNode root;
    try {
      root = Json.MAPPER.readTree(body);
    } catch (JsonProcessingException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the body must be JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the body must be JSON in UTF-8", e);
    }
    if (!root.isObject()) {
      throw wrong("the body", "a JSON object", body.length == 0 ? "nothing" : given(root));
    }
    return root;
  }

  private static JsonNode array(JsonNode root, String field) {
    JsonNode node = root.path(field);
    if (node.isMissingNode()) {
      return Json.MAPPER.createArrayNode();
    }
    if (!node.isArray()) {
      throw wrong(field, "an array", given(node));
    }
    return node;
  }

  private static String onlyField(JsonNode node, String place, String kinds) {
    if (!node.isObject() || node.size() != 1) {
      throw wrong(place, "an object with one field, " + kinds, given(node));
    }
    return node.fieldNames().next();
  }

  private static void checkFields(JsonNode node, String place, Set<String> known) {
    if (!node.isObject()) {
      throw wrong(place, "an object", given(node));
    }
    for (Iterator<String> names = node.fieldNames(); names.hasNext();) {
      String name = names.next();
      if (!known.contains(name)) {
        throw wrong(place, "made of " + String.join(", ", known.stream().sorted().toList()), "'" + name + "'");
      }
    }
  }

  private static String given(JsonNode node) {
    return node.isMissingNode() ? "nothing" : RequestTarget.shortened(node.toString());
  }

  private static StoreException wrong(String place, String expected, String given) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, place + " must be " + expected + "; got " + given);
  }
}
