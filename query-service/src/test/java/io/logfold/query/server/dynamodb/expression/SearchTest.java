package io.logfold.query.server.dynamodb.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SearchTest {
  private static boolean within(String whole, String part) {
    return Search.within(whole.length(), whole::charAt, part.length(), part::charAt);
  }

  @Test
  void findsWhatIsThere() {
    Random random = new Random(1);
    int found = 0;
    for (int i = 0; i < 50_000; i++) {
      String whole = text(random, 20);
      String part = text(random, 6);
      assertThat(within(whole, part)).as("'%s' in '%s'", part, whole).isEqualTo(whole.contains(part));
      found += whole.contains(part) ? 1 : 0;
    }
    assertThat(found).isBetween(10_000, 40_000);
  }

  private static String text(Random random, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most); i > 0; i--) {
      text.append((char) ('a' + random.nextInt(2)));
    }
    return text.toString();
  }

  /** By trying each beginning this takes a minute. */
  @Test
  void largeOnesTakeNoLongerThanTheyAreLarge() {
    String whole = "a".repeat(390_000);
    assertThat(within(whole, "a".repeat(195_000) + "b")).isFalse();
    assertThat(within(whole + "b", "a".repeat(195_000) + "b")).isTrue();
  }
}
