package io.logfold.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ZipfianTest {
  private static final int DRAWS = 1_000_000;

  private final SplittableRandom random = new SplittableRandom(7);
  private final Zipfian zipfian = new Zipfian(0.99);

  @Test
  void eachRankHasItsShare() {
    int items = 1_000;
    int[] counts = counts(items);
    double all = IntStream.rangeClosed(1, items).mapToDouble(k -> Math.pow(k, -0.99)).sum();
    for (int rank : new int[] {0, 1, 2, 3, 9, 99, 499, 999}) {
      double expected = DRAWS * Math.pow(rank + 1, -0.99) / all;
      assertThat((double) counts[rank]).as("rank %d", rank).isCloseTo(expected, within(5 * Math.sqrt(expected)));
    }
  }

  @Test
  void allRanksTogetherAreWithinTheNoise() {
    int items = 200;
    int[] counts = counts(items);
    double all = IntStream.rangeClosed(1, items).mapToDouble(k -> Math.pow(k, -0.99)).sum();
    double chiSquared = IntStream.range(0, items).mapToDouble(rank -> {
      double expected = DRAWS * Math.pow(rank + 1, -0.99) / all;
      return (counts[rank] - expected) * (counts[rank] - expected) / expected;
    }).sum();
    assertThat(chiSquared).isLessThan(items + 5 * Math.sqrt(2.0 * items));
  }

  @Test
  void theNumberOfItemsMayChangeFromCallToCall() {
    for (int items = 1; items <= 5_000; items++) {
      assertThat(zipfian.rank(items, random)).isBetween(0, items - 1);
    }
  }

  @Test
  void scrambledRanksAreSpreadOverAllItems() {
    int items = 10_000;
    int[] tenths = new int[10];
    for (int rank = 0; rank < items; rank++) {
      tenths[Zipfian.scrambled(rank, items) / 1_000]++;
    }
    for (int tenth : tenths) {
      assertThat(tenth).isBetween(850, 1_150);
    }
    assertThat(Zipfian.scrambled(0, items)).isEqualTo(Zipfian.scrambled(0, items)).isNotEqualTo(Zipfian.scrambled(1, items));
  }

  @Test
  void aThetaThatTheFormulasDoNotHoldForIsRefused() {
    assertThatThrownBy(() -> new Zipfian(1)).hasMessageContaining("theta");
    assertThatThrownBy(() -> new Zipfian(0)).hasMessageContaining("theta");
  }

  private int[] counts(int items) {
    int[] counts = new int[items];
    for (int i = 0; i < DRAWS; i++) {
      counts[zipfian.rank(items, random)]++;
    }
    return counts;
  }
}
