package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.query.server.dynamodb.TestTable.Key;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Attribute values, keys and items in JSON: of few keys, so that requests meet, and now and then wrong. */
final class RandomValues {
  private static final List<String> STRINGS =
      List.of("a", "b", "ab", "abc", "\u00fc", "a\u0000", "\u0000", "\ud83d\ude00", "\uffee", "he", "Z");
  private static final List<String> NUMBERS =
      List.of("0", "1", "2", "-1", "1.5", "10", "1e1", "-0.001", "1E125", "-1e-130", "12.50", "5");
  private static final List<String> BYTES = List.of("AA==", "/w==", "AP8=", "YQ==", "YWI=", "//8=", "AAA=");
  private static final List<String> ODD_NUMBERS = List.of("-0", "0.0", "+7", ".5", "5.", "1e-130", "00012", "0e999",
      "9.9999999999999999999999999999999999999E+125", "12345678901234567890123456789012345678",
      "0.00000000000000000000000000000000000001");
  private static final List<String> BAD_NUMBERS = List.of("123456789012345678901234567890123456789", "1e126", "1e-131", "", "x",
      "0x10", "1_000", " 1", "NaN", "Infinity", "1e");
  private static final List<String> BAD_BYTES = List.of("YQ", "YQ=", "!!!!", "_-8=");
  private static final List<String> TYPES = List.of("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS");

  /** Attributes by the type that they mostly are of. */
  static final Map<String, String> ATTRIBUTES = Map.ofEntries(Map.entry("n", "N"), Map.entry("s", "S"), Map.entry("b", "B"),
      Map.entry("bo", "BOOL"), Map.entry("nu", "NULL"), Map.entry("m", "M"), Map.entry("l", "L"), Map.entry("ss", "SS"),
      Map.entry("ns", "NS"), Map.entry("bs", "BS"), Map.entry("a", "N"), Map.entry("zz", "M"), Map.entry("data", "S"),
      Map.entry("ItemValue", "B"));

  private static final List<String> NAMES = ATTRIBUTES.keySet().stream().sorted().toList();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Random random;

  RandomValues(Random random) {
    this.random = random;
  }

  <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  /** {@code {"S": "text"}}. */
  ObjectNode value(String type, int depth) {
    ObjectNode value = JSON.objectNode();
    switch (type) {
      case "S" -> value.put("S", string());
      case "N" -> value.put("N", number());
      case "B" -> value.put("B", bytes());
      case "BOOL" -> value.put("BOOL", random.nextBoolean());
      case "NULL" -> value.put("NULL", !oneIn(150));
      case "SS" -> strings(value.putArray("SS"), type);
      case "NS" -> strings(value.putArray("NS"), type);
      case "BS" -> strings(value.putArray("BS"), type);
      case "L" -> {
        ArrayNode list = value.putArray("L");
        for (int i = random.nextInt(4); i > 0; i--) {
          list.add(value(anyType(depth), depth - 1));
        }
      }
      default -> {
        ObjectNode map = value.putObject("M");
        for (String name : List.of("x", "y", "l")) {
          if (!oneIn(3)) {
            map.set(name, value(name.equals("x") ? "N" : depth > 0 ? name.equals("y") ? "M" : "L" : "S", depth - 1));
          }
        }
        if (oneIn(3)) {
          map.set(any(STRINGS), value("S", 0));
        }
      }
    }
    return value;
  }

  private String anyType(int depth) {
    String type = any(TYPES);
    return depth > 0 || !type.equals("M") && !type.equals("L") ? type : "S";
  }

  ObjectNode anyValue() {
    return value(anyType(2), 2);
  }

  private String string() {
    return oneIn(15) ? "" : oneIn(60) ? "x".repeat(1 + random.nextInt(9_000)) : any(STRINGS);
  }

  private String number() {
    return oneIn(200) ? any(BAD_NUMBERS) : oneIn(8) ? any(ODD_NUMBERS) : any(NUMBERS);
  }

  private String bytes() {
    return oneIn(200) ? any(BAD_BYTES) : oneIn(15) ? "" : any(BYTES);
  }

  private void strings(ArrayNode set, String type) {
    for (int i = oneIn(150) ? 0 : 1 + random.nextInt(3); i > 0; i--) {
      String member = switch (type) {
        case "SS" -> string();
        case "NS" -> number();
        default -> bytes();
      };
      boolean there = false;
      for (int j = 0; j < set.size(); j++) {
        there |= set.get(j).asText().equals(member);
      }
      if (!there || oneIn(60)) {
        set.add(member);
      }
    }
  }

  /** Of a key's attribute, of its type. */
  ObjectNode keyValue(Key key) {
    List<String> of = switch (key.type()) {
      case "S" -> STRINGS;
      case "N" -> NUMBERS;
      default -> BYTES;
    };
    // The first ones more often than the others.
    return JSON.objectNode().put(key.type(), of.get(random.nextInt(1 + random.nextInt(of.size()))));
  }

  ObjectNode key(TestTable table) {
    ObjectNode key = JSON.objectNode();
    table.key().forEach(part -> key.set(part.name(), keyValue(part)));
    return oneIn(25) ? wrongKey(table, key) : key;
  }

  private ObjectNode wrongKey(TestTable table, ObjectNode key) {
    Key part = any(table.key());
    switch (random.nextInt(6)) {
      case 0 -> key.remove(part.name());
      case 1 -> key.set("more", value("S", 0));
      case 2 -> key.set(part.name(), anyValue());
      case 3 -> key.set(part.name(), JSON.objectNode().put(part.type(), ""));
      case 4 -> key.putNull(part.name());
      default -> {
        key.remove(part.name());
        key.set("other", value(part.type(), 0));
      }
    }
    return key;
  }

  ObjectNode item(TestTable table) {
    ObjectNode item = key(table);
    for (String name : NAMES) {
      if (name.equals("ItemValue") == table.name().equals("zz-lakefs") && !oneIn(3)) {
        item.set(name, attribute(name));
      }
    }
    if (table.name().equals("zz-lakefs") && oneIn(3)) {
      item.set("s", value("S", 0));
    }
    if (oneIn(15)) {
      item.set(oneIn(6) ? "" : string(), anyValue());
    }
    return item;
  }

  /** As it mostly is, at times of another type. */
  ObjectNode attribute(String name) {
    return oneIn(8) ? anyValue() : value(ATTRIBUTES.getOrDefault(name, "S"), 2);
  }
}
