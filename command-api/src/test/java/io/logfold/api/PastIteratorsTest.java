package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.testing.PastStore;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PastIteratorsTest {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final Bytes KEY = Bytes.utf8("k");
  private final PastStore past = new PastStore();
  private final BlockingStore store = new BlockingStore(past);

  @Test
  void changesArePagedFromTheFirstToTheLast() {
    for (int i = 1; i <= 7; i++) {
      past.put("pk", "k", "v" + i);
    }
    List<Long> revisions = new ArrayList<>();
    store.changes(HistoryRequest.of(new HistoryScope.OfKey(PK, KEY)).withPageSize(3))
        .forEach(change -> revisions.add(change.revision()));
    assertThat(revisions).containsExactly(7L, 6L, 5L, 4L, 3L, 2L, 1L);
    assertThat(past.histories()).isEqualTo(3);
  }

  @Test
  void anIteratorThatFailedMayBeAskedAgain() {
    past.put("pk", "k", "v");
    past.failNext(new StoreException(ErrorCode.HISTORY_BEHIND, "not yet"));
    Iterator<Change> changes = store.changes(HistoryRequest.of(new HistoryScope.OfKey(PK, KEY))).iterator();
    assertThatThrownBy(changes::hasNext).hasMessageContaining("not yet");
    assertThat(changes.next().revision()).isEqualTo(1);
    assertThat(changes.hasNext()).isFalse();
  }

  @Test
  void differencesArePagedAndKeepBothMoments() {
    for (String key : List.of("a", "b", "c")) {
      past.put("pk", key, "1");
    }
    List<Bytes> keys = new ArrayList<>();
    store.differences(DiffRequest.of(PK, new Moment.Revision(0), new Moment.Revision(3)).withPageSize(2))
        .forEach(difference -> keys.add(difference.key()));
    assertThat(keys).containsExactly(Bytes.utf8("a"), Bytes.utf8("b"), Bytes.utf8("c"));
  }

  @Test
  void thePastIsReadAsItWas() {
    past.put("pk", "k", "one");
    past.put("pk", "k", "two");
    past.put("pk", "later", "three");
    assertThat(store.getAsOf(PK, KEY, new Moment.Revision(1)).map(Versioned::value)).hasValue(Bytes.utf8("one"));
    assertThat(store.getAsOf(PK, KEY, new Moment.Revision(0))).isEmpty();
    try (EntryIterator entries = store.scanAsOf(PK, ScanOptions.all(), new Moment.Time(2_000))) {
      assertThat(entries.next()).isTrue();
      assertThat(entries.entry().value()).isEqualTo(Bytes.utf8("two"));
      assertThat(entries.next()).isFalse();
      assertThat(entries.error()).isEqualTo(Optional.empty());
    }
  }
}
