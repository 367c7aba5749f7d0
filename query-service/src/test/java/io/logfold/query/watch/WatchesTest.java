package io.logfold.query.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Change;
import io.logfold.api.ErrorCode;
import io.logfold.api.HistoryScope;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import io.logfold.api.WatchRequest;
import io.logfold.api.testing.PastStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchesTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final WatchRequest ALL = WatchRequest.of(Bytes.utf8("pk"));

  private final PastStore store = new PastStore();
  private Watches watches = watches(LONG, LONG, Duration.ZERO, 4);

  private Watches watches(Duration heartbeat, Duration slowLimit, Duration patience, int pageSize) {
    var thread = Watches.newThread();
    return new Watches(store, HistoryMoved.polling(thread, Duration.ofMillis(2)),
        new WatchSettings(heartbeat, slowLimit, patience, pageSize, 3, CallOptions.DEFAULT), () -> java.time.Instant.EPOCH,
        System::nanoTime, thread);
  }

  private void use(Watches other) {
    watches.close();
    watches = other;
  }

  @AfterEach
  void close() {
    watches.close();
  }

  @Test
  void itBeginsWithWhereItBeginsAndThenTellsWhatHappensFromNowOn() {
    store.put("pk", "old", "v");
    Recorder reader = watch(ALL);
    await().until(() -> reader.events.size() == 1);
    assertThat(reader.events.getFirst()).isEqualTo(new WatchEvent.Progress(1, 0));
    store.put("pk", "a", "1");
    store.put("other", "b", "2");
    store.put("pk", "c", "3");
    await().until(() -> reader.changes().size() == 2);
    assertThat(reader.revisions()).containsExactly(2L, 4L);
    assertThat(reader.changes()).allSatisfy(told -> assertThat(told.resumeAfter()).isEqualTo(told.change().revision()));
  }

  @Test
  void fromAnyRevisionEachChangeComesOnceAndInOrder() {
    for (int i = 1; i <= 30; i++) {
      store.put("pk", "k" + i % 3, "v" + i);
    }
    Recorder reader = watch(ALL.after(11));
    await().until(() -> reader.changes().size() == 19);
    store.put("pk", "k", "live");
    await().until(() -> reader.changes().size() == 20);
    assertThat(reader.revisions()).isEqualTo(LongStream.rangeClosed(12, 31).boxed().toList());
  }

  @Test
  void aKeyAndAPrefixAreWatchedAlone() {
    for (String key : List.of("a", "ab", "b", "a", "abc")) {
      store.put("pk", key, "v");
    }
    Recorder key = watch(new WatchRequest(new HistoryScope.OfKey(Bytes.utf8("pk"), Bytes.utf8("a")), Optional.of(0L)));
    Recorder prefix = watch(new WatchRequest(new HistoryScope.OfPrefix(Bytes.utf8("pk"), Bytes.utf8("ab")), Optional.of(0L)));
    await().until(() -> key.changes().size() == 2 && prefix.changes().size() == 2);
    assertThat(key.revisions()).containsExactly(1L, 4L);
    assertThat(prefix.revisions()).containsExactly(2L, 5L);
  }

  /** Wherever a reader breaks off, going on behind the last resume point loses nothing, and repeats only a broken event. */
  @Test
  void noEventIsCutInTwoByGoingOnFromAnyPlace() {
    Random random = new Random(5);
    for (int i = 0; i < 12; i++) {
      List<Mutation> mutations = new ArrayList<>();
      for (int k = 0; k <= random.nextInt(9); k++) {
        mutations.add(new Mutation.Put(Bytes.utf8("k" + k), Bytes.utf8("v" + i)));
      }
      store.event("pk", i, Provenance.NONE, mutations.toArray(Mutation[]::new));
    }
    List<Change> all = store.changes();
    for (int page : List.of(1, 4, 100)) {
      use(watches(LONG, LONG, Duration.ZERO, page));
      for (int takes = 1; takes <= all.size(); takes++) {
        Recorder first = watch(ALL.after(0), takes + 1);
        int expected = takes;
        await().until(() -> first.changes().size() == expected);
        long goOn = first.events.getLast().resumeAfter();
        first.cancel();
        assertThat(first.changes()).extracting(WatchEvent.Changed::change).isEqualTo(all.subList(0, takes));
        boolean whole = takes == all.size() || all.get(takes).revision() != all.get(takes - 1).revision();
        assertThat(goOn).isEqualTo(all.get(takes - 1).revision() - (whole ? 0 : 1));

        List<Change> rest = all.stream().filter(change -> change.revision() > goOn).toList();
        Recorder second = watch(ALL.after(goOn));
        await().until(() -> second.changes().size() >= rest.size() && !second.events.isEmpty());
        second.cancel();
        assertThat(second.changes()).extracting(WatchEvent.Changed::change).isEqualTo(rest);
      }
    }
  }

  @Test
  void noMoreIsReadThanOnePageForAReaderThatAsksForNothing() {
    for (int i = 0; i < 1_000; i++) {
      store.put("pk", "k" + i, "v");
    }
    Recorder reader = watch(ALL.after(0), 2);
    await().until(() -> reader.events.size() == 2);
    reader.ask(4);
    await().until(() -> reader.events.size() == 6);
    // Five changes told: two pages of four.
    assertThat(store.changesRead()).isLessThanOrEqualTo(8);
  }

  @Test
  void aReaderThatAsksForNothingIsDroppedWithItsResumePoint() {
    use(watches(LONG, Duration.ofMillis(1_000), Duration.ZERO, 4));
    for (int i = 0; i < 10; i++) {
      store.put("pk", "k", "v" + i);
    }
    Recorder reader = watch(ALL.after(0), 4);
    await().until(() -> reader.failure != null);
    assertThat(reader.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.SLOW_DOWN))
        .hasMessageContaining("behind revision 3");
    assertThat(reader.revisions()).containsExactly(1L, 2L, 3L);
    assertThat(watches.size()).isZero();
  }

  @Test
  void heartbeatsCarryProgressBeyondWhatIsWatched() {
    use(watches(Duration.ofMillis(20), LONG, Duration.ZERO, 4));
    Recorder reader = watch(ALL);
    await().until(() -> !reader.events.isEmpty());
    for (int i = 0; i < 5; i++) {
      store.put("other", "k", "v" + i);
    }
    store.nothing();
    await().until(() -> reader.events.getLast().resumeAfter() == 6);
    assertThat(reader.changes()).isEmpty();
    store.put("pk", "k", "v");
    await().until(() -> reader.changes().size() == 1);
    assertThat(reader.revisions()).containsExactly(7L);
  }

  @Test
  void aFutureRevisionIsNoMoment() {
    store.put("pk", "k", "v");
    Recorder reader = watch(ALL.after(2));
    await().until(() -> reader.failure != null);
    assertThat(reader.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.NO_SUCH_MOMENT))
        .hasMessageContaining("revision 2 is in the future").hasMessageContaining("at revision 1");
    assertThat(reader.events).isEmpty();
  }

  @Test
  void whatMayPassIsAskedAgainAndWhatMayNotEndsTheWatch() {
    use(watches(LONG, LONG, LONG, 4));
    store.put("pk", "k", "v");
    store.failNext(new StoreException(ErrorCode.HISTORY_BEHIND, "not yet"),
        new StoreException(ErrorCode.UNAVAILABLE, "not now"));
    Recorder patient = watch(ALL.after(0));
    await().until(() -> patient.changes().size() == 1);
    store.failNext(new StoreException(ErrorCode.CORRUPT, "broken"));
    await().until(() -> patient.failure != null);
    assertThat(patient.failure).hasMessageContaining("broken").hasMessageContaining("behind revision 1");
  }

  @Test
  void troubleThatDoesNotPassEndsTheWatchWhenPatienceIsOver() {
    store.put("pk", "k", "v");
    StoreException behind = new StoreException(ErrorCode.HISTORY_BEHIND, "not yet");
    store.failNext(behind, behind, behind, behind);
    Recorder reader = watch(ALL.after(0));
    await().until(() -> reader.failure != null);
    assertThat(reader.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.HISTORY_BEHIND));
  }

  @Test
  void closingEndsEveryWatchAndRefusesNewOnes() {
    Recorder one = watch(ALL);
    Recorder two = watch(ALL);
    await().until(() -> one.events.size() == 1 && two.events.size() == 1);
    watches.close();
    await().until(() -> one.failure != null && two.failure != null);
    assertThat(one.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.CLOSED));
    Recorder late = watch(ALL);
    assertThat(late.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.CLOSED));
  }

  @Test
  void tooManyWatchesAreRefusedAndAnEndedOneMakesRoom() {
    List<Recorder> readers = List.of(watch(ALL), watch(ALL), watch(ALL));
    Recorder fourth = watch(ALL);
    assertThat(fourth.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.SLOW_DOWN));
    await().until(() -> readers.stream().allMatch(reader -> reader.events.size() == 1));
    readers.getFirst().cancel();
    await().until(() -> watches.size() == 2);
    Recorder fifth = watch(ALL);
    await().until(() -> fifth.events.size() == 1);
  }

  @Test
  void theRevisionInAFailureIsNotBeyondWhatTheReaderTook() {
    for (int i = 0; i < 4; i++) {
      store.put("pk", "k", "v" + i);
    }
    Recorder reader = new Recorder(Long.MAX_VALUE) {
      @Override
      public void onNext(WatchEvent event) {
        if (event.resumeAfter() == 3) {
          throw new IllegalStateException("cannot take it");
        }
        super.onNext(event);
      }
    };
    watches.watch(ALL.after(0), reader);
    await().until(() -> reader.failure != null);
    assertThat(reader.failure).hasMessageContaining("cannot take it").hasMessageContaining("behind revision 2");
    assertThat(reader.revisions()).containsExactly(1L, 2L);
  }

  @Test
  void largeChangesThatNobodyAsksForAreNotKept() {
    use(watches(LONG, LONG, Duration.ZERO, 32));
    Bytes large = Bytes.wrap(new byte[300 << 10]);
    for (int i = 0; i < 40; i++) {
      store.event("pk", i, Provenance.NONE, new Mutation.Put(Bytes.utf8("a" + i), large),
          new Mutation.Put(Bytes.utf8("b"), Bytes.utf8("small")));
    }
    Recorder reader = watch(ALL.after(0), 2);
    await().until(() -> reader.changes().size() == 1);
    for (int i = 1; i < 80; i++) {
      assertThat(watches.waitingBytes()).isLessThan(1 << 20);
      int told = i;
      reader.ask(1);
      await().until(() -> reader.changes().size() > told);
    }
    assertThat(reader.changes()).extracting(WatchEvent.Changed::change).isEqualTo(store.changes());
    assertThat(watches.waitingBytes()).isZero();
  }

  @Test
  void aWatchHearsOfTheHistoryAndDoesNotLookMeanwhile() {
    watches.close();
    try (HistoryTold told = new HistoryTold(partition -> 0, LONG)) {
      use(new Watches(store, told, new WatchSettings(LONG, LONG, LONG, 4, 3, CallOptions.DEFAULT),
          () -> java.time.Instant.EPOCH, System::nanoTime, Watches.newThread()));
      Recorder reader = watch(ALL);
      await().until(() -> reader.events.size() == 1 && store.histories() == 1);
      store.put("pk", "k", "v");
      told.told(0, 1);
      await().until(() -> reader.changes().size() == 1 && store.histories() == 3);
      told.told(0, 1);
      assertThat(store.histories()).isEqualTo(3);
    }
  }

  @Test
  void nothingIsReadWhereTheHistoryHasNotMoved() {
    watches.close();
    List<CompletableFuture<Long>> waits = new java.util.concurrent.CopyOnWriteArrayList<>();
    HistoryMoved manual = (partition, revision, timeout) -> {
      CompletableFuture<Long> wait = new CompletableFuture<>();
      waits.add(wait);
      return wait;
    };
    use(new Watches(store, manual, new WatchSettings(LONG, LONG, LONG, 4, 3, CallOptions.DEFAULT),
        () -> java.time.Instant.EPOCH, System::nanoTime, Watches.newThread()));
    Recorder reader = watch(ALL);
    await().until(() -> waits.size() == 1);
    int before = store.histories();
    waits.getFirst().complete(0L);
    await().until(() -> waits.size() == 2);
    assertThat(store.histories()).isEqualTo(before);
    store.put("pk", "k", "v");
    waits.get(1).complete(1L);
    await().until(() -> reader.changes().size() == 1);
  }

  private static ConditionFactory await() {
    return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
  }

  private Recorder watch(WatchRequest request) {
    return watch(request, Long.MAX_VALUE);
  }

  private Recorder watch(WatchRequest request, long first) {
    Recorder reader = new Recorder(first);
    watches.watch(request, reader);
    return reader;
  }
}
