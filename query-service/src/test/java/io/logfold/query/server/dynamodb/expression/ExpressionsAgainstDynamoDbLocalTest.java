package io.logfold.query.server.dynamodb.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Over a thousand expressions, good and bad: DynamoDB Local and we say the same of each, errors to the letter. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExpressionsAgainstDynamoDbLocalTest {
  /** Another one with {@code -Dlogfold.expressions.seed=N}, more with {@code -Dlogfold.expressions.count=N}. */
  private static final long SEED = Long.getLong("logfold.expressions.seed", 20_120_810L);

  private static final int COUNT = Integer.getInteger("logfold.expressions.count", 300);

  private LocalAnswers local;
  private final OurAnswers ours = new OurAnswers();

  @BeforeAll
  void start() {
    local = new LocalAnswers();
  }

  @AfterAll
  void end() {
    local.close();
  }

  @Test
  void conditionsAreTrueForTheSameItems() {
    compare('C', (answers, text) -> answers.condition(ExpressionCases.ITEM, text));
  }

  @Test
  void filtersLetTheSameItemsThrough() {
    compare('F', (answers, text) -> answers.filter(ExpressionCases.ITEM, text));
  }

  @Test
  void keyConditionsAreSplitAlike() {
    compare('K', (answers, text) -> answers.keyCondition(ExpressionCases.ITEM, text));
  }

  @Test
  void updatesMakeTheSameItems() {
    compare('U', (answers, text) -> answers.update(ExpressionCases.ITEM, text));
  }

  @Test
  void updatesReturnTheSameAttributesAsUpdated() {
    compare('U', (answers, text) -> answers.updated(ExpressionCases.ITEM, text));
  }

  @Test
  void projectionsShowTheSame() {
    compare('P', (answers, text) -> answers.projection(ExpressionCases.ITEM, text));
  }

  @Test
  void randomConditionsAreTrueForTheSameItems() {
    compareRandom(RandomExpressions::condition, (answers, text) -> answers.condition(ExpressionCases.ITEM, text));
  }

  @Test
  void randomUpdatesMakeTheSameItems() {
    compareRandom(RandomExpressions::update, (answers, text) -> answers.update(ExpressionCases.ITEM, text));
  }

  @Test
  void randomProjectionsShowTheSame() {
    compareRandom(RandomExpressions::projection, (answers, text) -> answers.projection(ExpressionCases.ITEM, text));
  }

  private void compareRandom(
      Function<RandomExpressions, String> expression, BiFunction<Answers, String, String> question) {
    RandomExpressions random = new RandomExpressions(new Random(SEED));
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      String text = expression.apply(random);
      String its = question.apply(local, text);
      String mine = question.apply(ours, text);
      if (!its.equals(mine) && !KnownDifferences.explains(its, mine)) {
        wrong.add(text + "\n  Local: " + its + "\n  we:    " + mine);
      }
    }
    assertThat(wrong).as("differences with seed %d", SEED).isEmpty();
  }

  /** Where we differ knowingly we must, so that the list of differences is true. */
  private void compare(char kind, BiFunction<Answers, String, String> question) {
    List<String> wrong = new ArrayList<>();
    Map<String, String> unneeded = new TreeMap<>();
    for (String text : ExpressionCases.ofKind(kind)) {
      String its = question.apply(local, text);
      String mine = question.apply(ours, text);
      String known = KnownDifferences.reason(kind, text);
      if (known.isEmpty() && !its.equals(mine)) {
        wrong.add(text + "\n  Local: " + its + "\n  we:    " + mine);
      } else if (!known.isEmpty() && its.equals(mine)) {
        unneeded.put(text, known);
      }
    }
    assertThat(wrong).as("differences").isEmpty();
    assertThat(unneeded).as("known differences that are none").isEmpty();
  }
}
