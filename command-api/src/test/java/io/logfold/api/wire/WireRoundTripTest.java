package io.logfold.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.KeyRange;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WireRoundTripTest {
  private static final Bytes PK = Bytes.hex("00ff00");
  private static final Bytes KEY = Bytes.hex("ff0001");
  private static final io.logfold.api.ReadPosition POSITION = new io.logfold.api.ReadPosition(7, 3, "lease");

  @Test
  void aGetArrivesAsItWasMadeAtEveryConsistency() {
    for (Consistency level : List.of(Consistency.LINEARIZABLE, Consistency.BARRIER, Consistency.READ_INDEX,
        new Consistency.AtLeast(0), new Consistency.AtLeast(12), new Consistency.Stale(Duration.ZERO), new Consistency.Stale(Duration.ofDays(2)))) {
      GetRequest request = new GetRequest(PK, List.of(KEY, Bytes.utf8("b")), level);
      assertThat(WireRequests.decode(WireRequests.encode(request))).isEqualTo(request);
    }
  }

  @Test
  void aCommitArrivesAsItWasMade() {
    CommitRequest request = new CommitRequest(PK,
        List.of(new io.logfold.api.Predicate.Absent(KEY), new io.logfold.api.Predicate.Exists(KEY),
            new io.logfold.api.Predicate.ValueEquals(KEY, Bytes.EMPTY),
            new io.logfold.api.Predicate.RevisionIs(KEY, 99)),
        List.of(new io.logfold.api.Mutation.Put(KEY, Bytes.EMPTY),
            new io.logfold.api.Mutation.Delete(Bytes.utf8("gone"))),
        new RequestInfo(new RequestId(-1, Long.MIN_VALUE), 0, 1_700_000_000_123L),
        new io.logfold.api.Provenance("alice", "because", "job"));
    assertThat(WireRequests.decode(WireRequests.encode(request), "elsewhere")).isEqualTo(request);
  }

  @Test
  void theSourceIsFilledOnlyWhereTheRequestNamesNone() {
    CommitRequest request = new CommitRequest(PK, List.of(), List.of(new io.logfold.api.Mutation.Delete(KEY)),
        new RequestInfo(new RequestId(1, 2), 1, 3), io.logfold.api.Provenance.NONE);
    assertThat(WireRequests.decode(WireRequests.encode(request), "10.0.0.1").provenance())
        .isEqualTo(new io.logfold.api.Provenance("", "", "10.0.0.1"));
  }

  @Test
  void aScanArrivesAsItWasMade() {
    ScanOptions options = ScanOptions.all().withPrefix(Bytes.utf8("p")).withAfter(Bytes.utf8("pa"))
        .withBatchSize(17).withKeysOnly().reversed().withSnapshot();
    ScanRequest request = ScanRequest.of(PK, options);
    assertThat(WireRequests.decode(WireRequests.encode(request))).isEqualTo(request);
    ScanRequest next = request.next(Bytes.utf8("pq"), Optional.of("snapshot-1"));
    assertThat(WireRequests.decode(WireRequests.encode(next))).isEqualTo(next);
  }

  @Test
  void aRangeThatIsEmptyStaysEmptyAndIsNotRefused() {
    ScanRequest request = ScanRequest.of(PK,
        ScanOptions.all().withPrefix(Bytes.utf8("a")).withStart(Bytes.utf8("z")));
    assertThat(request.range().isEmpty()).isTrue();
    assertThat(WireRequests.decode(WireRequests.encode(request)).range().isEmpty()).isTrue();
    ScanRequest nothing = new ScanRequest(PK, new KeyRange(Bytes.EMPTY, Optional.of(Bytes.EMPTY)), 1, false, false,
        Consistency.LINEARIZABLE, false, Optional.empty());
    assertThat(WireRequests.decode(WireRequests.encode(nothing)).range().isEmpty()).isTrue();
  }

  @Test
  void aListOfPartitionKeysArrivesAsItWasAskedFor() {
    for (PartitionKeysRequest request : List.of(new PartitionKeysRequest(Optional.empty(), 1),
        new PartitionKeysRequest(Optional.of(PK), 10_000))) {
      assertThat(WireRequests.decode(WireRequests.encode(request))).isEqualTo(request);
    }
    io.logfold.api.PartitionKeysPage page = new io.logfold.api.PartitionKeysPage(List.of(PK, KEY), true);
    assertThat(WireResults.decode(WireResults.encode(page))).isEqualTo(page);
  }

  @Test
  void answersArriveAsTheyWereGiven() {
    io.logfold.api.GetResult found = new io.logfold.api.GetResult(
        List.of(Optional.of(new Versioned(Bytes.EMPTY, 4)), Optional.empty()), POSITION);
    assertThat(WireResults.decode(WireResults.encode(found))).isEqualTo(found);
    for (CommitOutcome outcome : List.of(new CommitOutcome.Applied(8, false),
        new CommitOutcome.PredicateFailed(2, KEY, OptionalLong.of(5)),
        new CommitOutcome.PredicateFailed(0, KEY, OptionalLong.empty()))) {
      assertThat(WireResults.decode(WireResults.encode(outcome))).isEqualTo(outcome);
    }
    io.logfold.api.ScanPage page = new io.logfold.api.ScanPage(
        List.of(new io.logfold.api.Entry(PK, KEY, Bytes.utf8("v"), 6)), true, POSITION, Optional.of("s"));
    assertThat(WireResults.decode(WireResults.encode(page, 1_000), PK)).isEqualTo(page);
    io.logfold.api.ScanPage early = new io.logfold.api.ScanPage(List.of(), true, POSITION, Optional.empty(), Optional.of(KEY));
    assertThat(WireResults.decode(WireResults.encode(early, 1_000), PK)).isEqualTo(early);
    io.logfold.api.PartitionKeysPage none = new io.logfold.api.PartitionKeysPage(List.of(), true, Optional.of(PK));
    assertThat(WireResults.decode(WireResults.encode(none))).isEqualTo(none);
  }

  @Test
  void aQuestionAfterARequestAndWhatBecameOfItArriveAsTheyWereSaid() {
    ResolveRequest asked = new ResolveRequest(PK, new RequestId(-1, 7), 1_700_000_000_123L,
        new io.logfold.api.Provenance("alice", "because", "job"));
    assertThat(WireRequests.decode(WireRequests.encode(asked), "elsewhere")).isEqualTo(asked);
    for (io.logfold.api.Resolution resolution : List.of(new io.logfold.api.Resolution.Applied(8, true),
        new io.logfold.api.Resolution.Applied(8, false),
        new io.logfold.api.Resolution.PredicateFailed(2, OptionalLong.of(5)),
        new io.logfold.api.Resolution.PredicateFailed(0, OptionalLong.empty()),
        new io.logfold.api.Resolution.Cancelled(9))) {
      assertThat(WireResults.decode(WireResults.encode(resolution))).isEqualTo(resolution);
    }
  }

  @Test
  void aNodeThatDoesNotLeadNamesTheLeaderWhereItKnowsOne() {
    StoreException named = StoreException.notLeader(3, "n2", "http://h2:7171");
    assertThat(WireErrors.decode(WireErrors.encode(named)).leaderAddress()).contains("http://h2:7171");
    assertThat(WireErrors.decode(WireErrors.encode(StoreException.notLeader(3, "", ""))).leaderAddress()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void aFailureKeepsItsCodeAndItsWords(ErrorCode code) {
    StoreException received = WireErrors.decode(WireErrors.encode(new StoreException(code, "what was wrong")));
    assertThat(received.code()).isEqualTo(code);
    assertThat(received).hasMessage("what was wrong");
    StoreException byStatus = WireErrors.fromStatus(WireErrors.status(new StoreException(code, "what was wrong")));
    assertThat(byStatus.code()).isEqualTo(code);
  }

  @Test
  void anUndecidedWriteKeepsItsRequestIdAndToken() {
    RequestId id = new RequestId(3, 4);
    for (long token : new long[] {-1, 1, 77}) {
      StoreException sent = StoreException.unknown(id, token, "why");
      StoreException received = WireErrors.decode(WireErrors.encode(sent));
      assertThat(received.requestId()).contains(id);
      assertThat(received.token()).isEqualTo(token);
      assertThat(received).hasMessage(sent.getMessage());
    }
  }

  @Test
  void aCodeOfANewerServerIsInternalAndKeepsItsName() {
    StoreException received = WireErrors.decode(
        Error.newBuilder().setCode("ON_FIRE").setMessage("hot").setRequestId(ByteString.copyFromUtf8("x")).build());
    assertThat(received.code()).isEqualTo(ErrorCode.INTERNAL);
    assertThat(received).hasMessageContaining("ON_FIRE").hasMessageContaining("hot");
    assertThat(received.requestId()).isEmpty();
  }

  @Test
  void aHistoryArrivesAsItWasAskedInEveryScope() {
    for (io.logfold.api.HistoryScope scope : List.of(new io.logfold.api.HistoryScope.OfKey(PK, KEY),
        new io.logfold.api.HistoryScope.OfPrefix(PK, Bytes.EMPTY), new io.logfold.api.HistoryScope.OfPrefix(PK, KEY),
        new io.logfold.api.HistoryScope.OfPrincipal("alice"))) {
      io.logfold.api.HistoryRequest plain = io.logfold.api.HistoryRequest.of(scope);
      assertThat(WirePast.decode(WirePast.encode(plain))).isEqualTo(plain);
      boolean ofPrincipal = scope instanceof io.logfold.api.HistoryScope.OfPrincipal;
      io.logfold.api.HistoryRequest full = new io.logfold.api.HistoryRequest(scope, Optional.of(0L), Optional.of(9L), true, 7,
          Optional.of("cursor"), ofPrincipal ? Optional.empty() : Optional.of(0L));
      assertThat(WirePast.decode(WirePast.encode(full))).isEqualTo(full);
    }
  }

  @Test
  void changesAndDifferencesArriveAsTheyAre() {
    io.logfold.api.Provenance who = new io.logfold.api.Provenance("alice", "because", "job");
    List<io.logfold.api.Change> changes = List.of(
        new io.logfold.api.Change(PK, KEY, 9, 0, io.logfold.api.Change.Kind.PUT, Optional.of(Bytes.EMPTY), 0, 5, who,
            new RequestId(1, 2)),
        new io.logfold.api.Change(PK, KEY, 10, 9, io.logfold.api.Change.Kind.PUT, Optional.empty(), 12, 5, who,
            new RequestId(1, 3)),
        new io.logfold.api.Change(PK, KEY, 11, 10, io.logfold.api.Change.Kind.DELETE, Optional.empty(), 0, 6, who,
            new RequestId(1, 4)),
        new io.logfold.api.Change(PK, KEY, 12, 10, io.logfold.api.Change.Kind.REDACT, Optional.empty(), 0, 6, who,
            new RequestId(1, 5)));
    io.logfold.api.HistoryPage page = new io.logfold.api.HistoryPage(changes, Optional.of("next"));
    assertThat(WirePast.decode(WirePast.encode(page))).isEqualTo(page);
    io.logfold.api.DiffPage diff = new io.logfold.api.DiffPage(List.of(
        new io.logfold.api.DiffPage.Difference(KEY, Optional.empty(), Optional.of(new Versioned(Bytes.EMPTY, 3))),
        new io.logfold.api.DiffPage.Difference(PK, Optional.of(new Versioned(KEY, 1)), Optional.empty())), 1, 3,
        Optional.empty());
    assertThat(WirePast.decode(WirePast.encode(diff))).isEqualTo(diff);
    for (io.logfold.api.Moment moment : List.of(new io.logfold.api.Moment.Revision(0), new io.logfold.api.Moment.Time(7),
        new io.logfold.api.Moment.Positions(List.of(0L, 4L)))) {
      io.logfold.api.DiffRequest asked = new io.logfold.api.DiffRequest(PK, KeyRange.prefix(KEY), moment, moment, 5,
          Optional.of("c"));
      assertThat(WirePast.decode(WirePast.encode(asked))).isEqualTo(asked);
    }
  }

  @Test
  void aWatchAndItsEventsArriveAsTheyAre() {
    for (io.logfold.api.WatchRequest request : List.of(io.logfold.api.WatchRequest.of(PK),
        io.logfold.api.WatchRequest.of(PK).after(0),
        new io.logfold.api.WatchRequest(new io.logfold.api.HistoryScope.OfKey(PK, KEY), Optional.of(4L)))) {
      assertThat(WirePast.decode(WirePast.encode(request))).isEqualTo(request);
    }
    for (io.logfold.api.WatchEvent event : List.of(new io.logfold.api.WatchEvent.Progress(8, 9),
        new io.logfold.api.WatchEvent.Changed(new io.logfold.api.Change(PK, KEY, 9, 0, io.logfold.api.Change.Kind.PUT,
            Optional.of(KEY), 0, 5, io.logfold.api.Provenance.NONE, new RequestId(1, 2)), 8))) {
      assertThat(WirePast.decode(WirePast.encode(event))).isEqualTo(event);
    }
  }
}
