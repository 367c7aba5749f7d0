package io.logfold.query;

import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.failure;
import static io.logfold.query.testing.Replies.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.api.StoreException;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import io.logfold.query.testing.SwitchedTable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Another table is made to answer misses, while the partition is in use. */
class ServingTest {
  private static final int KEYS = 100;

  private final SimulatedPartition world = new SimulatedPartition(21);

  /** A node that forgets most of what it knows, so that reads go to the table that serves. */
  private SimulatedNode small(String name) {
    return world.start(name, config ->
        config.withMemtableLimitBytes(5_000).withResidentLimitRows(5).withServeLagEvents(60));
  }

  private SimulatedNode smallWithHistory() {
    SimulatedNode a = small("a");
    write(a, 0);
    return a;
  }

  /** That, where the table "other" was made to serve. */
  private SimulatedNode servedByOther() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    served(a, "other");
    return a;
  }

  private void write(SimulatedNode node, int from) {
    for (int i = from; i < from + KEYS; i++) {
      node.set("key" + i, "v" + i);
      world.passMs(100);
    }
  }

  /** Fewer than a table may lack, and more than the memtable holds. */
  private void writeLate(SimulatedNode node) {
    for (int i = 0; i < 50; i++) {
      node.set("late" + i, "w" + i);
      world.passMs(100);
    }
  }

  private String read(SimulatedNode node, String key) {
    CompletableFuture<GetResult> read = node.get(key);
    world.passMs(50);
    return value(read);
  }

  private ServeOutcome served(SimulatedNode node, String table) {
    CompletableFuture<ServeOutcome> served = node.serve(table);
    world.passMs(100);
    assertThat(served).isDone();
    return served.join();
  }

  private PartitionStatus status(SimulatedNode node) {
    CompletableFuture<PartitionStatus> status = node.status();
    world.run();
    return status.join();
  }

  private void switchMainOff() {
    world.pauseProjection();
    world.table().fail("switched off");
  }

  @Test
  void fromTheEventOnTheOtherTableAnswersAndTheOldOneIsNotAsked() {
    SimulatedNode a = smallWithHistory();
    SwitchedTable other = world.tables().add("other");
    world.run();
    assertThat(served(a, "other")).satisfies(outcome -> {
      assertThat(outcome.changed()).isTrue();
      assertThat(outcome.lsn()).isEqualTo(world.state().lsn());
    });
    assertThat(world.state().serving()).isEqualTo("other");
    assertThat(status(a).serving()).isEqualTo("other");
    int readsOfMain = world.table().reads();
    switchMainOff();
    write(a, KEYS);
    for (int i = 0; i < 2 * KEYS; i++) {
      assertThat(read(a, "key" + i)).isEqualTo("v" + i);
    }
    assertThat(other.reads()).isPositive();
    assertThat(world.table().reads()).isEqualTo(readsOfMain);
  }

  @Test
  void askingForWhatIsSoAlreadyChangesNothing() {
    SimulatedNode a = servedByOther();
    long lsn = world.state().lsn();
    assertThat(served(a, "other").changed()).isFalse();
    assertThat(world.state().lsn()).isEqualTo(lsn);
  }

  @Test
  void itCanBeSwitchedBackAtOnce() {
    SimulatedNode a = smallWithHistory();
    SwitchedTable other = world.tables().add("other");
    world.run();
    served(a, "other");
    assertThat(served(a, NodeTables.MAIN).changed()).isTrue();
    world.tables().pause("other");
    other.fail("switched off");
    assertThat(read(a, "key1")).isEqualTo("v1");
  }

  @Test
  void aTableThatIsFarBehindIsRefusedAndNothingChanges() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.tables().pause("other");
    world.run();
    write(a, KEYS);
    long lsn = world.state().lsn();
    CompletableFuture<ServeOutcome> refused = a.serve("other");
    world.passMs(100);
    assertThat(code(refused)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(failure(refused)).hasMessageContaining("events behind, at most 60");
    assertThat(world.state().lsn()).isEqualTo(lsn);
    world.tables().resume("other");
    assertThat(served(a, "other").changed()).isTrue();
  }

  @Test
  void aTableThatLacksWhatWasForgottenIsWaitedForAndMeanwhileTheOldOneAnswers() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    world.tables().pause("other");
    writeLate(a);
    CompletableFuture<ServeOutcome> waiting = a.serve("other");
    world.passMs(1_000);
    assertThat(waiting).isNotDone();
    assertThat(read(a, "late0")).isEqualTo("w0");
    assertThat(status(a).serving()).isEqualTo("main");
    world.tables().resume("other");
    world.passMs(100);
    assertThat(waiting).isDone();
    assertThat(status(a).serving()).isEqualTo("other");
    for (int i = 0; i < 50; i++) {
      assertThat(read(a, "late" + i)).isEqualTo("w" + i);
    }
  }

  @Test
  void aTableThatStopsWhileItIsWaitedForEndsTheCallAndNothingStaysPinned() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    world.tables().pause("other");
    writeLate(a);
    CompletableFuture<ServeOutcome> waiting = a.serve("other");
    world.passMs(11_000);
    assertThat(code(waiting)).isEqualTo(ErrorCode.UNAVAILABLE);
    write(a, KEYS);
    assertThat(status(a).memtableBytes()).isLessThan(10_000);
  }

  @Test
  void aNameThatNoTableHasIsRefused() {
    SimulatedNode a = smallWithHistory();
    CompletableFuture<ServeOutcome> refused = a.serve("nothing");
    world.run();
    assertThat(code(refused)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(failure(refused)).hasMessageContaining("none of that name");
    assertThatThrownBy(() -> a.serve("No Name")).isInstanceOf(StoreException.class).hasMessageContaining("\"No Name\"");
  }

  @Test
  void aChangeWhoseRecordIsLostIsMadeAgain() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    a.log().next(Fault.LOST);
    CompletableFuture<ServeOutcome> served = a.serve("other");
    world.passMs(9_000);
    assertThat(served.join().changed()).isTrue();
    assertThat(world.state().serving()).isEqualTo("other");
  }

  /** Its fate is known, so it is told; what was handed over is never called refused. */
  @Test
  void aChangeThatIsCommittedWhileTheNodeClosesIsAnsweredAsDone() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<ServeOutcome> served = a.serve("other");
    world.passMs(50);
    a.leader().close();
    world.run();
    a.log().releaseAcknowledgements();
    world.passMs(100);
    assertThat(served).isCompletedWithValueMatching(ServeOutcome::changed);
  }

  @Test
  void aChangeWhoseFateIsOpenWhenTheNodeClosesIsUnknown() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<ServeOutcome> served = a.serve("other");
    world.passMs(50);
    a.leader().close();
    world.passMs(5_000);
    assertThat(code(served)).isEqualTo(ErrorCode.UNKNOWN);
  }

  /** Invariant 10: else the older of two changes would win over the newer one. */
  @Test
  void aChangeThatCountedIsNotMadeAgainOverALaterOne() {
    SimulatedNode a = smallWithHistory();
    SimulatedNode b = small("b");
    world.tables().add("other");
    world.passMs(100);
    a.log().next(Fault.FAILED_BUT_IN_THE_LOG);
    a.log().failReads(true);
    CompletableFuture<ServeOutcome> served = a.serve("other");
    world.passMs(50);
    b.get("key1");
    world.passMs(4_000);
    assertThat(served(b, NodeTables.MAIN).changed()).isTrue();
    b.leader().close();
    world.passMs(100);
    a.log().failReads(false);
    world.passMs(3_000);
    assertThat(served).isCompletedWithValueMatching(ServeOutcome::changed);
    assertThat(world.state().serving()).isEqualTo(NodeTables.MAIN);
  }

  /** Who would remove the table must know. */
  @Test
  void aTableMayServeAsLongAsTheFateOfItsEventIsOpen() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<ServeOutcome> served = a.serve("other");
    world.passMs(11_000);
    assertThat(code(served)).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(status(a).mayServe()).containsExactlyInAnyOrder("main", "other");
    a.log().releaseAcknowledgements();
    world.passMs(100);
    assertThat(status(a).mayServe()).containsExactly("other");
  }

  /** What checkpoints say of the table that serves may be from before the last change. */
  @Test
  void whatTheNewTableLacksIsKeptAlsoWhereTheCallIsOverBeforeItsEventCounts() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    world.tables().pause("other");
    a.set("late", "w");
    world.passMs(100);
    world.pauseProjection();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<ServeOutcome> call = a.serve("other");
    world.passMs(11_000);
    assertThat(code(call)).isEqualTo(ErrorCode.UNKNOWN);
    for (int i = 0; i < KEYS; i++) { // the memtable is in want of room
      CompletableFuture<GetResult> read = a.get(new Consistency.AtLeast(1), "key" + i);
      world.passMs(50);
      assertThat(value(read)).isEqualTo("v" + i);
    }
    a.log().releaseAcknowledgements();
    world.passMs(100);
    assertThat(world.state().serving()).isEqualTo("other");
    assertThat(read(a, "late")).isEqualTo("w");
  }

  @Test
  void aNodeStartsWithoutATableThatHasCeasedToServe() {
    SimulatedNode a = servedByOther();
    world.passMs(1_000);
    world.pauseProjection();
    served(a, NodeTables.MAIN);
    a.kill();
    world.tables().remove("other");
    SimulatedNode again = small("a");
    world.passMs(7_000);
    assertThat(again.leader().halted()).isEmpty();
    assertThat(read(again, "key3")).isEqualTo("v3");
  }

  @Test
  void aNodeThatStartsBeginsFromTheTableThatServesAlsoWhereTheMainOneIsAway() {
    SimulatedNode a = servedByOther();
    write(a, KEYS);
    a.kill();
    switchMainOff();
    SimulatedNode again = small("a");
    world.passMs(7_000);
    assertThat(read(again, "key3")).isEqualTo("v3");
    assertThat(status(again).serving()).isEqualTo("other");
  }

  /** The checkpoints do not say it yet: the log does, and the node begins anew from the right table. */
  @Test
  void aNodeThatBeganFromTheWrongTableFindsOutFromTheLog() {
    SimulatedNode a = smallWithHistory();
    world.tables().add("other");
    world.run();
    world.pauseProjection();
    world.tables().pause("other");
    served(a, "other");
    a.kill();
    SimulatedNode again = small("a");
    world.passMs(7_000);
    switchMainOff();
    assertThat(read(again, "key3")).isEqualTo("v3");
  }

  @Test
  void aNodeWithoutTheTableThatServesRefusesMissesAndLetsAnotherOneServe() {
    SimulatedNode a = servedByOther();
    a.kill();
    world.tables().remove("other");
    SimulatedNode again = small("a");
    world.passMs(7_000);
    assertThat(again.leader().halted()).isEmpty();
    refusesMissesUntilTheMainTableServes(again, "which this node does not have");
  }

  @Test
  void aNodeWhoseServingTableIsGoneForGoodStartsAllTheSame() {
    SimulatedNode a = smallWithHistory();
    SwitchedTable other = world.tables().add("other");
    world.run();
    served(a, "other");
    world.passMs(1_000);
    a.kill();
    world.tables().pause("other");
    other.fail("its server was taken down");
    SimulatedNode again = small("a");
    world.passMs(25_000);
    refusesMissesUntilTheMainTableServes(again, "its server was taken down");
  }

  private void refusesMissesUntilTheMainTableServes(SimulatedNode node, String why) {
    CompletableFuture<GetResult> miss = node.get("key3");
    world.passMs(50);
    assertThat(code(miss)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(failure(miss)).hasMessageContaining(why);
    assertThat(served(node, NodeTables.MAIN).changed()).isTrue();
    assertThat(read(node, "key3")).isEqualTo("v3");
    assertThat(status(node).serving()).isEqualTo(NodeTables.MAIN);
  }

  @Test
  void aServingTableThatWasRestoredFromABackupIsNotBelievedUntilItHasCaughtUp() {
    SimulatedNode a = servedByOther();
    world.tables().pause("other");
    world.tables().restoreEmpty("other");
    CompletableFuture<GetResult> read = a.get("key3");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.UNAVAILABLE);
    world.tables().resume("other");
    assertThat(read(a, "key3")).isEqualTo("v3");
  }

  @Test
  void theNodeThatTakesOverServesFromTheSameTable() {
    SimulatedNode a = smallWithHistory();
    SimulatedNode b = small("b");
    world.tables().add("other");
    world.passMs(100);
    served(a, "other");
    a.leader().close();
    world.passMs(500);
    switchMainOff();
    CompletableFuture<GetResult> read = b.get("key3");
    world.passMs(7_000);
    assertThat(value(read)).isEqualTo("v3");
    assertThat(status(b).serving()).isEqualTo("other");
  }
}
