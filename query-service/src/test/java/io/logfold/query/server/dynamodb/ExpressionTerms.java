package io.logfold.query.server.dynamodb;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names and values that an expression uses: mostly all of them, at times one too few or too many. */
final class ExpressionTerms {
  private static final Pattern TERM = Pattern.compile("[:#][a-zA-Z0-9_]+");
  private static final Map<String, String> TYPES = Map.ofEntries(Map.entry(":n", "N"), Map.entry(":s", "S"),
      Map.entry(":h", "S"), Map.entry(":b", "B"), Map.entry(":t", "BOOL"), Map.entry(":nu", "NULL"), Map.entry(":m", "M"),
      Map.entry(":l", "L"), Map.entry(":ss", "SS"), Map.entry(":ns", "NS"), Map.entry(":bs", "BS"));
  private static final Map<String, String> NUMBERS = Map.of(":one", "1", ":z", "0", ":neg", "-3",
      ":big", "9.9999999999999999999999999999999999999E+125", ":tiny", "1e-130");
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Random random;
  private final RandomValues values;

  ExpressionTerms(Random random, RandomValues values) {
    this.random = random;
    this.values = values;
  }

  void addTo(ObjectNode request, String text) {
    Matcher matcher = TERM.matcher(text);
    while (matcher.find()) {
      String term = matcher.group();
      if (term.endsWith("undefined") || values.oneIn(150)) {
        continue;
      }
      if (term.startsWith("#")) {
        request.withObject("/ExpressionAttributeNames").put(term, term.substring(1));
      } else if (!request.path("ExpressionAttributeValues").has(term)) {
        request.withObject("/ExpressionAttributeValues").set(term, value(term));
      }
    }
    if (values.oneIn(60)) {
      request.withObject("/ExpressionAttributeNames").put(values.any(List.of("#unused", "#n", "bad", "#", "#a.b")), "n");
    }
    if (values.oneIn(60)) {
      request.withObject("/ExpressionAttributeValues")
          .set(values.any(List.of(":unused", ":n", "bad", ":", ":a.b")), values.anyValue());
    }
    if (values.oneIn(80)) {
      request.putObject(random.nextBoolean() ? "ExpressionAttributeNames" : "ExpressionAttributeValues");
    }
  }

  private ObjectNode value(String term) {
    if (values.oneIn(40)) {
      return values.anyValue();
    }
    if (NUMBERS.containsKey(term)) {
      return JSON.objectNode().put("N", NUMBERS.get(term));
    }
    return switch (term) {
      case ":e" -> JSON.objectNode().put("S", "");
      case ":T" -> JSON.objectNode().put("S", values.any(List.of("S", "N", "M", "SS", "NULL", "X")));
      default -> values.value(TYPES.getOrDefault(term, "S"), 1);
    };
  }
}
