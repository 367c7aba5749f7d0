package io.logfold.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** In time that passes only in the test: a thousand operations a second, for a second, of 100 us each unless told otherwise. */
final class OpenLoopTest {
  private static final long MS = 1_000_000;
  private static final long USUAL = MS / 10;
  private static final double PER_SECOND = 1_000;

  private final VirtualTime time = new VirtualTime();
  private final AtomicInteger started = new AtomicInteger();

  @Test
  void withoutTroubleEveryOperationStartsWhenItIsDue() throws Exception {
    Sample sample = run(4, lane -> time.answerIn(USUAL));
    assertThat(sample.operations()).isEqualTo(1_000);
    assertThat(sample.latencies().getTotalCount()).isEqualTo(1_000);
    assertThat(sample.latencies().getMaxValue()).isCloseTo(USUAL, within(USUAL / 100));
    assertThat(sample.perSecond()).isCloseTo(PER_SECOND, within(PER_SECOND / 100));
    assertThat(sample.errors()).isZero();
  }

  @Test
  void anAnswerThatTakes300MsIsInTheLatencyOfAllThatWereDueMeanwhile() throws Exception {
    Sample sample = run(1, lane -> time.answerIn(started.getAndIncrement() == 400 ? 300 * MS : USUAL));
    assertPauseOf300Ms(sample);
  }

  @Test
  void aDriverThatIsHeldUpFor300MsOmitsNothingEither() throws Exception {
    Sample sample = run(4, lane -> {
      if (started.getAndIncrement() == 400) {
        time.pass(300 * MS);
      }
      return time.answerIn(USUAL);
    });
    assertPauseOf300Ms(sample);
  }

  /** Operation 400 + i was due i ms behind the one that paused, and had to wait for the rest of it, and for those before it. */
  private void assertPauseOf300Ms(Sample sample) {
    assertThat(sample.operations()).isEqualTo(1_000);
    assertThat(sample.latencies().getTotalCount()).isEqualTo(1_000);
    assertThat(sample.latencies().getMaxValue()).isBetween(300 * MS, 302 * MS);
    for (int waited = 50; waited <= 250; waited += 50) {
      assertThat(sample.latencies().getCountBetweenValues(waited * MS, 400 * MS))
          .as("operations that waited for %d ms or longer", waited).isBetween(300L - waited, (300L - waited) * 6 / 5);
    }
    // The others, before the pause and once the queue was worked off, are as quick as ever.
    assertThat(sample.latencies().getCountBetweenValues(0, 2 * USUAL)).isBetween(600L, 701L);
  }

  @Test
  void withALaneLeftAPauseIsThatOfOneOperationAlone() throws Exception {
    Sample sample = run(2, lane -> time.answerIn(started.getAndIncrement() == 400 ? 300 * MS : USUAL));
    assertThat(sample.latencies().getCountBetweenValues(250 * MS, 400 * MS)).isEqualTo(1);
    assertThat(sample.latencies().getCountBetweenValues(0, 2 * USUAL)).isEqualTo(999);
  }

  @Test
  void whatCouldNotBeBegunInTimeIsInTheHistogramAndMissingFromTheRate() throws Exception {
    Sample sample = run(1, lane -> time.answerIn(started.getAndIncrement() == 400 ? 1_000 * MS : USUAL));
    assertThat(started).hasValue(401);
    assertThat(sample.operations()).isEqualTo(401);
    assertThat(sample.latencies().getTotalCount()).isEqualTo(1_000);
    // The last of them was due a millisecond before the end, the first one 599.
    assertThat(sample.latencies().getCountBetweenValues(0, 300 * MS)).isBetween(698L, 702L);
    assertThat(sample.latencies().getCountBetweenValues(500 * MS, 610 * MS)).isBetween(98L, 102L);
    assertThat(sample.perSecond()).isCloseTo(401 / 1.4, within(1.0));
  }

  @Test
  void aDriverThatComesBackBehindTheEndBeginsNothingMore() throws Exception {
    Sample sample = run(4, lane -> {
      if (started.getAndIncrement() == 400) {
        time.pass(2_000 * MS);
      }
      return time.answerIn(USUAL);
    });
    assertThat(started).hasValue(401);
    assertThat(sample.latencies().getTotalCount()).isEqualTo(1_000);
  }

  @Test
  void anErrorIsToldAndEndsTheRun() throws Exception {
    IllegalStateException wrong = new IllegalStateException("wrong answer");
    Sample sample = run(4, lane ->
        started.getAndIncrement() == 400 ? CompletableFuture.failedFuture(wrong) : time.answerIn(USUAL));
    assertThat(sample.errors()).isEqualTo(1);
    assertThat(sample.firstError()).isSameAs(wrong);
    assertThat(sample.operations()).isEqualTo(400);
    assertThat(started).hasValue(401);
  }

  @Test
  void anOperationThatThrowsIsAnErrorToo() throws Exception {
    Sample sample = run(4, lane -> {
      throw new IllegalStateException("refused");
    });
    assertThat(sample.errors()).isEqualTo(1);
    assertThat(sample.firstError()).hasMessage("refused");
  }

  @Test
  void anOperationThatIsNeverAnsweredIsNoQuietEnd() {
    assertThatThrownBy(() -> run(4, lane -> new CompletableFuture<>())).hasMessageContaining("4 operations were not answered");
  }

  private Sample run(int lanes, Work work) throws InterruptedException {
    return OpenLoop.run(work, lanes, PER_SECOND, 1, time);
  }
}
