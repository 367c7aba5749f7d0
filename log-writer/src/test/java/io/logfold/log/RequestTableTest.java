package io.logfold.log;

import static io.logfold.log.GenesisConfig.MAX_CLOCK_LEAD_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.log.RequestTable.Remembered;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTableTest {
  /** One event, as the table is told of it. */
  private record Told(RequestInfo request, long lsn, Outcome outcome, long logTimeMs) {
    long countedMs() {
      return Math.min(request.timeMs(), logTimeMs + MAX_CLOCK_LEAD_MS);
    }
  }

  @Test
  void everyKindOfOutcomeIsFoundAgain() {
    RequestTable table = table(1_000, 10);
    List<Outcome> outcomes = List.of(Outcome.APPLIED, Outcome.UNCHANGED, Outcome.CANCELLED,
        new Outcome.PredicateFailed(0, 0), new Outcome.PredicateFailed(Integer.MAX_VALUE, Long.MAX_VALUE));
    for (int i = 0; i < outcomes.size(); i++) {
      table.remember(request(i, 50), i + 1, outcomes.get(i));
    }
    for (int i = 0; i < outcomes.size(); i++) {
      assertThat(table.find(new RequestId(0, i))).contains(new Remembered(i + 1, outcomes.get(i)));
    }
    assertThat(table.find(new RequestId(1, 0))).isEmpty();
  }

  @Test
  void aRequestIsKeptUpToTheEndOfTheWindowAndExpiredBehindIt() {
    RequestTable table = table(1_000, 10);
    table.advance(5_000);
    table.remember(request(1, 4_000), 1, Outcome.APPLIED);
    assertThat(table.find(new RequestId(0, 1))).isPresent();
    assertThat(table.expired(4_000)).isFalse();
    table.advance(5_001);
    assertThat(table.find(new RequestId(0, 1))).isEmpty();
    assertThat(table.expired(4_000)).isTrue();
    assertThat(table.expired(4_001)).isFalse();
  }

  @Test
  void aboveTheCountTheOldestRequestGoesAndItsTimeIsExpired() {
    RequestTable table = table(1_000, 2);
    table.remember(request(1, 30), 1, Outcome.APPLIED);
    table.remember(request(2, 10), 2, Outcome.APPLIED);
    table.remember(request(3, 20), 3, Outcome.APPLIED);
    assertThat(table.find(new RequestId(0, 2))).isEmpty();
    assertThat(table.expired(10)).isTrue();
    assertThat(table.expired(11)).isFalse();
    table.remember(request(4, 5), 4, Outcome.APPLIED);
    assertThat(table.find(new RequestId(0, 4))).as("older than all that are kept").isEmpty();
    assertThat(table.size()).isEqualTo(2);
  }

  @Test
  void ofEqualTimesTheLesserLsnGoesFirst() {
    RequestTable table = table(1_000, 2);
    for (int i = 1; i <= 3; i++) {
      table.remember(request(i, 10), i, Outcome.APPLIED);
    }
    assertThat(table.find(new RequestId(0, 1))).isEmpty();
    assertThat(table.find(new RequestId(0, 2))).isPresent();
    assertThat(table.find(new RequestId(0, 3))).isPresent();
    assertThat(table.expired(10)).isTrue();
  }

  @Test
  void aTableForNoRequestsExpiresWhatItIsTold() {
    RequestTable table = table(1_000, 0);
    table.remember(request(1, 10), 1, Outcome.APPLIED);
    assertThat(table.size()).isZero();
    assertThat(table.expired(10)).isTrue();
    assertThat(table.expired(11)).isFalse();
  }

  @Test
  void aTimeFarAheadCountsAsTheAllowedLead() {
    RequestTable table = table(1_000, 10);
    table.advance(5_000);
    table.remember(request(1, Long.MAX_VALUE), 1, Outcome.APPLIED);
    table.advance(5_000 + MAX_CLOCK_LEAD_MS + 1_000);
    assertThat(table.find(new RequestId(0, 1))).isPresent();
    table.advance(5_000 + MAX_CLOCK_LEAD_MS + 1_001);
    assertThat(table.find(new RequestId(0, 1))).isEmpty();
  }

  @Test
  void anIdWithTwoEventsAnswersWithTheFirst() {
    RequestTable table = table(1_000, 10);
    table.remember(request(1, 500), 1, Outcome.APPLIED);
    table.remember(request(1, 100), 2, Outcome.CANCELLED);
    assertThat(table.find(new RequestId(0, 1))).contains(new Remembered(1, Outcome.APPLIED));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 5_000})
  void itKeepsTheNewestWithinTheWindowWhateverTheOrder(int max) {
    long windowMs = 20_000;
    for (long seed = 0; seed < 5; seed++) {
      List<Told> log = randomLog(new Random(seed), 3_000);
      RequestTable table = table(windowMs, max);
      for (int i = 0; i < log.size(); i++) {
        tell(table, log.get(i));
        if (i % 500 == 0 || i == log.size() - 1) {
          assertHolds(table, log.subList(0, i + 1), windowMs, max, "seed " + seed + ", event " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 40, 1_000})
  void aTableBegunAtAnAnchorAnswersLikeOneFromTheBeginning(int max) {
    long windowMs = 5_000;
    long spanMs = windowMs + MAX_CLOCK_LEAD_MS;
    int compared = 0;
    for (long seed = 100; seed < 110; seed++) {
      Random random = new Random(seed);
      List<Told> log = randomLog(random, 1_500);
      for (int anchor = 0; anchor < log.size(); anchor += 1 + random.nextInt(200)) {
        RequestTable whole = table(windowMs, max);
        log.subList(0, anchor + 1).forEach(told -> tell(whole, told));
        RequestTable begun = table(windowMs, max);
        long anchorMs = log.get(anchor).logTimeMs();
        begun.advance(anchorMs);
        for (int i = anchor + 1; i < log.size(); i++) {
          Told told = log.get(i);
          tell(whole, told);
          tell(begun, told);
          if (told.logTimeMs() - anchorMs > spanMs && random.nextInt(100) == 0) {
            assertSameAnswers(whole, begun, log.subList(0, i + 1), "seed " + seed + ", " + anchor + " to " + i);
            compared++;
          }
        }
      }
    }
    assertThat(compared).isGreaterThan(200);
  }

  @Test
  void itShrinksAndGrowsWithoutLosingAnything() {
    RequestTable table = table(1_000, 100_000);
    long lsn = 0;
    for (int round = 1; round <= 4; round++) {
      long now = round * 10_000L;
      table.advance(now);
      assertThat(table.size()).isZero();
      int count = round % 2 == 0 ? 10 : 20_000;
      for (int i = 0; i < count; i++) {
        table.remember(new RequestInfo(new RequestId(round, i), 1, now + i % 97), ++lsn, Outcome.APPLIED);
      }
      assertThat(table.size()).isEqualTo(count);
      for (int i = 0; i < count; i++) {
        assertThat(table.find(new RequestId(round, i))).isPresent();
      }
    }
  }

  /** Log times that now stand, now jump; request times from far behind to more than the allowed lead ahead. */
  private static List<Told> randomLog(Random random, int events) {
    List<Told> log = new ArrayList<>();
    long now = 100_000;
    for (int i = 1; i <= events; i++) {
      now += random.nextInt(4) == 0 ? random.nextInt(400) : 0;
      if (random.nextInt(400) == 0) {
        now += random.nextInt(20_000);
      }
      long requestMs = switch (random.nextInt(4)) {
        case 0 -> now + random.nextInt((int) MAX_CLOCK_LEAD_MS + 1_000);
        case 1 -> Math.max(0, now - random.nextInt(40_000));
        case 2 -> now - now % 1_000;
        default -> now - random.nextInt(100);
      };
      long id = random.nextInt(50) == 0 ? random.nextInt(events) : i;
      log.add(new Told(request(id, requestMs), i, new Outcome.PredicateFailed(i % 7, i), now));
    }
    return log;
  }

  private static void assertSameAnswers(RequestTable whole, RequestTable begun, List<Told> log, String where) {
    assertThat(begun.size()).as(where).isEqualTo(whole.size());
    for (Told told : log) {
      RequestInfo request = told.request();
      if (!begun.find(request.id()).equals(whole.find(request.id()))
          || begun.expired(request.timeMs()) != whole.expired(request.timeMs())
          || begun.expired(request.timeMs() + 1) != whole.expired(request.timeMs() + 1)) {
        throw new AssertionError(where + ": another answer for " + told);
      }
    }
  }

  /** Against R2 and R3 said naively, over the whole list. */
  private static void assertHolds(RequestTable table, List<Told> log, long windowMs, int max, String where) {
    long nowMs = log.getLast().logTimeMs();
    List<Told> kept = log.stream()
        .filter(told -> told.countedMs() + windowMs >= nowMs)
        .sorted(Comparator.comparingLong(Told::countedMs).thenComparingLong(Told::lsn).reversed())
        .limit(max)
        .toList();
    assertThat(table.size()).as(where).isEqualTo(kept.size());
    for (Told told : log) {
      Optional<Remembered> expected = kept.stream()
          .filter(each -> each.request().id().equals(told.request().id()))
          .min(Comparator.comparingLong(Told::lsn))
          .map(each -> new Remembered(each.lsn(), each.outcome()));
      assertThat(table.find(told.request().id())).as(where).isEqualTo(expected);
      if (!kept.contains(told) && told.request().timeMs() == told.countedMs()) {
        assertThat(table.expired(told.request().timeMs())).as("dropped is expired, %s", where).isTrue();
      }
    }
  }

  private static RequestTable table(long windowMs, int max) {
    RequestTable table = new RequestTable();
    table.configure(windowMs, max);
    return table;
  }

  private static void tell(RequestTable table, Told told) {
    table.advance(told.logTimeMs());
    table.remember(told.request(), told.lsn(), told.outcome());
  }

  private static RequestInfo request(long id, long timeMs) {
    return new RequestInfo(new RequestId(0, id), 1, timeMs);
  }
}
