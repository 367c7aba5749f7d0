package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.SdkValues;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An item, values and a table of expressions over them; a {@code #name} means the attribute of that name. */
final class ExpressionCases {
  static final KeySchema KEYS = KeySchema.of("pk", AttributeType.S, "sk", AttributeType.N);

  static final Item ITEM = SdkValues.item("""
      {"pk": {"S": "a"}, "sk": {"N": "1"}, "n": {"N": "5"}, "s": {"S": "hello"}, "b": {"B": "AQID"},
       "bo": {"BOOL": true}, "nu": {"NULL": true},
       "m": {"M": {"x": {"N": "1"}, "y": {"M": {"z": {"S": "deep"}}}, "l": {"L": [{"N": "1"}, {"N": "2"}]}}},
       "l": {"L": [{"S": "zero"}, {"N": "1"}, {"L": [{"S": "in"}]}, {"M": {"k": {"S": "v"}}}]},
       "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2", "3"]}, "bs": {"BS": ["AQ==", "Ag=="]}}
      """);

  private static final Map<String, AttributeValue> VALUES = SdkValues.item("""
      {":n": {"N": "5"}, ":s": {"S": "hello"}, ":h": {"S": "he"}, ":b": {"B": "AQID"}, ":t": {"BOOL": true},
       ":nu": {"NULL": true}, ":m": {"M": {"x": {"N": "1"}}}, ":l": {"L": [{"N": "9"}]}, ":ss": {"SS": ["b", "c"]},
       ":ns": {"NS": ["2", "4"]}, ":bs": {"BS": ["Ag=="]}, ":e": {"S": ""}, ":one": {"N": "1"}, ":z": {"N": "0"},
       ":neg": {"N": "-3"}, ":T": {"S": "S"}, ":N": {"S": "N"}, ":NU": {"S": "NULL"}, ":bad": {"S": "XX"},
       ":big": {"N": "9.9999999999999999999999999999999999999E+125"}, ":tiny": {"N": "1e-130"}, ":pk": {"S": "a"}}
      """).attributes();

  private static final Pattern NAME = Pattern.compile("#[a-zA-Z0-9_]+");
  private static final Pattern VALUE = Pattern.compile(":[a-zA-Z0-9_]+");

  private ExpressionCases() {}

  /** Of one kind, by its letter in the file. */
  static List<String> ofKind(char letter) {
    try (InputStream in = Objects.requireNonNull(ExpressionCases.class.getResourceAsStream("expressions.txt"));
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return lines.lines().filter(line -> line.charAt(0) == letter)
          .map(line -> line.length() < 2 ? "" : line.substring(2).translateEscapes()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Those that the texts use, but {@code #undefined}. */
  static Map<String, String> names(String... texts) {
    Map<String, String> names = new HashMap<>();
    for (String text : texts) {
      Matcher matcher = NAME.matcher(text);
      while (matcher.find()) {
        if (!matcher.group().equals("#undefined")) {
          names.put(matcher.group(), matcher.group().substring(1));
        }
      }
    }
    return names;
  }

  /** Those that the texts use and that there are. */
  static Map<String, AttributeValue> values(String... texts) {
    Map<String, AttributeValue> values = new HashMap<>();
    for (String text : texts) {
      Matcher matcher = VALUE.matcher(text);
      while (matcher.find()) {
        AttributeValue value = VALUES.get(matcher.group());
        if (value != null) {
          values.put(matcher.group(), value);
        }
      }
    }
    return values;
  }
}
