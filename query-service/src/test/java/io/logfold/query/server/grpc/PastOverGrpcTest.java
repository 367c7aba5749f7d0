package io.logfold.query.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Change;
import io.logfold.api.Consistency;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.Moment;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Provenance;
import io.logfold.api.StoreException;
import io.logfold.api.WatchRequest;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.testing.PastStore;
import io.logfold.query.watch.Recorder;
import io.logfold.query.watch.WatchSettings;
import io.logfold.query.watch.Watches;
import io.logfold.query.watch.WatchingStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Histories, differences, reads of the past and watches through the client. */
@Timeout(60)
class PastOverGrpcTest {
  private static final Bytes PK = Bytes.utf8("pk");
  private static final Bytes KEY = Bytes.utf8("k");

  private final PastStore past = new PastStore();
  private Watches watches = Watches.polling(past, WatchSettings.DEFAULT);
  private TestServer server = new TestServer(new WatchingStore(past, watches));
  private final List<AutoCloseable> toClose = new ArrayList<>();

  private LogfoldClient client() {
    LogfoldClient client = LogfoldClient.connect(server.url());
    toClose.add(client);
    return client;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : toClose) {
      each.close();
    }
    server.close();
    watches.close();
  }

  @Test
  void aHistoryIsWhatTheStoreAnswersPageByPage() {
    for (int i = 1; i <= 5; i++) {
      past.event("pk", i, Provenance.of(i % 2 == 0 ? "ann" : "bob", "why " + i), new Mutation.Put(KEY, Bytes.utf8("v" + i)));
    }
    past.event("pk", 6, Provenance.of("ann", "gone"), new Mutation.Delete(KEY));
    BlockingStore store = new BlockingStore(client());
    List<Change> told = new ArrayList<>();
    store.changes(new HistoryRequest(new HistoryScope.OfKey(PK, KEY), Optional.empty(), Optional.empty(), true, 2,
        Optional.empty())).forEach(told::add);
    assertThat(told).isEqualTo(past.changes());
    assertThat(store.history(new HistoryRequest(new HistoryScope.OfPrincipal("ann"), Optional.of(3L), Optional.of(6L), false, 9,
        Optional.empty())).changes()).extracting(Change::revision).containsExactly(4L);
  }

  @Test
  void aPageThatIsTooLargeForAMessageComesInPartsThatLoseNothing() {
    Bytes large = Bytes.wrap(new byte[300 * 1024]);
    for (int i = 0; i < 60; i++) {
      past.event("pk", i, Provenance.NONE, new Mutation.Put(Bytes.utf8("k" + i), large));
    }
    BlockingStore store = new BlockingStore(client());
    List<Long> revisions = new ArrayList<>();
    store.changes(HistoryRequest.of(new HistoryScope.OfPrefix(PK, Bytes.EMPTY)).withPageSize(10_000))
        .forEach(change -> revisions.add(change.revision()));
    assertThat(revisions).isEqualTo(LongStream.rangeClosed(1, 60).map(i -> 61 - i).boxed().toList());
    int[] differences = {0};
    store.differences(DiffRequest.of(PK, new Moment.Revision(0), new Moment.Revision(60)))
        .forEach(difference -> differences[0]++);
    assertThat(differences[0]).isEqualTo(60);
  }

  @Test
  void thePastIsReadAsOfAMomentAndSaysHow() {
    past.put("pk", "k", "one");
    past.put("pk", "k", "two");
    past.put("other", "k", "three");
    LogfoldClient client = client();
    GetResult found = client.get(new GetRequest(PK, List.of(KEY), new Consistency.AsOf(new Moment.Revision(1))),
        CallOptions.DEFAULT).join();
    assertThat(found.entries().getFirst().map(value -> value.value().utf8())).hasValue("one");
    assertThat(found.position().servedBy()).isEqualTo("as-of");
    assertThat(found.position().revision()).isEqualTo(1);
    assertThat(client.partitionKeys(new PartitionKeysRequest(Optional.empty(), 9, Optional.of(new Moment.Time(2_000))),
        CallOptions.DEFAULT).join().partitionKeys()).containsExactly(PK);
    DiffPage diff = client.diff(DiffRequest.of(PK, new Moment.Time(1_000), new Moment.Positions(List.of(2L))),
        CallOptions.DEFAULT).join();
    assertThat(diff.fromRevision()).isEqualTo(1);
    assertThat(diff.differences()).singleElement().satisfies(difference ->
        assertThat(difference.after().map(value -> value.value().utf8())).hasValue("two"));
    assertThatThrownBy(() -> new BlockingStore(client).getAsOf(PK, KEY, new Moment.Revision(9)))
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SUCH_MOMENT));
  }

  @Test
  void aStoreWithoutHistorySaysSo() throws Exception {
    try (TestServer bare = new TestServer(new ScriptedStore()); LogfoldClient client = LogfoldClient.connect(bare.url())) {
      assertThatThrownBy(() -> new BlockingStore(client).history(HistoryRequest.of(new HistoryScope.OfKey(PK, KEY))))
          .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED));
      Recorder reader = new Recorder(1);
      client.watch(WatchRequest.of(PK), reader);
      await().until(() -> reader.failure != null);
      assertThat(reader.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.UNSUPPORTED));
    }
  }

  @Test
  void aWatchTellsTheSameOverTheWire() {
    past.put("pk", "a", "1");
    Recorder reader = new Recorder(Long.MAX_VALUE);
    client().watch(WatchRequest.of(PK).after(0), reader);
    await().until(() -> reader.changes().size() == 1);
    for (int i = 2; i <= 200; i++) {
      past.put("pk", "k" + i, "v");
    }
    await().until(() -> reader.changes().size() == 200);
    assertThat(reader.changes()).extracting(told -> told.change()).isEqualTo(past.changes());
    reader.cancel();
    await().until(() -> watches.size() == 0);
  }

  @Test
  void aReaderThatDoesNotReadIsNotReadForAndThenDropped() throws Exception {
    server.close();
    watches.close();
    watches = Watches.polling(past, new WatchSettings(Duration.ofSeconds(10), Duration.ofMillis(300), Duration.ofSeconds(30), 4,
        10, CallOptions.DEFAULT));
    server = new TestServer(new WatchingStore(past, watches));
    Bytes large = Bytes.wrap(new byte[256 * 1024]);
    for (int i = 0; i < 400; i++) {
      past.event("pk", i, Provenance.NONE, new Mutation.Put(Bytes.utf8("k" + i), large));
    }
    Recorder reader = new Recorder(3);
    client().watch(WatchRequest.of(PK).after(0), reader);
    await().until(() -> watches.size() == 0 && reader.events.size() == 3);
    // A hundred megabytes to tell, of which the connection's windows and the engine's took some.
    assertThat(past.changesRead()).isLessThan(150);
    reader.ask(Long.MAX_VALUE);
    await().until(() -> reader.failure != null);
    assertThat(reader.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.SLOW_DOWN));
    long goOn = reader.events.getLast().resumeAfter();
    assertThat(reader.revisions()).isEqualTo(LongStream.rangeClosed(1, goOn).boxed().toList());
    assertThat(reader.failure).hasMessageEndingWith("to go on, watch behind revision " + goOn);
    Recorder next = new Recorder(Long.MAX_VALUE);
    client().watch(WatchRequest.of(PK).after(goOn), next);
    await().until(() -> next.changes().size() == 400 - goOn);
    assertThat(next.revisions()).isEqualTo(LongStream.rangeClosed(goOn + 1, 400).boxed().toList());
  }

  @Test
  void closingTheClientEndsItsWatches() {
    LogfoldClient client = client();
    Recorder reader = new Recorder(5);
    client.watch(WatchRequest.of(PK), reader);
    await().until(() -> reader.events.size() == 1);
    client.close();
    await().until(() -> reader.failure != null && watches.size() == 0);
    assertThat(reader.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.CLOSED));
  }

  @Test
  void aFutureRevisionKeepsItsCodeOverTheWire() {
    Recorder reader = new Recorder(1);
    client().watch(WatchRequest.of(PK).after(7), reader);
    await().until(() -> reader.failure != null);
    assertThat(reader.failure).satisfies(why -> assertThat(why.code()).isEqualTo(ErrorCode.NO_SUCH_MOMENT));
  }
}
