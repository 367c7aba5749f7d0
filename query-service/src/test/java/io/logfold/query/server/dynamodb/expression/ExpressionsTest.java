package io.logfold.query.server.dynamodb.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.SdkValues;
import io.logfold.query.server.dynamodb.item.Supplied;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A catalogue like those with which DynamoDB's documentation explains expressions. */
class ExpressionsTest {
  private static final Item BIKE = SdkValues.item("""
      {"Id": {"N": "789"}, "Category": {"S": "Bicycle"}, "Colour": {"SS": ["Red", "Black"]}, "Price": {"N": "500"},
       "Stock": {"N": "15"}, "Brand": {"S": "Wheelwright"},
       "Related": {"L": [{"N": "341"}, {"N": "472"}, {"N": "649"}]},
       "Pictures": {"M": {"Front": {"S": "f.jpg"}, "Side": {"S": "s.jpg"}}},
       "Reviews": {"M": {"Five": {"L": [{"S": "Best ever"}, {"S": "Fast"}]}, "One": {"L": [{"S": "Fell apart"}]}}}}
      """);
  private static final KeySchema KEYS = KeySchema.of("Id", AttributeType.N);
  private static final KeySchema HASH_AND_RANGE =
      KeySchema.of("Forum", AttributeType.S, "PostedOn", AttributeType.S);

  private static Expressions expressions(String values) {
    return expressions(Map.of(), values);
  }

  private static Expressions expressions(Map<String, String> names, String values) {
    Map<String, Supplied<AttributeValue>> supplied = new LinkedHashMap<>();
    SdkValues.item(values).attributes().forEach((name, value) -> supplied.put(name, Supplied.good(value)));
    return new Expressions(names.isEmpty() ? Optional.empty() : Optional.of(names),
        supplied.isEmpty() ? Optional.empty() : Optional.of(supplied));
  }

  private static void assertInvalid(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(ValidationException.class).hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "attribute_exists(Pictures.Side)", "attribute_not_exists(Pictures.Rear)", "attribute_type(Colour, :SS)",
    "begins_with(Pictures.Front, :f)", "contains(Colour, :red)", "contains(Reviews.Five, :best)", "size(Related) = :3",
    "Price BETWEEN :low AND :high", "Category IN (:red, :bike) AND Price > :low", "NOT Price > :high",
    "Price > Stock", "Related[0] < Related[2]", "Pictures.Rear <> :red", "size(Brand) > size(Category)",
    "(Category = :red OR Price < :high) AND attribute_exists(Id)", "Category = :bike OR Category = :bike AND Id = :low"
  })
  void theseConditionsHoldForTheBicycle(String text) {
    Condition condition = expressions(VALUES).condition(text);

    condition.checkKeys(KEYS);

    assertThat(condition.matches(BIKE)).isTrue();
    assertThat(expressions(VALUES).filter("NOT (" + text + ")").matches(BIKE)).isFalse();
  }

  private static final String VALUES = """
      {":SS": {"S": "SS"}, ":f": {"S": "f."}, ":red": {"S": "Red"}, ":best": {"S": "Best ever"}, ":3": {"N": "3"},
       ":low": {"N": "400"}, ":high": {"N": "600.0"}, ":bike": {"S": "Bicycle"}}
      """;

  @Test
  void anItemThatIsNotThereHasNoAttributes() {
    assertThat(expressions("{}").condition("attribute_not_exists(Id)").matches(Optional.empty())).isTrue();
    assertThat(expressions("{}").condition("attribute_exists(Id)").matches(Optional.empty())).isFalse();
    assertThat(expressions(VALUES).condition("Price <> :low").matches(Optional.empty())).isTrue();
    assertThat(expressions(VALUES).condition("Price < :low").matches(Optional.empty())).isFalse();
  }

  @Test
  void aCounterThatIsIncrementedReturnsOnlyItself() {
    Item item = SdkValues.item("{\"info\": {\"M\": {\"rating\": {\"N\": \"5.5\"}, \"plot\": {\"S\": \"None.\"}}}}");

    Update.Outcome outcome = expressions("{\":v\": {\"N\": \"1\"}}").update("SET info.rating = info.rating + :v")
        .apply(item);

    assertThat(SdkValues.json(outcome.updatedNew())).isEqualTo("{\"info\":{\"M\":{\"rating\":{\"N\":\"6.5\"}}}}");
    assertThat(SdkValues.json(outcome.updatedOld())).isEqualTo("{\"info\":{\"M\":{\"rating\":{\"N\":\"5.5\"}}}}");
    assertThat(outcome.touched()).containsExactly("info");
    assertThat(SdkValues.json(outcome.item()))
        .isEqualTo("{\"info\":{\"M\":{\"plot\":{\"S\":\"None.\"},\"rating\":{\"N\":\"6.5\"}}}}");
  }

  @Test
  void allActionsSeeTheItemAsItWas() {
    Update update = expressions("""
        {":one": {"N": "1"}, ":new": {"S": "new"}, ":late": {"S": "late"}, ":colours": {"SS": ["Red", "Green"]}}
        """).update("REMOVE Related[0], Reviews.One, Brand SET Price = Stock, Stock = Price - :one, Related[1] = :new,"
        + " Related[9] = :late, Pictures.Rear = if_not_exists(Pictures.Rear, :new) ADD Sold :one"
        + " DELETE Colour :colours");

    update.checkKeys(KEYS);
    Update.Outcome outcome = update.apply(BIKE);

    Item expected = SdkValues.item("""
        {"Id": {"N": "789"}, "Category": {"S": "Bicycle"}, "Colour": {"SS": ["Black"]}, "Price": {"N": "15"},
         "Stock": {"N": "499"}, "Related": {"L": [{"S": "new"}, {"N": "649"}, {"S": "late"}]}, "Sold": {"N": "1"},
         "Pictures": {"M": {"Front": {"S": "f.jpg"}, "Side": {"S": "s.jpg"}, "Rear": {"S": "new"}}},
         "Reviews": {"M": {"Five": {"L": [{"S": "Best ever"}, {"S": "Fast"}]}}}}
        """);
    assertThat(outcome.item()).isEqualTo(expected);
    assertThat(outcome.updatedOld().attributes().keySet())
        .containsExactly("Brand", "Colour", "Price", "Related", "Reviews", "Stock");
    assertThat(outcome.updatedNew().attributes().keySet())
        .containsExactly("Colour", "Pictures", "Price", "Related", "Sold", "Stock");
  }

  @Test
  void anUpdateMakesAnItemOfAKey() {
    Item key = SdkValues.item("{\"Id\": {\"N\": \"1\"}}");

    Update.Outcome outcome = expressions(VALUES).update("SET Brand = :red ADD Sold :3 REMOVE Nothing").apply(key);

    assertThat(SdkValues.json(outcome.item()))
        .isEqualTo("{\"Brand\":{\"S\":\"Red\"},\"Id\":{\"N\":\"1\"},\"Sold\":{\"N\":\"3\"}}");
    assertThat(outcome.updatedOld().isEmpty()).isTrue();
  }

  @Test
  void anUpdateMayNotMakeAnItemTooLarge() {
    Update update = expressions("{\":x\": {\"S\": \"" + "x".repeat(1000) + "\"}}").update("SET b = :x");
    Item large = Item.EMPTY.with("a", AttributeValue.string("x".repeat(Item.MAX_BYTES - 1000)));

    assertInvalid(() -> update.apply(large), "Item size to update has exceeded the maximum allowed size");
  }

  @Test
  void theKeyIsNotUpdated() {
    Update update = expressions(VALUES).update("SET Price = :low, Id = :low");

    assertInvalid(() -> update.checkKeys(KEYS), "One or more parameter values were invalid: Cannot update attribute"
        + " Id. This attribute is part of the key");
  }

  @Test
  void aProjectionShowsPartsInTheirPlaces() {
    Projection projection = expressions(Map.of("#five", "Five"), "{}")
        .projection("Price, Reviews.#five[1], Related[2], Related[0], Pictures.Rear, Nothing[3]");

    assertThat(projection.of(BIKE)).isEqualTo(SdkValues.item("""
        {"Price": {"N": "500"}, "Reviews": {"M": {"Five": {"L": [{"S": "Fast"}]}}},
         "Related": {"L": [{"N": "341"}, {"N": "649"}]}}
        """));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "Forum = :f | Optional.empty", "Forum = :f AND PostedOn = :a | Equal", ":a < PostedOn AND :f = Forum | Greater",
    "Forum = :f AND PostedOn BETWEEN :a AND :b | Between", "(Forum = :f) AND begins_with(PostedOn, :a) | BeginsWith",
    "Forum = :f AND PostedOn <= :a | AtMost", "Forum = :f AND :a <= PostedOn | AtLeast",
    "Forum = :f AND PostedOn < :a | Less"
  })
  void aKeyConditionIsSplitIntoHashAndRange(String text, String range) {
    KeyCondition.Split split = expressions("""
        {":f": {"S": "forum"}, ":a": {"S": "2026-01"}, ":b": {"S": "2026-02"}}
        """).keyCondition(text).split(HASH_AND_RANGE);

    assertThat(split.hash()).isEqualTo(AttributeValue.string("forum"));
    assertThat(split.range().map(condition -> condition.getClass().getSimpleName()).orElse("Optional.empty"))
        .isEqualTo(range);
  }

  @Test
  void aTableWithoutRangeKeyHasNoConditionOnOne() {
    KeyCondition condition = expressions(VALUES).keyCondition("Id = :3 AND Price = :low");

    assertInvalid(() -> condition.split(KEYS), "Query condition missed key schema element");
  }

  @Test
  void namesAndValuesAreUsedByAnyExpressionOfARequest() {
    Expressions expressions = expressions(Map.of("#p", "Price", "#s", "Stock", "#t", "Type"), """
        {":a": {"N": "1"}, ":b": {"N": "2"}, ":c": {"N": "3"}, ":d": {"N": "4"}}
        """);
    expressions.update("SET #p = :a");
    expressions.condition("#s = :b");

    assertInvalid(expressions::checkAllUsed,
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#t}");
    expressions.projection("#t");
    assertInvalid(expressions::checkAllUsed,
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:c, :d}");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "n | x | ExpressionAttributeNames contains invalid key: Syntax error; key: \"n\"",
    "# | x | ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\"",
    "#a.b | x | ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a.b\"",
    "'' | x | ExpressionAttributeNames contains invalid key: The expression attribute map contains an empty key;",
    "#n | '' | ExpressionAttributeNames contains invalid value: Empty attribute name for key #n"
  })
  void namesAreJudgedInThemselves(String key, String name, String message) {
    assertInvalid(() -> new Expressions(Optional.of(Map.of(key, name)), Optional.empty()), message);
  }

  @Test
  void valuesAreJudgedInThemselvesBehindAllTheirKeys() {
    Map<String, Supplied<AttributeValue>> values = new LinkedHashMap<>();
    values.put(":n", Supplied.bad("A value provided cannot be converted into a number"));

    assertInvalid(() -> new Expressions(Optional.empty(), Optional.of(values)), "ExpressionAttributeValues contains"
        + " invalid value: A value provided cannot be converted into a number for key :n");
    values.put("b", Supplied.good(new AttributeValue.Null()));
    assertInvalid(() -> new Expressions(Optional.empty(), Optional.of(values)),
        "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\"");
    assertInvalid(() -> new Expressions(Optional.of(Map.of()), Optional.of(values)),
        "ExpressionAttributeNames must not be empty");
    assertInvalid(() -> new Expressions(Optional.empty(), Optional.of(Map.of())),
        "ExpressionAttributeValues must not be empty");
  }

  @Test
  void limitsAreThoseOfTheService() {
    String largest = "a".repeat(4096);
    String deep = "a" + ".b".repeat(32);
    String many = "attribute_exists(a)" + " OR attribute_exists(a)".repeat(150);

    assertThat(expressions("{}").projection(largest).of(BIKE).isEmpty()).isTrue();
    assertInvalid(() -> expressions("{}").projection(largest + "a"),
        "Invalid ProjectionExpression: Expression size has exceeded the maximum allowed size;");
    assertInvalid(() -> expressions("{}").condition(largest + "a"), "Invalid ConditionExpression: Expression size has"
        + " exceeded the maximum allowed size; expression size: 4097");
    assertInvalid(() -> expressions("{}").projection(deep), "Invalid ProjectionExpression: The document path has too"
        + " many nesting levels; nesting levels: 33");
    assertInvalid(() -> expressions("{}").filter(many), "Invalid FilterExpression: The expression contains too many"
        + " operators; operator count: 301");
    assertInvalid(() -> expressions(VALUES).condition("Id IN (:3" + ", :3".repeat(100) + ")"),
        "Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "NOT ", "NOT (", "size(", "a[", "a.", "a = :3 AND (", "((a) = (:3) OR "})
  void depthEndsInARefusalAndNotInTheEndOfTheStack(String piece) {
    String text = piece.repeat(4096 / piece.length());

    assertThatThrownBy(() -> expressions(VALUES).condition(text)).isInstanceOf(ValidationException.class)
        .hasMessageStartingWith("Invalid ConditionExpression: ");
  }
}
