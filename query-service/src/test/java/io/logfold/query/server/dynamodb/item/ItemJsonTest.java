package io.logfold.query.server.dynamodb.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ItemJsonTest {
  private static final long SEED = 8259;
  private static final String INVALID = "One or more parameter values were invalid: ";

  @Test
  void anItemIsReadBack() {
    RandomItems random = new RandomItems(SEED);
    for (int i = 0; i < 3_000; i++) {
      Item item = random.item();

      assertThat(SdkValues.item(SdkValues.json(item))).as("seed %d", SEED).isEqualTo(item);
    }
  }

  @Test
  void namesAndMembersOfSetsAreWrittenInTheirOrder() {
    Item item = SdkValues.item("""
        {"z": {"NS": ["10", "9", "-1"]}, "a": {"SS": ["\uD83D\uDE00", "\uFFFD", "b"]}}
        """);

    assertThat(SdkValues.json(item))
        .isEqualTo("{\"a\":{\"SS\":[\"b\",\"\uFFFD\",\"\uD83D\uDE00\"]},\"z\":{\"NS\":[\"-1\",\"9\",\"10\"]}}");
  }

  static Stream<Arguments> invalid() {
    return Stream.of(
        Arguments.of("{}", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        Arguments.of("{\"X\": {\"a\": [1]}}",
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        Arguments.of("{\"S\": null}",
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        Arguments.of("{\"L\": [{}]}",
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        Arguments.of("null", "The supplied Item contains a null AttributeValue: a is null"),
        Arguments.of("{\"N\": \"1\", \"S\": \"x\"}", "Supplied AttributeValue has more than one datatypes set, must"
            + " contain exactly one of the supported datatypes"),
        Arguments.of("{\"N\": \"abc\"}", "A value provided cannot be converted into a number"),
        Arguments.of("{\"NS\": [\"1\", \"\"]}", "A value provided cannot be converted into a number"),
        Arguments.of("{\"NULL\": false}", INVALID + "Null attribute value types must have the value of true"),
        Arguments.of("{\"SS\": []}", INVALID + "An string set  may not be empty"),
        Arguments.of("{\"NS\": []}", INVALID + "An number set  may not be empty"),
        Arguments.of("{\"BS\": []}", INVALID + "Binary sets should not be empty"),
        Arguments.of("{\"SS\": [\"a\", \"b\", \"a\"]}", INVALID + "Input collection [a, b, a] contains duplicates"),
        Arguments.of("{\"NS\": [\"1\", \"1.0\"]}", "Input collection contains duplicates"),
        Arguments.of("{\"BS\": [\"AQ==\", \"AQ==\"]}", INVALID + "Input collection of type BS contains duplicates."),
        Arguments.of("{\"SS\": [null]}", INVALID + "An string set may not have a null string as a member"),
        Arguments.of("{\"M\": {\"\": {\"S\": \"x\"}}}", "Empty attribute name"));
  }

  @ParameterizedTest
  @MethodSource
  void invalid(String value, String message) {
    Supplied<Item> supplied = SdkValues.supplied("{\"a\": " + value + ", \"b\": {\"S\": \"read on\"}}");

    assertThatThrownBy(supplied::get).isInstanceOf(ValidationException.class).hasMessage(message);
    assertThatThrownBy(() -> supplied.get("before: ", " behind")).hasMessage("before: " + message + " behind");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "{'S': 5}|NUMBER_VALUE cannot be converted to String", "{'N': 1}|NUMBER_VALUE cannot be converted to String",
    "{'BOOL': 'true'}|STRING_VALUE cannot be converted to Boolean",
    "{'S': ['a']}|Start of list found where not expected",
    "{'S': {}}|Start of structure or map found where not expected", "{'B': 'A'}|A value of type B or BS is not base64",
    "{'S': '\\ud800'}|A string has half of a code point"
  }, quoteCharacter = '"')
  void jsonOfAnotherShapeIsRefusedAtOnce(String value, String message) {
    assertThatThrownBy(() -> SdkValues.supplied("{\"a\": " + value.replace('\'', '"') + "}"))
        .isInstanceOf(SerializationException.class).hasMessage(message);
  }
}
