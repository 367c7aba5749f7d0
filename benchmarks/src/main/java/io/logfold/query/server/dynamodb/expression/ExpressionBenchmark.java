package io.logfold.query.server.dynamodb.expression;

import io.logfold.api.Bytes;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.Supplied;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A condition of DynamoDB's API: what lakeFS puts with, and one with several operators. The item has four attributes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ExpressionBenchmark {
  private static final String VALUE_IS = "ItemValue = :value";
  private static final String SEVERAL = "attribute_exists(PartitionKey) AND #v = :version"
      + " AND (#s IN (:open, :new) OR size(ItemValue) > :most)";

  private final AttributeValue bytes = new AttributeValue.B(Bytes.wrap(new byte[200]));
  private final Map<String, Supplied<AttributeValue>> valueIs = Map.of(":value", Supplied.good(bytes));
  private final Map<String, String> names = Map.of("#v", "version", "#s", "state");
  private final Map<String, Supplied<AttributeValue>> several = Map.of(
      ":version", Supplied.good(AttributeValue.number("17")),
      ":open", Supplied.good(AttributeValue.string("open")),
      ":new", Supplied.good(AttributeValue.string("new")),
      ":most", Supplied.good(AttributeValue.number("1000")));
  private final Item item = Item.of(Map.of(
      "PartitionKey", AttributeValue.string("kv-partition"),
      "ItemValue", new AttributeValue.B(Bytes.wrap(new byte[200])),
      "version", AttributeValue.number("17"),
      "state", AttributeValue.string("new")));
  private final Condition parsedValueIs = parseValueIs();
  private final Condition parsedSeveral = parseSeveral();

  @Benchmark
  public Condition parseValueIs() {
    return parsed(VALUE_IS, Optional.empty(), valueIs);
  }

  @Benchmark
  public boolean evaluateValueIs() {
    return holds(parsedValueIs);
  }

  @Benchmark
  public Condition parseSeveral() {
    return parsed(SEVERAL, Optional.of(names), several);
  }

  @Benchmark
  public boolean evaluateSeveral() {
    return holds(parsedSeveral);
  }

  /** All that a conditional put pays for its condition, but for the request's JSON. */
  @Benchmark
  public boolean parseAndEvaluateSeveral() {
    return holds(parseSeveral());
  }

  private static Condition parsed(String text, Optional<Map<String, String>> names,
      Map<String, Supplied<AttributeValue>> values) {
    Expressions expressions = new Expressions(names, Optional.of(values));
    Condition condition = expressions.condition(text);
    expressions.checkAllUsed();
    return condition;
  }

  private boolean holds(Condition condition) {
    if (!condition.matches(item)) {
      throw new IllegalStateException("the condition holds for this item");
    }
    return true;
  }
}
