package io.logfold.query.server.dynamodb.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReservedWordsTest {
  /** Keywords of the grammar are errors of syntax already. */
  private static final Set<String> KEYWORDS = Set.of("ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "SET");

  @Test
  void thereAreAsManyAsTheDocumentationLists() {
    assertThat(ReservedWords.all()).hasSize(573).allMatch(word -> word.matches("[A-Z]+"));
  }

  @Test
  void localReservesThemTooButTwo() {
    Set<String> letThrough = new TreeSet<>();
    OurAnswers ours = new OurAnswers();
    try (LocalAnswers local = new LocalAnswers()) {
      for (String word : ReservedWords.all()) {
        String text = word.toLowerCase(Locale.ROOT);
        String its = local.projection(ExpressionCases.ITEM, text);
        String mine = ours.projection(ExpressionCases.ITEM, text);

        assertThat(mine).isEqualTo("Invalid ProjectionExpression: " + (KEYWORDS.contains(word)
            ? "Syntax error; token: \"" + text + "\", near: \"" + text + "\""
            : "Attribute name is a reserved keyword; reserved keyword: " + text));
        if (!its.equals(mine)) {
          letThrough.add(word);
        }
      }
    }
    assertThat(letThrough).isEqualTo(Set.of("CONVERT", "SIZE"));
    assertThat(Map.of("REMOVE", false, "Status", true, "colour", false))
        .allSatisfy((word, reserved) -> assertThat(ReservedWords.contains(word)).isEqualTo(reserved));
  }
}
