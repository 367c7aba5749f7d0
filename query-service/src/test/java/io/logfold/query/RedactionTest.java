package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.revision;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.DiffPage;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.KeyRange;
import io.logfold.api.Mutation;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.ReadPosition;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.RequestInfo;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Versioned;
import io.logfold.log.FoldState;
import io.logfold.log.LogRecord;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import io.logfold.query.values.InMemoryKeyVault;
import io.logfold.query.values.MasterKey;
import io.logfold.query.values.Opened;
import io.logfold.query.values.StoredValues;
import io.logfold.query.values.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that are encrypted by policy, and made unreadable. */
class RedactionTest {
  private static final PolicyChange REDACTABLE =
      new PolicyChange.Put(new Policy("people", Bytes.utf8("p"), false, false, true));

  private final SimulatedPartition world = new SimulatedPartition(41).encrypting(true);

  private static void redactable(SimulatedPartition world, SimulatedNode node) {
    CompletableFuture<PolicyOutcome> done = node.change(REDACTABLE);
    world.passMs(100);
    assertThat(done).isCompleted();
  }

  private SimulatedNode leader() {
    SimulatedNode a = world.start("a");
    redactable(world, a);
    return a;
  }

  private long written(SimulatedNode node, String key, String value) {
    CompletableFuture<CommitOutcome> write = node.set(key, value);
    world.passMs(100);
    return revision(write);
  }

  private Versioned read(SimulatedNode node, Consistency consistency, String key) {
    CompletableFuture<GetResult> read = node.get(consistency, key);
    world.passMs(500);
    return answer(read).entries().getFirst().orElseThrow();
  }

  private Versioned read(SimulatedNode node, String key) {
    return read(node, Consistency.LINEARIZABLE, key);
  }

  private RedactOutcome redacted(SimulatedNode node, String key, long revision) {
    CompletableFuture<RedactOutcome> done = node.redact(key, revision);
    world.passMs(200);
    return answer(done);
  }

  /** The stored bytes of all values in the log. */
  private List<Bytes> stored() {
    return world.judged().stream().filter(SimulatedPartition.Judged::valid)
        .filter(each -> each.record() instanceof LogRecord.Event)
        .flatMap(each -> ((LogRecord.Event) each.record()).mutations().stream())
        .flatMap(each -> each instanceof Mutation.Put put ? List.of(put.value()).stream() : List.<Bytes>of().stream()).toList();
  }

  @Test
  void valuesAreEncryptedFromThePolicyOnAndReadAsTheyWereWritten() {
    SimulatedNode a = world.start("a");
    written(a, "before", "open");
    redactable(world, a);
    written(a, "k", "secret");
    assertThat(stored().get(0)).isEqualTo(Bytes.utf8("open"));
    assertThat(StoredValues.keyId(stored().get(1))).isPresent();
    assertThat(stored().get(1).hex()).doesNotContain(Bytes.utf8("secret").hex());
    assertThat(read(a, "before").value()).isEqualTo(Bytes.utf8("open"));
    assertThat(read(a, "k")).isEqualTo(new Versioned(Bytes.utf8("secret"), 3));
    CompletableFuture<ScanPage> scan = a.scan(new ScanRequest(SimulatedNode.PK, KeyRange.ALL, 10, false, false,
        Consistency.LINEARIZABLE, false, Optional.empty()));
    world.passMs(100);
    assertThat(answer(scan).entries()).extracting(Entry::value).containsExactly(Bytes.utf8("open"), Bytes.utf8("secret"));
  }

  @Test
  void theKeyIsDurableBeforeTheEventIsInTheLogAndOtherWritesDoNotWaitForIt() {
    SimulatedNode a = leader();
    world.vaultAway(true);
    CompletableFuture<CommitOutcome> secret = a.set("k", "secret");
    CompletableFuture<CommitOutcome> other = a.commit(new CommitRequest(Bytes.utf8("other"), List.of(),
        List.of(new Mutation.Put(Bytes.utf8("k"), Bytes.utf8("v"))), a.request(), Provenance.NONE));
    world.passMs(500);
    assertThat(revision(other)).isEqualTo(2);
    assertThat(secret).isNotDone();
    assertThat(stored()).hasSize(1);
    world.vaultAway(false);
    world.passMs(100);
    assertThat(revision(secret)).isEqualTo(3);
  }

  @Test
  void aWriteWhoseKeyCannotBeKeptIsSurelyNotApplied() {
    SimulatedNode a = leader();
    world.vaultAway(true);
    CompletableFuture<CommitOutcome> secret = a.set("k", "secret");
    world.passMs(15_000);
    assertThat(code(secret)).isEqualTo(ErrorCode.UNAVAILABLE);
    world.vaultAway(false);
    world.passMs(100);
    assertThat(stored()).isEmpty();
    assertThat(world.vault().size()).as("nobody needs its key").isZero();
  }

  @Test
  void predicatesCompareWhatWasWrittenAndARedactedValueEqualsNothing() {
    SimulatedNode a = leader();
    long first = written(a, "k", "one");
    assertThat(revision(setIfEquals(a, "k", "one", "two"))).isEqualTo(first + 1);
    assertThat(answer(setIfEquals(a, "k", "one", "three"))).isInstanceOf(CommitOutcome.PredicateFailed.class);
    assertThat(world.vault().size()).as("the refused write left no key").isEqualTo(2);
    redacted(a, "k", first + 1);
    assertThat(answer(setIfEquals(a, "k", "two", "three"))).isInstanceOf(CommitOutcome.PredicateFailed.class);
    assertThat(answer(setIfEquals(a, "k", "", "three"))).isInstanceOf(CommitOutcome.PredicateFailed.class);
  }

  private CompletableFuture<CommitOutcome> setIfEquals(SimulatedNode node, String key, String is, String becomes) {
    CompletableFuture<CommitOutcome> write = node.commit(new CommitRequest(SimulatedNode.PK,
        List.of(new Predicate.ValueEquals(Bytes.utf8(key), Bytes.utf8(is))),
        List.of(new Mutation.Put(Bytes.utf8(key), Bytes.utf8(becomes))), node.request(), Provenance.NONE));
    world.passMs(100);
    return write;
  }

  @Test
  void aRedactedValueIsReadAsRedactedEverywhereAndForEver() {
    SimulatedNode a = leader();
    SimulatedNode b = world.start("b");
    long other = written(a, "other", "kept");
    long revision = written(a, "k", "secret");
    assertThat(read(b, Consistency.READ_INDEX, "k").value()).isEqualTo(Bytes.utf8("secret"));
    RedactOutcome outcome = redacted(a, "k", revision);
    assertThat(outcome).isEqualTo(new RedactOutcome(revision + 1, true));
    LogRecord.Event event = (LogRecord.Event) world.judged().getLast().record();
    assertThat(event.redaction().orElseThrow().revision()).isEqualTo(revision);
    assertThat(event.provenance()).isEqualTo(Provenance.of("operator", "asked for it"));

    Versioned gone = new Versioned(Bytes.EMPTY, revision, true);
    assertThat(read(a, "k")).isEqualTo(gone);
    assertThat(read(b, Consistency.READ_INDEX, "k")).isEqualTo(gone);
    assertThat(redacted(a, "k", revision).changed()).isFalse();

    // A table that is made anew from the log, and nodes that begin from it.
    a.kill();
    b.kill();
    world.replaceTable();
    SimulatedNode c = world.start("c");
    world.passMs(10_000);
    assertThat(read(c, "k")).isEqualTo(gone);
    assertThat(read(c, "other")).isEqualTo(new Versioned(Bytes.utf8("kept"), other));
    assertThat(world.judged()).allMatch(SimulatedPartition.Judged::valid);
    // What is written over it is a value again.
    written(c, "k", "new");
    assertThat(read(c, "k").value()).isEqualTo(Bytes.utf8("new"));
  }

  @Test
  void aValueThatWasOverwrittenIsFoundInThePast() {
    SimulatedNode a = leader();
    long revision = written(a, "k", "secret");
    written(a, "k", "public");
    Bytes first = stored().getFirst();
    assertThat(redacted(a, "k", revision).changed()).isTrue();
    assertThat(world.vault().holds(StoredValues.keyId(first).orElseThrow())).isFalse();
    assertThat(read(a, "k").value()).isEqualTo(Bytes.utf8("public"));
  }

  @Test
  void whatCannotBeRedactedIsRefusedAndNothingIsLogged() {
    SimulatedNode a = world.start("a");
    long plain = written(a, "plain", "open");
    redactable(world, a);
    long revision = written(a, "k", "secret");
    long lsn = world.state().lsn();
    assertThat(refused(a, a.redact("plain", plain))).isEqualTo(ErrorCode.POLICY_REFUSED);
    assertThat(refused(a, a.redact("k", revision + 7))).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(refused(a, a.redact("k", plain))).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(refused(a, a.redact("nokey", revision))).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    for (Provenance said : List.of(Provenance.NONE, Provenance.of("me", " "), Provenance.of("", "why"))) {
      assertThat(refused(a, a.redact(new RedactRequest(SimulatedNode.PK, Bytes.utf8("k"), revision, a.request(), said))))
          .isEqualTo(ErrorCode.POLICY_REFUSED);
    }
    assertThat(world.state().lsn()).isEqualTo(lsn);
    assertThat(read(a, "k").value()).isEqualTo(Bytes.utf8("secret"));
  }

  private ErrorCode refused(SimulatedNode node, CompletableFuture<?> call) {
    world.passMs(200);
    return code(call);
  }

  @Test
  void aNodeWithoutTheMasterKeyRefusesToWriteToReadAndToRedact() {
    SimulatedNode a = leader();
    long revision = written(a, "k", "secret");
    a.kill();
    world.encrypting(false);
    SimulatedNode b = world.start("b");
    world.passMs(5_000);
    CompletableFuture<CommitOutcome> write = b.set("k", "v");
    CompletableFuture<GetResult> read = b.get("k");
    CompletableFuture<RedactOutcome> redact = b.redact("k", revision);
    CompletableFuture<CommitOutcome> delete = b.delete("k");
    world.passMs(8_000);
    assertThat(code(write)).isEqualTo(ErrorCode.NO_MASTER_KEY);
    assertThat(code(read)).isEqualTo(ErrorCode.NO_MASTER_KEY);
    assertThat(code(redact)).isEqualTo(ErrorCode.NO_MASTER_KEY);
    assertThat(delete).isCompleted();
  }

  @Test
  void whoeverLeadsNextDestroysWhatTheLeaderBeforeCouldNot() {
    SimulatedNode a = leader();
    long revision = written(a, "k", "secret");
    written(a, "k2", "kept");
    Bytes secret = stored().getFirst();
    world.vaultAway(true);
    CompletableFuture<RedactOutcome> redact = a.redact("k", revision);
    world.passMs(500);
    assertThat(redact).as("the key is not destroyed yet").isNotDone();
    assertThat(world.state().redacted()).hasSize(1);
    a.kill();
    world.loseWhatWaitsForTheVault();
    world.vaultAway(false);
    // Also where its fold begins behind the event.
    world.setAnchorToCheckpoint();
    SimulatedNode b = world.start("b");
    world.passMs(10_000);
    assertThat(read(b, "k").redacted()).isTrue();
    assertThat(world.vault().holds(StoredValues.keyId(secret).orElseThrow())).isFalse();
    assertThat(read(b, "k2").value()).isEqualTo(Bytes.utf8("kept"));
  }

  @Test
  void noMoreRedactionsAreLoggedThanTheNextLeaderWouldKnowOf() {
    SimulatedNode a = leader();
    List<Long> revisions = new ArrayList<>();
    for (int i = 0; i <= FoldState.MAX_REDACTED; i++) {
      revisions.add(written(a, "k" + i, "secret"));
    }
    world.vaultAway(true);
    for (int i = 0; i < FoldState.MAX_REDACTED; i++) {
      a.redact("k" + i, revisions.get(i));
      world.passMs(20);
    }
    CompletableFuture<RedactOutcome> oneMore = a.redact("k" + FoldState.MAX_REDACTED, revisions.getLast());
    world.passMs(200);
    assertThat(code(oneMore)).isEqualTo(ErrorCode.SLOW_DOWN);
    world.vaultAway(false);
    world.passMs(2_000);
    assertThat(redacted(a, "k" + FoldState.MAX_REDACTED, revisions.getLast()).changed()).isTrue();
    assertThat(world.vault().size()).isZero();
  }

  @Test
  void aLinearizableReadWaitsForARedactionThatAFollowerMayHaveToldAlready() {
    SimulatedNode a = leader();
    SimulatedNode b = world.start("b");
    long revision = written(a, "k", "secret");
    read(b, Consistency.READ_INDEX, "k");
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<RedactOutcome> redact = a.redact("k", revision);
    world.passMs(100);
    assertThat(read(b, new Consistency.AtLeast(revision + 1), "k").redacted()).as("told by the follower").isTrue();
    CompletableFuture<GetResult> get = a.get("k");
    CompletableFuture<ScanPage> scan = a.scan(new ScanRequest(SimulatedNode.PK, KeyRange.ALL, 10, false, false,
        Consistency.LINEARIZABLE, false, Optional.empty()));
    world.passMs(100);
    assertThat(redact).isNotDone();
    a.log().releaseAcknowledgements();
    world.passMs(500);
    assertThat(answer(get).entries().getFirst().orElseThrow().redacted()).isTrue();
    assertThat(answer(scan).entries().getFirst().redacted()).isTrue();
    assertThat(redact).isCompleted();
  }

  @Test
  void aPredicateComparesBehindARedactionInFlightAlsoWhereItHadOpenedTheValueBefore() {
    SimulatedNode a = leader();
    long revision = written(a, "k", "secret");
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<RedactOutcome> redact = a.redact("k", revision);
    CompletableFuture<CommitOutcome> opensMeanwhile = setIfEquals(a, "k", "secret", "two");
    CompletableFuture<CommitOutcome> behind = setIfEquals(a, "k", "secret", "three");
    a.log().releaseAcknowledgements();
    world.passMs(2_000);
    assertThat(answer(redact).changed()).isTrue();
    assertThat(answer(opensMeanwhile)).isInstanceOf(CommitOutcome.PredicateFailed.class);
    assertThat(answer(behind)).isInstanceOf(CommitOutcome.PredicateFailed.class);
    assertThat(read(a, "k").redacted()).isTrue();
  }

  @Test
  void aRedactionThatWaitsForTheVaultIsToldAtOnceThatAnotherNodeLeadsNow() {
    SimulatedNode a = leader();
    SimulatedNode b = world.start("b");
    long revision = written(a, "k", "secret");
    world.vaultAway(true);
    CompletableFuture<RedactOutcome> redact = a.redact(new RedactRequest(SimulatedNode.PK, Bytes.utf8("k"), revision,
        a.request(), Provenance.of("operator", "why")));
    world.passMs(100);
    CompletableFuture<String> moved = a.move("b");
    world.passMs(1_000);
    assertThat(moved).isCompleted();
    assertThat(code(redact)).as("its event counts, and whether its key is destroyed this node cannot tell")
        .isEqualTo(ErrorCode.UNKNOWN);
    world.vaultAway(false);
    world.passMs(5_000);
    assertThat(read(b, "k").redacted()).isTrue();
    assertThat(world.vault().size()).isZero();
  }

  @Test
  void aRequestOfAnImpossibleTimeIsRefused() {
    SimulatedNode a = leader();
    long revision = written(a, "k", "secret");
    RequestInfo now = a.request();
    for (long ms : List.of(-3_600_000L, 3_600_000L)) {
      CompletableFuture<RedactOutcome> redact = a.redact(new RedactRequest(SimulatedNode.PK, Bytes.utf8("k"), revision,
          new RequestInfo(now.id(), 1, now.timeMs() + ms), Provenance.of("operator", "why")));
      assertThat(refused(a, redact)).isEqualTo(ms < 0 ? ErrorCode.REQUEST_EXPIRED : ErrorCode.CLOCK_AHEAD);
    }
    assertThat(read(a, "k").value()).isEqualTo(Bytes.utf8("secret"));
  }

  @Test
  void aPageOfASnapshotShowsNothingThatWasRedactedMeanwhile() {
    InMemoryKeyVault.Shared shared = new InMemoryKeyVault.Shared(Runnable::run);
    Values one = values(shared);
    Values other = values(shared);
    Mutation.Put put = (Mutation.Put) one.seal(SimulatedNode.PK,
        List.of(new Mutation.Put(Bytes.utf8("k"), Bytes.utf8("secret")))).join().mutations().getFirst();
    ScanPage stored = new ScanPage(List.of(new Entry(SimulatedNode.PK, put.key(), put.value(), 3)), false,
        new ReadPosition(3, 1, "lease"), Optional.of("s"));
    ScanRequest request = new ScanRequest(SimulatedNode.PK, KeyRange.ALL, 10, false, false, Consistency.LINEARIZABLE, true,
        Optional.of("s"));
    Scans.Scan before = new Scans.Scan(request, other, 0);
    before.answer(stored);
    assertThat(before.future.join().entries().getFirst().value()).isEqualTo(Bytes.utf8("secret"));
    one.destroy(StoredValues.keyId(put.value()).orElseThrow().bytes()).join();
    Scans.Scan after = new Scans.Scan(request, other, 0);
    after.answer(stored);
    assertThat(after.future.join().entries().getFirst().redacted()).isTrue();
  }

  @Test
  void thePastShowsNothingThatWasRedactedBeforeTheCallOnWhateverNode() {
    InMemoryKeyVault.Shared shared = new InMemoryKeyVault.Shared(Runnable::run);
    Values one = values(shared);
    Values other = values(shared);
    Bytes k = Bytes.utf8("k");
    Bytes stored = ((Mutation.Put) one.seal(SimulatedNode.PK, List.of(new Mutation.Put(k, Bytes.utf8("secret")))).join()
        .mutations().getFirst()).value();
    assertThat(other.open(SimulatedNode.PK, k, stored).join()).isEqualTo(new Opened.Plain(Bytes.utf8("secret")));
    one.destroy(StoredValues.keyId(stored).orElseThrow().bytes()).join();
    PastValuesOpened past = new PastValuesOpened(other);
    Versioned then = new Versioned(stored, 3);
    ReadPosition position = new ReadPosition(3, 1, "as-of");
    GetResult get = past.open(new GetRequest(SimulatedNode.PK, List.of(k), Consistency.LINEARIZABLE), new GetResult(List.of(Optional.of(then)), position)).join();
    assertThat(get.entries().getFirst()).contains(new Versioned(Bytes.EMPTY, 3, true));
    DiffPage diff = past.open(SimulatedNode.PK, new DiffPage(List.of(new DiffPage.Difference(k, Optional.empty(),
        Optional.of(then))), 1, 3, Optional.empty())).join();
    assertThat(diff.differences().getFirst().after().orElseThrow().redacted()).isTrue();
  }

  private static Values values(InMemoryKeyVault.Shared shared) {
    return Values.simulated("store", MasterKey.of(new byte[32]), new InMemoryKeyVault(shared), new Random(1), Runnable::run);
  }

  /**
   * Nodes die, appends fail, the vault is away for a while. No value that was acknowledged is ever unreadable unless it was
   * redacted; behind the answer to a redaction nobody reads the value.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void underFailoverValuesAreReadableUnlessTheyWereRedacted(long seed) {
    SimulatedPartition random = new SimulatedPartition(seed).encrypting(true);
    Random dice = new Random(seed);
    SimulatedNode leader = random.start("n0");
    redactable(random, leader);
    Map<Long, String> writtenValues = new HashMap<>();
    Set<Long> asked = new HashSet<>();
    Set<Long> redacted = new HashSet<>();
    List<Runnable> checks = new ArrayList<>();
    int[] readBack = new int[2];
    for (int step = 0; step < 250; step++) {
      int roll = dice.nextInt(100);
      String key = "k" + dice.nextInt(4);
      if (roll < 45) {
        String value = "value" + step;
        leader.set(key, value).thenAccept(outcome -> {
          if (outcome instanceof CommitOutcome.Applied applied) {
            writtenValues.put(applied.revision(), value);
          }
        });
      } else if (roll < 75) {
        Set<Long> gone = Set.copyOf(redacted);
        CompletableFuture<GetResult> read = leader.get(key);
        read.thenAccept(result -> checks.add(() -> result.entries().getFirst().ifPresent(found -> {
          if (found.redacted()) {
            readBack[1]++;
            assertThat(asked).as("revision %s is unreadable because somebody wanted it", found.revision()).contains(found.revision());
          } else {
            readBack[0]++;
            assertThat(gone).as("revision %s was redacted before the read began", found.revision()).doesNotContain(found.revision());
            if (writtenValues.containsKey(found.revision())) {
              assertThat(found.value()).isEqualTo(Bytes.utf8(writtenValues.get(found.revision())));
            }
          }
        })));
      } else if (roll < 88 && !writtenValues.isEmpty()) {
        long revision = writtenValues.keySet().stream().sorted().skip(dice.nextInt(writtenValues.size())).findFirst().orElseThrow();
        for (int k = 0; k < 4; k++) {
          if (dice.nextInt(3) == 0) {
            asked.add(revision);
            leader.redact("k" + k, revision).thenAccept(outcome -> redacted.add(revision));
          }
        }
      } else if (roll < 91) {
        leader.log().next(dice.nextBoolean() ? Fault.LOST : Fault.FAILED_BUT_IN_THE_LOG);
      } else if (roll < 94) {
        random.vaultAway(true);
      } else if (roll < 96) {
        random.vaultAway(false);
      } else if (roll < 98) {
        leader.kill();
        if (dice.nextBoolean()) {
          random.loseWhatWaitsForTheVault();
        }
        leader = random.start("n" + step);
        random.passMs(7_000);
      }
      random.passMs(dice.nextInt(3) == 0 ? 30 : 0);
    }
    random.vaultAway(false);
    random.passMs(30_000);
    checks.forEach(Runnable::run);
    assertThat(readBack[0]).isPositive();

    SimulatedNode last = random.start("last");
    leader.kill();
    random.passMs(10_000);
    Set<String> keysLeft = new HashSet<>();
    for (int k = 0; k < 4; k++) {
      CompletableFuture<GetResult> read = last.get("k" + k);
      random.passMs(5_000);
      answer(read).entries().getFirst().ifPresent(found -> {
        assertThat(found.redacted()).isEqualTo(isRedacted(random, found.revision()));
        keysLeft.add(found.value().toString());
      });
    }
    for (SimulatedPartition.Judged each : random.judged()) {
      if (each.valid() && each.record() instanceof LogRecord.Event event) {
        for (Mutation mutation : event.mutations()) {
          if (mutation instanceof Mutation.Put put) {
            assertThat(random.vault().holds(StoredValues.keyId(put.value()).orElseThrow())).as("key of revision %s", event.lsn())
                .isEqualTo(!isRedacted(random, event.lsn()));
          }
        }
      }
    }
    assertThat(redacted).allMatch(revision -> isRedacted(random, revision));
  }

  private static boolean isRedacted(SimulatedPartition world, long revision) {
    return world.judged().stream().anyMatch(each -> each.valid() && each.record() instanceof LogRecord.Event event
        && event.redaction().isPresent() && event.redaction().get().revision() == revision);
  }
}
