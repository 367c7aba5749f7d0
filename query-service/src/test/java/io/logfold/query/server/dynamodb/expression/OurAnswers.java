package io.logfold.query.server.dynamodb.expression;

import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.SdkValues;
import io.logfold.query.server.dynamodb.item.Supplied;
import io.logfold.query.server.dynamodb.item.ValidationException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Those of this package, in the order in which an endpoint would ask. */
final class OurAnswers implements Answers {
  private static Expressions expressions(String... texts) {
    Map<String, String> names = ExpressionCases.names(texts);
    Map<String, Supplied<AttributeValue>> values = new HashMap<>();
    ExpressionCases.values(texts).forEach((name, value) -> values.put(name, Supplied.good(value)));
    return new Expressions(
        names.isEmpty() ? Optional.empty() : Optional.of(names),
        values.isEmpty() ? Optional.empty() : Optional.of(values));
  }

  private static String answer(Supplier<String> answer) {
    try {
      return answer.get();
    } catch (ValidationException e) {
      return e.text();
    }
  }

  @Override
  public String condition(Item item, String text) {
    return answer(() -> {
      Expressions expressions = expressions(text);
      Condition condition = expressions.condition(text);
      expressions.checkAllUsed();
      condition.checkKeys(ExpressionCases.KEYS);
      return Boolean.toString(condition.matches(item));
    });
  }

  @Override
  public String filter(Item item, String text) {
    return answer(() -> {
      Expressions expressions = expressions(text, FILTER_KEY_CONDITION);
      Condition filter = expressions.filter(text);
      KeyCondition.Split keys = expressions.keyCondition(FILTER_KEY_CONDITION).split(ExpressionCases.KEYS);
      expressions.checkAllUsed();
      filter.checkFilterOfQuery(ExpressionCases.KEYS);
      return Boolean.toString(keys.hash().equals(item.attributes().get("pk")) && filter.matches(item));
    });
  }

  @Override
  public String keyCondition(Item item, String text) {
    return answer(() -> {
      Expressions expressions = expressions(text);
      KeyCondition condition = expressions.keyCondition(text);
      expressions.checkAllUsed();
      KeyCondition.Split split = condition.split(ExpressionCases.KEYS);
      return Boolean.toString(split.hash().equals(item.attributes().get("pk"))
          && split.range().map(range -> matches(range, item.get("sk").orElseThrow())).orElse(true));
    });
  }

  private static Update.Outcome outcome(Item item, String text) {
    Expressions expressions = expressions(text);
    Update update = expressions.update(text);
    expressions.checkAllUsed();
    update.checkKeys(ExpressionCases.KEYS);
    return update.apply(item);
  }

  @Override
  public String update(Item item, String text) {
    return answer(() -> SdkValues.json(outcome(item, text).item()));
  }

  @Override
  public String updated(Item item, String text) {
    return answer(() -> {
      Update.Outcome outcome = outcome(item, text);
      return outcome.updatedOld().attributes().keySet() + " " + outcome.updatedNew().attributes().keySet();
    });
  }

  @Override
  public String projection(Item item, String text) {
    return answer(() -> {
      Expressions expressions = expressions(text);
      Projection projection = expressions.projection(text);
      expressions.checkAllUsed();
      projection.checkKeys(ExpressionCases.KEYS);
      return SdkValues.json(projection.of(item));
    });
  }

  /** Whether a range key's value is one that is asked for. */
  private static boolean matches(RangeCondition range, AttributeValue key) {
    return switch (range) {
      case RangeCondition.Equal equal -> Values.compare(Comparator.EQ, key, equal.value());
      case RangeCondition.Less less -> Values.compare(Comparator.LT, key, less.value());
      case RangeCondition.AtMost atMost -> Values.compare(Comparator.LE, key, atMost.value());
      case RangeCondition.Greater greater -> Values.compare(Comparator.GT, key, greater.value());
      case RangeCondition.AtLeast atLeast -> Values.compare(Comparator.GE, key, atLeast.value());
      case RangeCondition.Between between -> Values.compare(Comparator.GE, key, between.low())
          && Values.compare(Comparator.LE, key, between.high());
      case RangeCondition.BeginsWith begins -> Values.beginsWith(key, begins.prefix());
    };
  }
}
