package io.logfold.query.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.projector.table.TableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HistoryToldTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  @Test
  void whoWaitsForMoreThanThereIsIsToldWhenItIsThere() {
    try (HistoryTold told = new HistoryTold(partition -> 0, LONG)) {
      CompletableFuture<Long> five = told.waitForMore(1, 5, LONG);
      CompletableFuture<Long> seven = told.waitForMore(1, 7, LONG);
      CompletableFuture<Long> other = told.waitForMore(0, 5, LONG);
      told.told(1, 5);
      assertThat(five).isNotDone();
      told.told(1, 7);
      assertThat(five).isCompletedWithValue(7L);
      assertThat(seven).isNotDone();
      assertThat(other).isNotDone();
      assertThat(told.waitForMore(1, 6, LONG)).isCompletedWithValue(7L);
    }
  }

  @Test
  void whereNothingMovesTheWaitEndsWithItsTime() {
    try (HistoryTold told = new HistoryTold(partition -> 0, LONG)) {
      assertThat(told.waitForMore(0, 3, Duration.ofMillis(20)).join()).isEqualTo(3);
    }
  }

  @Test
  void whatNobodyToldIsLookedForAlsoAfterFailuresAndOnlyWhereSomebodyWaits() {
    AtomicLong at = new AtomicLong();
    AtomicInteger looks = new AtomicInteger();
    try (HistoryTold told = new HistoryTold(partition -> {
      if (looks.incrementAndGet() < 3) {
        throw new TableException("away", new java.io.IOException("no route"));
      }
      if (looks.get() == 3) {
        throw new IllegalStateException("nobody expects this");
      }
      return at.get();
    }, Duration.ofMillis(5))) {
      CompletableFuture<Long> moved = told.waitForMore(0, 0, LONG);
      Awaitility.await().until(() -> looks.get() > 4);
      assertThat(moved).isNotDone();
      at.set(4);
      assertThat(moved.join()).isEqualTo(4);
    }
  }
}
