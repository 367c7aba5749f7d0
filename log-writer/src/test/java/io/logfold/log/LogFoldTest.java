package io.logfold.log;

import static io.logfold.log.Verdict.Reason.FOREIGN;
import static io.logfold.log.Verdict.Reason.MISPLACED_GENESIS;
import static io.logfold.log.Verdict.Reason.OTHER_HISTORY;
import static io.logfold.log.Verdict.Reason.STALE_TOKEN;
import static io.logfold.log.Verdict.Reason.UNDECODABLE;
import static io.logfold.log.Verdict.Reason.VOID_CLAIM;
import static io.logfold.log.Verdict.Reason.WRONG_LSN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.log.LogRecord.Claim;
import io.logfold.log.PartitionLog.RawRecord;
import io.logfold.log.RequestTable.Remembered;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.wire.Record;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogFoldTest {
  private final LogFold fold = new LogFold(FoldState.empty("s", 0), true);

  @Test
  void anEmptyFoldIsTheEmptyState() {
    assertThat(fold.state()).isEqualTo(FoldState.empty("s", 0));
  }

  @Test
  void aPlainLogIsValidThroughout() {
    LogBuilder log = LogBuilder.led().put("a", "1").renew().barrier().pass(50).put("b", "2").resign();
    assertThat(kinds(log))
        .containsExactly("GenesisAccepted", "ClaimEffective", "Valid", "Valid", "Valid", "Valid", "Valid");
    assertFollows(log);
    assertThat(fold.state().logTimeMs()).isEqualTo(log.timeMs());
    assertThat(fold.state().genesis()).contains(GenesisConfig.defaults(1));
    assertThat(fold.requests().size()).isEqualTo(2);
  }

  @Test
  void theStateNamesTheLeaderUntilItResigns() {
    LogBuilder log = LogBuilder.led();
    apply(log);
    assertThat(fold.state().token()).isEqualTo(1);
    assertThat(fold.state().leaderNode()).isEqualTo("a");
    assertThat(fold.state().leaderAddress()).isEqualTo("a:7171");
    apply(log.resign());
    assertThat(fold.state().token()).isEqualTo(FoldState.NO_TOKEN);
    assertThat(fold.state().leaderNode()).isEmpty();
    assertThat(fold.state().leaderAddress()).isEmpty();
  }

  @Test
  void nothingCountsBeforeGenesis() {
    LogBuilder log = new LogBuilder("s", 0);
    log.stray(log.nextClaim("a")).stray(log.nextPut("a", "1"));
    assertThat(reasons(log)).containsExactly(MISPLACED_GENESIS, MISPLACED_GENESIS);
    log.genesis(GenesisConfig.defaults(1));
    assertThat(kinds(log)).containsExactly("GenesisAccepted");
    assertFollows(log);
  }

  @Test
  void aGenesisThatIsChainedToSomethingIsNotTheFirst() {
    LogBuilder log = new LogBuilder("s", 0);
    RecordHeader chained = new RecordHeader("s", 0, 1, RecordHasher.ofValue(Bytes.utf8("x")));
    log.stray(new LogRecord.Genesis(chained, GenesisConfig.defaults(1)));
    assertThat(reasons(log)).containsExactly(MISPLACED_GENESIS);
    assertThat(fold.state().genesis()).isEmpty();
  }

  @Test
  void theFirstGenesisWins() {
    LogBuilder log = LogBuilder.led();
    log.stray(new LogRecord.Genesis(new RecordHeader("s", 0, 1, Hash.ZERO), GenesisConfig.defaults(9)))
        .stray(new LogRecord.Genesis(log.header(), GenesisConfig.defaults(9)))
        .put("a", "1");
    assertThat(reasons(log)).containsExactly(MISPLACED_GENESIS, MISPLACED_GENESIS);
    assertThat(fold.state().genesis()).contains(GenesisConfig.defaults(1));
    assertFollows(log);
  }

  @Test
  void ofTwoClaimsOnTheSameStateTheFirstIsEffective() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    Claim ofB = log.nextClaim("b");
    Claim ofC = log.nextClaim("c");
    log.valid(ofB).stray(ofC);
    assertThat(reasons(log)).containsExactly(VOID_CLAIM);
    assertThat(fold.state().leaderNode()).isEqualTo("b");
    assertFollows(log);
  }

  @Test
  void aClaimThatWasOvertakenByAnEventIsVoidAndTheLeaderGoesOn() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    Claim slow = log.nextClaim("b");
    log.put("b", "2").stray(slow).put("c", "3");
    assertThat(reasons(log)).containsExactly(VOID_CLAIM);
    assertThat(fold.state().leaderNode()).isEqualTo("a");
    assertFollows(log);
  }

  @Test
  void skippedRecordsDoNotOvertakeAClaim() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    Claim claim = log.nextClaim("b");
    log.repeatLast().stray(Bytes.utf8("noise")).valid(claim).put("b", "2");
    assertThat(reasons(log)).containsExactly(WRONG_LSN, UNDECODABLE);
    assertThat(fold.state().leaderNode()).isEqualTo("b");
    assertFollows(log);
  }

  @Test
  void aClaimOnAnotherHistoryIsVoidEvenWithTokenAndBasisRightAndReportedAsSuch() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    Claim claim = log.nextClaim("b");
    log.stray(new Claim(otherHistory(), "b", "b:1", claim.prevToken(), claim.basis() + 100, 1)).put("b", "2");
    assertThat(reasons(log)).containsExactly(OTHER_HISTORY);
    assertThat(fold.skipped(OTHER_HISTORY)).isEqualTo(1);
    assertThat(fold.state().leaderNode()).isEqualTo("a");
    assertFollows(log);
  }

  @Test
  void aClaimOnTheRightHistoryStillNeedsTokenAndBasis() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    Claim right = log.nextClaim("b");
    log.stray(new Claim(right.header(), "b", "b:1", right.prevToken(), right.basis() - 1, 1))
        .stray(new Claim(right.header(), "b", "b:1", right.prevToken() - 1, right.basis(), 1))
        .stray(new Claim(right.header(), "b", "b:1", FoldState.NO_TOKEN, right.basis(), 1));
    assertThat(reasons(log)).containsExactly(VOID_CLAIM, VOID_CLAIM, VOID_CLAIM);
    log.valid(right).put("b", "2");
    assertThat(reasons(log)).isEmpty();
    assertThat(fold.state().leaderNode()).isEqualTo("b");
    assertFollows(log);
  }

  @Test
  void aLeaderMayClaimAgainUnderANewToken() {
    LogBuilder log = LogBuilder.led().put("a", "1").claim("a");
    long token = log.token();
    log.put("b", "2");
    assertThat(reasons(log)).isEmpty();
    assertThat(fold.state().token()).isEqualTo(token);
    assertFollows(log);
  }

  @Test
  void aDeposedLeadersEventsAreVoid() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    LogRecord.Event inFlight = log.nextPut("b", "2");
    log.claim("b").stray(inFlight).put("c", "3");
    assertThat(reasons(log)).containsExactly(STALE_TOKEN);
    assertThat(fold.requests().find(inFlight.request().id())).isEmpty();
    assertFollows(log);
  }

  @Test
  void aTornPipelineCountsUpToTheTear() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    LogBuilder pipeline = LogBuilder.led().put("a", "1").put("lost", "2").put("late", "3").put("later", "4");
    List<RawRecord> torn = pipeline.records().subList(4, 6);
    torn.forEach(each -> log.stray(each.value()));
    log.claim("a").put("b", "2");
    assertThat(reasons(log)).containsExactly(WRONG_LSN, WRONG_LSN);
    assertThat(fold.state().lsn()).isEqualTo(2);
    assertFollows(log);
  }

  @Test
  void aDuplicateCountsOnce() {
    LogBuilder log = LogBuilder.led().put("a", "1").repeatLast().repeatLast().put("b", "2");
    assertThat(reasons(log)).containsExactly(WRONG_LSN, WRONG_LSN);
    assertThat(fold.skipped(WRONG_LSN)).isEqualTo(2);
    assertThat(fold.skipped(STALE_TOKEN)).isZero();
    assertFollows(log);
  }

  @Test
  void recordsOfOtherStoresAndPartitionsAreForeign() {
    LogBuilder log = LogBuilder.led();
    LogBuilder otherStore = new LogBuilder("t", 0).genesis(GenesisConfig.defaults(1)).claim("x").put("a", "1");
    LogBuilder otherPartition = new LogBuilder("s", 1).genesis(GenesisConfig.defaults(2)).claim("x").put("a", "1");
    otherStore.records().forEach(each -> log.stray(each.value()));
    otherPartition.records().forEach(each -> log.stray(each.value()));
    log.put("a", "1");
    assertThat(reasons(log)).hasSize(6).containsOnly(FOREIGN);
    assertFollows(log);
  }

  @Test
  void offsetsThatHoldNothingChangeNothing() {
    LogBuilder log = LogBuilder.led().gap(3).put("a", "1").gap(1_000_000).put("b", "2").gap(1).claim("b").put("c", "3");
    assertThat(reasons(log)).isEmpty();
    assertFollows(log);
  }

  @Test
  void afterAResignOnlyAClaimOnItIsEffective() {
    LogBuilder log = LogBuilder.led();
    LogRecord.Renew underNoToken = new LogRecord.Renew(otherHistory(), FoldState.NO_TOKEN, 2, 5);
    Claim beforeResign = log.nextClaim("b");
    log.resign();
    LogRecord.Event afterResign = log.nextPut("a", "1");
    log.stray(afterResign).stray(underNoToken).stray(beforeResign);
    log.stray(new Claim(log.header(), "b", "b:1", FoldState.NO_TOKEN, 0, 1));
    log.claim("c").put("a", "2");
    assertThat(reasons(log)).containsExactly(STALE_TOKEN, STALE_TOKEN, VOID_CLAIM, VOID_CLAIM);
    assertThat(fold.state().leaderNode()).isEqualTo("c");
    assertFollows(log);
  }

  @Test
  void aRecordUnderNoTokenIsNeverValid() {
    LogBuilder log = new LogBuilder("s", 0).genesis(GenesisConfig.defaults(1));
    log.stray(log.nextPut("a", "1"));
    assertThat(reasons(log)).containsExactly(STALE_TOKEN);
    assertFollows(log);
  }

  @Test
  void chainsOfResignAndClaimKeepLsnsDense() {
    LogBuilder log = LogBuilder.led().put("a", "1").resign().claim("b").resign().claim("c").claim("a").put("b", "2");
    assertThat(reasons(log)).isEmpty();
    assertThat(fold.state().lsn()).isEqualTo(4);
    assertFollows(log);
  }

  @Test
  void theRightTokenAndLsnOnAnotherHistoryIsCorruptAndStopsTheFold() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    apply(log);
    FoldState before = fold.state();
    LogRecord.Renew wrong = new LogRecord.Renew(otherHistory(), log.token(), log.lsn() + 1, log.timeMs());
    log.stray(wrong).put("b", "2").claim("b");
    assertThat(kinds(log)).containsExactly("Corrupt", "Corrupt", "Corrupt");
    assertThat(fold.state()).isEqualTo(before);
    assertThat(fold.stopped()).containsInstanceOf(Verdict.Corrupt.class);
    assertThat(fold.applyOwn(100, log.nextRenew(), Hash.ZERO)).isInstanceOf(Verdict.Corrupt.class);

    LogFold restarted = new LogFold(before, false);
    RawRecord corrupt = log.records().get(3);
    assertThat(restarted.apply(corrupt.offset(), corrupt.value())).isInstanceOf(Verdict.Corrupt.class);
  }

  @Test
  void aNewerFormatStopsTheFoldWhereItIs() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    apply(log);
    FoldState before = fold.state();
    log.stray(newer("s", 0)).put("b", "2");
    List<Verdict> verdicts = apply(log);
    assertThat(verdicts).containsExactly(new Verdict.NewerFormat(2), new Verdict.NewerFormat(2));
    assertThat(fold.state()).isEqualTo(before);
    assertThat(fold.stopped()).contains(new Verdict.NewerFormat(2));
  }

  @Test
  void aNewerFormatOfAStrangerDoesNotStopTheFold() {
    LogBuilder log = LogBuilder.led().stray(newer("t", 0)).stray(newer("s", 1)).put("a", "1");
    assertThat(reasons(log)).containsExactly(FOREIGN, FOREIGN);
    assertFollows(log);
  }

  @Test
  void logTimeNeverGoesBack() {
    LogBuilder log = LogBuilder.led().pass(500).put("a", "1");
    long latest = log.timeMs();
    log.pass(-400).put("b", "2");
    assertThat(reasons(log)).isEmpty();
    assertThat(fold.state().logTimeMs()).isEqualTo(latest);
  }

  @Test
  void theLastValidServeEventSaysWhichTableServes() {
    LogBuilder log = LogBuilder.led().put("a", "1");
    apply(log);
    assertThat(fold.state().serving()).isEmpty();
    apply(log.serve("one").put("a", "2"));
    assertThat(fold.state().serving()).isEqualTo("one");
    LogRecord stale = log.nextServe("two");
    apply(log.put("a", "3").stray(stale));
    assertThat(fold.state().serving()).isEqualTo("one");
    apply(log.resign().claim("b").serve("main"));
    assertThat(fold.state().serving()).isEqualTo("main");
    assertThat(CheckpointCodec.decode(CheckpointCodec.encode(new Checkpoint(fold.state(), fold.state()))).at())
        .isEqualTo(fold.state());
  }

  @Test
  void policiesAndRedactionsAreInForceFromTheirEventsAndInCheckpoints() {
    LogBuilder log = LogBuilder.led();
    Policy people = new Policy("people", Bytes.utf8("people/"), true, false, true);
    log.valid(LogRecord.Event.policy(log.header(), log.token(), log.lsn() + 1, log.request(), 5, Provenance.of("p", "r"),
        new PolicyChange.Put(people)));
    for (int i = 0; i < FoldState.MAX_REDACTED + 1; i++) {
      byte[] keyId = new byte[16];
      keyId[0] = (byte) i;
      log.valid(LogRecord.Event.redaction(log.header(), log.token(), log.lsn() + 1, log.request(), 6,
          Provenance.of("p", "r"), Bytes.utf8("people/1"), new Redaction(Bytes.utf8("k"), 1, Bytes.wrap(keyId))));
    }
    apply(log);
    assertThat(fold.state().policies().all()).containsExactly(people);
    assertThat(fold.state().redacted()).hasSize(FoldState.MAX_REDACTED);
    assertThat(fold.state().redacted().getFirst().at(0)).isEqualTo((byte) 1);
    assertThat(CheckpointCodec.decode(CheckpointCodec.encode(new Checkpoint(fold.state(), fold.state()))).at())
        .isEqualTo(fold.state());
  }

  @Test
  void everyOutcomeOfAValidEventIsRemembered() {
    LogBuilder log = LogBuilder.led();
    List<Outcome> outcomes =
        List.of(Outcome.APPLIED, Outcome.UNCHANGED, new Outcome.PredicateFailed(2, 9), Outcome.CANCELLED);
    List<LogRecord.Event> events = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      LogRecord.Event event = log.nextEvent(log.request(), List.of(), outcome);
      events.add(event);
      log.valid(event);
    }
    apply(log);
    for (LogRecord.Event event : events) {
      assertThat(fold.requests().find(event.request().id())).contains(new Remembered(event.lsn(), event.outcome()));
    }
  }

  @Test
  void aFoldThatStartsInTheMiddleExpiresByTheLogTimeItStartsWith() {
    LogBuilder log = LogBuilder.led().pass(GenesisConfig.defaults(1).dedupeWindowMs()).put("a", "1");
    apply(log);
    LogFold started = new LogFold(fold.state(), true);
    long oldest = log.timeMs() - GenesisConfig.defaults(1).dedupeWindowMs();
    assertThat(started.requests().expired(oldest - 1)).isTrue();
    assertThat(started.requests().expired(oldest)).isFalse();
  }

  @Test
  void aFoldThatRemembersNoRequestsHasTheSameStateAndGivesNoWrongAnswer() {
    LogBuilder log = LogBuilder.led().put("a", "1").put("b", "2");
    LogFold forgetful = new LogFold(FoldState.empty("s", 0), false);
    log.records().forEach(record -> forgetful.apply(record.offset(), record.value()));
    apply(log);
    assertThat(forgetful.state()).isEqualTo(fold.state());
    assertThatIllegalStateException().isThrownBy(forgetful::requests).withMessageContaining("not to remember");
  }

  @Test
  void aLeadersOwnRecordsAreJudgedLikeThoseRead() {
    LogBuilder log = LogBuilder.led();
    apply(log);
    LogFold own = new LogFold(fold.state(), true);
    LogRecord.Event event = log.nextPut("a", "1");
    log.valid(event);
    assertThat(own.applyOwn(log.lastOffset(), event, log.hash())).isEqualTo(new Verdict.Valid(event));
    apply(log);
    assertThat(own.state()).isEqualTo(fold.state());
    assertThat(own.requests().find(event.request().id())).isPresent();
    assertThat(own.applyOwn(log.lastOffset() + 1, event, log.hash()))
        .isInstanceOfSatisfying(Verdict.Skipped.class, skipped -> assertThat(skipped.reason()).isEqualTo(WRONG_LSN));
  }

  @Test
  void aWrongHashForAnOwnRecordIsCaughtWhereAssertionsAreOn() {
    LogBuilder log = LogBuilder.led();
    apply(log);
    assertThatThrownBy(() -> fold.applyOwn(2, log.nextRenew(), Hash.ZERO)).isInstanceOf(AssertionError.class);
  }

  @Test
  void anOffsetThatWasJudgedIsRefused() {
    LogBuilder log = LogBuilder.led();
    apply(log);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fold.apply(1, log.records().get(1).value()))
        .withMessageContaining("the next is at 2");
  }

  /** Applies the records that were not applied yet. */
  private List<Verdict> apply(LogBuilder log) {
    return log.records().stream()
        .filter(record -> record.offset() >= fold.state().position())
        .map(record -> fold.apply(record.offset(), record.value()))
        .toList();
  }

  private List<String> kinds(LogBuilder log) {
    return apply(log).stream().map(verdict -> verdict.getClass().getSimpleName()).toList();
  }

  private List<Verdict.Reason> reasons(LogBuilder log) {
    return apply(log).stream()
        .filter(Verdict.Skipped.class::isInstance)
        .map(verdict -> ((Verdict.Skipped) verdict).reason())
        .toList();
  }

  /** The fold is where the builder meant it to be. */
  private void assertFollows(LogBuilder log) {
    FoldState state = fold.state();
    assertThat(state.token()).isEqualTo(log.token());
    assertThat(state.lsn()).isEqualTo(log.lsn());
    assertThat(state.hash()).isEqualTo(log.hash());
    assertThat(state.lastValidOffset()).isEqualTo(log.lastValidOffset());
    assertThat(state.position()).isEqualTo(log.lastOffset() + 1);
    assertThat(fold.stopped()).isEmpty();
  }

  private static RecordHeader otherHistory() {
    return new RecordHeader("s", 0, 1, RecordHasher.ofValue(Bytes.utf8("another history")));
  }

  private static Bytes newer(String store, int partition) {
    return Bytes.wrap(
        Record.newBuilder().setStore(store).setPartition(partition).setFormat(2).build().toByteArray());
  }
}
