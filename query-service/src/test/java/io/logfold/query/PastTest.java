package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Change;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.KeyRange;
import io.logfold.api.Moment;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import io.logfold.log.PartitionHash;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.LocalNode;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node answers the past from its own history, and says so where it cannot. */
class PastTest {
  private static final int PARTITIONS = 3;
  private static final CallOptions PATIENT = CallOptions.timeoutMs(20_000);
  private static final CallOptions HASTY = CallOptions.timeoutMs(300);
  private static final Bytes PK = Bytes.utf8("pk");
  private static final Bytes KEY = Bytes.utf8("key");

  private final Random random = new Random(1);
  private final Table table = Tables.open("memory:", LocalNode.STORE, PARTITIONS);
  private final Table history = Tables.open("memory:", LocalNode.STORE, PARTITIONS);
  private final LocalNode node = LocalNode.startWithHistory(table, history, PARTITIONS);

  @AfterEach
  void close() {
    node.close();
  }

  private long commit(Bytes partitionKey, Mutation... mutations) {
    CommitOutcome outcome = node.store().commit(new CommitRequest(partitionKey, List.of(), List.of(mutations),
        new RequestInfo(RequestId.random(random), 1, System.currentTimeMillis()), new Provenance("ann", "why", "here")),
        PATIENT).join();
    return ((CommitOutcome.Applied) outcome).revision();
  }

  private long put(Bytes partitionKey, Bytes key, String value) {
    return commit(partitionKey, new Mutation.Put(key, Bytes.utf8(value)));
  }

  private GetResult get(Moment moment) {
    return node.store().get(new GetRequest(PK, List.of(KEY), new Consistency.AsOf(moment)), PATIENT).join();
  }

  private static Optional<String> text(GetResult result) {
    return result.entries().get(0).map(value -> value.value().utf8());
  }

  private static void assertRefused(ThrowingCallable call, ErrorCode code, String words) {
    assertThatThrownBy(call).satisfies(failure -> {
      StoreException refusal = StoreException.from(failure);
      assertThat(refusal.code()).isEqualTo(code);
      assertThat(refusal.getMessage()).contains(words);
    });
  }

  @Test
  void whatWasWrittenIsInTheHistoryAtOnce() {
    long first = put(PK, KEY, "one");
    for (int i = 0; i < 20; i++) {
      long revision = put(PK, KEY, "v" + i);
      HistoryPage page = node.store().history(HistoryRequest.of(new HistoryScope.OfKey(PK, KEY)), PATIENT).join();
      Change newest = page.changes().get(0);
      assertThat(newest.revision()).isEqualTo(revision);
      assertThat(newest.value()).contains(Bytes.utf8("v" + i));
      assertThat(newest.provenance()).isEqualTo(new Provenance("ann", "why", "here"));
      assertThat(newest.previousRevision()).isEqualTo(page.changes().get(1).revision());
      assertThat(text(get(new Moment.Revision(revision)))).contains("v" + i);
      assertThat(text(get(new Moment.Revision(first)))).contains("one");
    }
  }

  @Test
  void aMomentIsReadExactlyByRevisionTimeAndPositions() {
    long revision = put(PK, KEY, "old");
    long oldMs = node.store().history(HistoryRequest.of(new HistoryScope.OfKey(PK, KEY)), PATIENT).join().changes().get(0).timeMs();
    await().until(() -> System.currentTimeMillis() > oldMs);
    long later = commit(PK, new Mutation.Delete(KEY), new Mutation.Put(Bytes.utf8("other"), Bytes.utf8("x")));
    int partition = PartitionHash.partition(PK, PARTITIONS);
    Moment.Positions positions = new Moment.Positions(List.of(partition == 0 ? revision : 0, partition == 1 ? revision : 0,
        partition == 2 ? revision : 0));
    for (Moment moment : List.of(new Moment.Revision(revision), new Moment.Time(oldMs), positions)) {
      GetResult result = get(moment);
      assertThat(text(result)).contains("old");
      assertThat(result.position().revision()).isEqualTo(revision);
      assertThat(result.position().servedBy()).isEqualTo("as-of");
      assertThat(node.store().scan(scan(moment, false), PATIENT).join().entries())
          .containsExactly(new Entry(PK, KEY, Bytes.utf8("old"), revision));
    }
    assertThat(node.store().scan(scan(new Moment.Revision(later), true), PATIENT).join().entries())
        .containsExactly(new Entry(PK, Bytes.utf8("other"), Bytes.EMPTY, later));
    DiffPage diff = node.store().diff(new DiffRequest(PK, KeyRange.ALL, new Moment.Time(oldMs), new Moment.Revision(later), 10,
        Optional.empty()), PATIENT).join();
    assertThat(diff.fromRevision()).isEqualTo(revision);
    assertThat(diff.differences()).containsExactly(
        new DiffPage.Difference(KEY, Optional.of(new Versioned(Bytes.utf8("old"), revision)), Optional.empty()),
        new DiffPage.Difference(Bytes.utf8("other"), Optional.empty(), Optional.of(new Versioned(Bytes.utf8("x"), later))));
  }

  private static ScanRequest scan(Moment moment, boolean keysOnly) {
    return new ScanRequest(PK, KeyRange.ALL, 10, false, keysOnly, new Consistency.AsOf(moment), false, Optional.empty());
  }

  @Test
  void partitionKeysAreThoseOfTheMoment() {
    for (int i = 0; i < 9; i++) {
      put(Bytes.utf8("pk" + i), KEY, "x");
    }
    List<Change> changes = node.store().history(HistoryRequest.of(new HistoryScope.OfPrincipal("ann")), PATIENT).join().changes();
    assertThat(changes).hasSize(9);
    long thenMs = changes.get(0).timeMs();
    await().until(() -> System.currentTimeMillis() > thenMs);
    for (int i = 0; i < 5; i++) {
      commit(Bytes.utf8("pk" + i), new Mutation.Delete(KEY));
    }
    long nowMs = System.currentTimeMillis();
    assertThat(node.store().partitionKeys(new PartitionKeysRequest(Optional.empty(), 100, Optional.of(new Moment.Time(thenMs))),
        PATIENT).join().partitionKeys()).hasSize(9);
    assertThat(node.store().partitionKeys(new PartitionKeysRequest(Optional.empty(), 100, Optional.of(new Moment.Time(nowMs))),
        PATIENT).join().partitionKeys()).hasSize(4);
    assertRefused(() -> node.store().partitionKeys(new PartitionKeysRequest(Optional.empty(), 100,
        Optional.of(new Moment.Revision(1))), PATIENT).join(), ErrorCode.INVALID_ARGUMENT, "within one partition");
  }

  @Test
  void aTimeOfTheLastMomentsIsAnsweredAlsoWhereNobodyWrites() {
    long revision = put(PK, KEY, "one");
    GetResult result = get(new Moment.Time(System.currentTimeMillis()));
    assertThat(text(result)).contains("one");
    assertThat(result.position().revision()).isEqualTo(revision);
  }

  @Test
  void beforeTheFirstEventThereWasNothing() {
    put(PK, KEY, "one");
    for (Moment moment : List.of(new Moment.Revision(0), new Moment.Time(0), new Moment.Time(1_000_000))) {
      GetResult result = get(moment);
      assertThat(text(result)).isEmpty();
      assertThat(result.position().revision()).isZero();
      assertThat(node.store().scan(scan(moment, false), PATIENT).join().entries()).isEmpty();
    }
  }

  @Test
  void theFutureIsNoMoment() {
    long revision = put(PK, KEY, "one");
    assertRefused(() -> get(new Moment.Revision(revision + 1_000)), ErrorCode.NO_SUCH_MOMENT, "in the future");
    assertRefused(() -> get(new Moment.Time(System.currentTimeMillis() + 3_600_000)), ErrorCode.NO_SUCH_MOMENT, "in the future");
    assertRefused(() -> get(new Moment.Time(System.currentTimeMillis() + 5_000)), ErrorCode.NO_SUCH_MOMENT, "in the future");
    assertRefused(() -> get(new Moment.Positions(List.of(1L))), ErrorCode.NO_SUCH_MOMENT, "another store's");
  }

  @Test
  void aHistoryThatIsBehindIsWaitedForAndThenSaysSo() {
    long before = put(PK, KEY, "one");
    assertThat(text(get(new Moment.Revision(before)))).contains("one");
    node.pauseHistory();
    long revision = put(PK, KEY, "two");
    HistoryRequest request = HistoryRequest.of(new HistoryScope.OfKey(PK, KEY));
    assertRefused(() -> node.store().history(request, HASTY).join(), ErrorCode.HISTORY_BEHIND, "must come to revision");
    assertRefused(() -> node.store().get(new GetRequest(PK, List.of(KEY), new Consistency.AsOf(new Moment.Revision(revision))),
        HASTY).join(), ErrorCode.HISTORY_BEHIND, "must come to revision");
    assertThat(text(get(new Moment.Revision(before)))).as("what it has it tells").contains("one");
    CompletableFuture<HistoryPage> waiting = node.store().history(request, PATIENT);
    node.resumeHistory();
    assertThat(waiting.join().changes().get(0).revision()).isEqualTo(revision);
  }

  @Test
  void aCallThatWaitsEndsWithTheNode() {
    put(PK, KEY, "one");
    node.pauseHistory();
    put(PK, KEY, "two");
    CompletableFuture<HistoryPage> waiting =
        node.store().history(HistoryRequest.of(new HistoryScope.OfKey(PK, KEY)), CallOptions.timeoutMs(3_600_000));
    node.close();
    assertRefused(waiting::join, ErrorCode.CLOSED, "closing");
  }

  @Test
  void aNodeWithoutAHistorySaysSo() {
    try (LocalNode without = LocalNode.start(Tables.open("memory:", LocalNode.STORE, 1), 1, leader -> leader)) {
      assertRefused(() -> without.store().history(HistoryRequest.of(new HistoryScope.OfKey(PK, KEY)), PATIENT).join(),
          ErrorCode.UNSUPPORTED, "keeps no history");
      assertRefused(() -> without.store().get(new GetRequest(PK, List.of(KEY),
          new Consistency.AsOf(new Moment.Revision(0))), PATIENT).join(), ErrorCode.UNSUPPORTED, "keeps no history");
    }
  }
}
