package io.logfold.query;

import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.entries;
import static io.logfold.query.testing.Replies.failure;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.Replies.value;
import static io.logfold.query.testing.Replies.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.api.KeyRange;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.projector.table.Table.TablePage;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Misses: what of the table's answers counts. */
class TableReadTest {
  private final SimulatedPartition world = new SimulatedPartition(9);

  /** A node whose partition keys are all too large to be resident, and whose memtable holds some 25 small entries. */
  private SimulatedNode small() {
    return world.start("a", config -> config.withMemtableLimitBytes(5_000).withResidentLimitRows(5));
  }

  /** 200 keys, projected, of which the leader has forgotten most. */
  private SimulatedNode smallWithHistory() {
    SimulatedNode a = small();
    for (int i = 0; i < 200; i++) {
      a.set("key" + i, "v" + i);
      world.passMs(100);
    }
    assertThat(status(a).memtableBytes()).isLessThan(10_000);
    return a;
  }

  @Test
  void aForgottenKeyIsReadFromTheTable() {
    SimulatedNode a = smallWithHistory();
    for (int i = 0; i < 200; i++) {
      assertThat(read(a, "key" + i)).isEqualTo("v" + i);
    }
    assertThat(world.table().reads()).isPositive();
  }

  @Test
  void getsThatWaitForTheTableAtTheSameMomentAreAskedForTogetherAndEachGetsItsOwnAnswer() {
    SimulatedNode a = smallWithHistory();
    read(a, "key0"); // known to be too large to be resident
    a.tableCalls().hold();
    List<CompletableFuture<GetResult>> reads = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      reads.add(a.get("key" + i));
    }
    reads.add(a.get("nothing"));
    world.run();
    int questions = world.table().questions();
    int before = world.table().reads();
    a.tableCalls().release();
    world.run();
    for (int i = 1; i <= 20; i++) {
      assertThat(value(reads.get(i - 1))).isEqualTo("v" + i);
    }
    assertThat(values(reads.get(20))).containsExactly("-");
    assertThat(world.table().reads() - before).isEqualTo(21);
    assertThat(world.table().questions() - questions).isEqualTo(3);
  }

  @Test
  void anAbsentKeyIsAbsentAndAskedForOnce() {
    SimulatedNode a = smallWithHistory();
    assertThat(read(a, "nothing")).isEqualTo("-");
    int reads = world.table().reads();
    assertThat(read(a, "nothing")).isEqualTo("-");
    assertThat(world.table().reads()).isEqualTo(reads);
  }

  @Test
  void aTableRestoredFromAnOlderStateIsNotBelievedAndTheLeaderRecoversWhenItHasCaughtUp() {
    SimulatedNode a = smallWithHistory();
    world.pauseProjection();
    world.replaceTable();
    world.project(50);
    CompletableFuture<GetResult> read = a.get("key150");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(failure(read)).hasMessageContaining("backup");
    world.resumeProjection();
    world.run();
    assertThat(read(a, "key150")).isEqualTo("v150");
  }

  /** Else one answer would show a later event and not an earlier one. */
  @Test
  void rowsOfEventsThatTheLeaderDoesNotKnowToBeCommittedAreAnsweredWithAllThatCameBeforeThem() {
    SimulatedNode first = world.start("a");
    first.set("key1", "old");
    first.set("key2", "old");
    world.passMs(1_000);
    first.kill();
    SimulatedNode a = world.start("a");
    world.passMs(7_000);
    a.set("lease", "renewed");
    world.passMs(10);
    TablePage before = world.table().scan(0, SimulatedNode.PK, KeyRange.ALL, 10, false, false);
    a.tableCalls().hold();
    CompletableFuture<GetResult> read = a.get("key1", "key2");
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("key1", "new");
    a.set("key2", "new");
    world.run();
    world.table().tearScans(page -> new TablePage(
        List.of(before.rows().get(0), page.rows().get(1), page.rows().get(2)), false, before.checkpoint()));
    a.tableCalls().release();
    world.run();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(values(read)).containsExactly("new", "new");
  }

  @Test
  void aTableThatFailsMakesTheReadUnavailableAndWritesGoOn() {
    SimulatedNode a = smallWithHistory();
    world.pauseProjection();
    world.table().fail("no disk");
    CompletableFuture<GetResult> read = a.get("key1");
    CompletableFuture<CommitOutcome> write = a.set("key1", "w");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.UNAVAILABLE);
    revision(write);
    world.table().fail(null);
    assertThat(read(a, "key1")).isEqualTo("w");
  }

  @Test
  void aTableAnswerThatArrivesWhenItsKeyWasChangedProjectedAndForgottenIsAskedForAgain() {
    SimulatedNode a = smallWithHistory();
    read(a, "key0"); // known to be too large to be resident
    a.tableCalls().hold();
    CompletableFuture<GetResult> read = a.get("key1");
    world.run();
    long lsn = world.state().lsn();
    a.tableCalls().release();
    a.holdTableAnswers();
    world.run();
    for (int i = 0; i < 100; i++) {
      a.set(i == 0 ? "key1" : "other" + i, "new");
      world.passMs(100);
    }
    assertThat(read).isNotDone();
    assertThat(world.state().lsn()).isGreaterThan(lsn);
    a.releaseTableAnswers();
    world.run();
    assertThat(value(read)).isEqualTo("new");
  }

  @Test
  void aProjectorFasterThanTheAcknowledgementsNeverMixesTwoMomentsInOneGet() {
    SimulatedNode a = world.start("a");
    a.set("x", "1");
    a.set("y", "1");
    world.run();
    a.kill();
    SimulatedNode b = world.start("a");
    world.passMs(SimulatedPartition.QUIET_MS + 100);
    b.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> write = b.commit(both(b, "2"));
    world.run();
    assertThat(world.table().checkpoint(0).at().lsn()).isGreaterThan(status(b).committed());
    // x and y are read as of the table's moment or the leader's, and both of the same.
    CompletableFuture<GetResult> read = b.get("z", "x", "y");
    world.run();
    b.log().releaseAcknowledgements();
    world.run();
    revision(write);
    assertThat(values(read)).isEqualTo(List.of("-", "2", "2"));
  }

  @Test
  void aSmallPartitionKeyIsFetchedOnceAndThenAnsweredFromMemory() {
    SimulatedNode a = world.start("a");
    for (int i = 0; i < 20; i++) {
      a.set("key" + i, "v");
    }
    world.run();
    a.kill();
    SimulatedNode again = world.start("a");
    world.run();
    int reads = world.table().reads();
    for (int i = 0; i < 40; i++) {
      assertThat(read(again, "key" + i)).isEqualTo(i < 20 ? "v" : "-");
    }
    assertThat(world.table().reads()).isEqualTo(reads + 1);
  }

  @Test
  void readsThatMissTogetherAskTheTableOnce() {
    SimulatedNode a = world.start("a");
    world.run();
    int reads = world.table().reads();
    CompletableFuture<GetResult> one = a.get("x");
    CompletableFuture<GetResult> two = a.get("y");
    CompletableFuture<CommitOutcome> three = a.setIfAbsent("z", "v");
    world.run();
    assertThat(value(one)).isEqualTo("-");
    assertThat(value(two)).isEqualTo("-");
    revision(three);
    assertThat(world.table().reads()).isEqualTo(reads + 1);
  }

  @Test
  void aBarrierReadWhoseKeysAreForgottenEachTurnIsAnsweredAfterOneBarrier() {
    SimulatedNode a = world.start("a", config -> config.withMemtableLimitBytes(2_000));
    world.run();
    world.pauseProjection();
    for (int i = 0; i < 40; i++) { // more than the limit, and nothing of it can be forgotten
      a.commit(new CommitRequest(Bytes.utf8("other"), List.of(), a.put("key" + i, "v").mutations(), a.request(), Provenance.NONE));
    }
    world.run();
    CompletableFuture<GetResult> read = a.get(Consistency.BARRIER, "nothing");
    CompletableFuture<ScanPage> scan = a.scan(new ScanRequest(SimulatedNode.PK, KeyRange.ALL, 10, false, false, Consistency.BARRIER,
        false, Optional.empty()));
    world.run();
    assertThat(value(read)).isEqualTo("-");
    assertThat(entries(scan)).isEmpty();
    assertThat(world.kinds().stream().filter("Barrier"::equals)).hasSize(1);
  }

  @Test
  void aDemotedPartitionKeyIsAnsweredFromTheTableAgain() {
    SimulatedNode a = world.start("a", config -> config.withMemtableLimitBytes(20_000));
    a.set("old", "v");
    assertThat(read(a, "absent")).isEqualTo("-");
    for (int i = 0; i < 500; i++) {
      a.set("key" + i, "v");
      world.passMs(60);
    }
    int reads = world.table().reads();
    assertThat(read(a, "old")).isEqualTo("v");
    assertThat(read(a, "key0")).isEqualTo("v");
    assertThat(world.table().reads()).isGreaterThan(reads);
    assertThat(read(a, "absent")).isEqualTo("-");
  }

  @Test
  void aConditionalWriteOnAForgottenKeyIsDecidedAlsoWhereTheMemtableIsFull() {
    SimulatedNode a = smallWithHistory();
    world.pauseProjection();
    for (int i = 0; i < 40; i++) {
      a.set("more" + i, "v");
    }
    world.passMs(1_500);
    CompletableFuture<GetResult> read = a.get("key7");
    CompletableFuture<CommitOutcome> conditional = a.setIfAbsent("key8", "mine");
    world.passMs(1_500);
    assertThat(value(read)).isEqualTo("v7");
    assertThat(conditional).isDone();
    world.resumeProjection();
    world.passMs(200);
    CompletableFuture<CommitOutcome> again = a.setIfAbsent("key9", "mine");
    world.run();
    assertThat(again.join()).isInstanceOf(CommitOutcome.PredicateFailed.class);
  }

  private CommitRequest both(SimulatedNode node, String value) {
    return new CommitRequest(SimulatedNode.PK, List.of(), List.of(new Mutation.Put(Bytes.utf8("x"), Bytes.utf8(value)),
        new Mutation.Put(Bytes.utf8("y"), Bytes.utf8(value))), node.request(), Provenance.NONE);
  }

  private String read(SimulatedNode node, String key) {
    CompletableFuture<GetResult> read = node.get(key);
    world.run();
    return value(read);
  }

  private PartitionStatus status(SimulatedNode node) {
    CompletableFuture<PartitionStatus> status = node.status();
    world.run();
    return status.join();
  }
}
