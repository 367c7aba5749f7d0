package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.failure;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.Replies.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetResult;
import io.logfold.log.Hash;
import io.logfold.log.LogRecord;
import io.logfold.log.RecordHeader;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.log.wire.Record;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How a partition stops: because it must, or because it is asked to (L7). */
class HaltAndCloseTest {
  private final SimulatedPartition world = new SimulatedPartition(12);
  private final SimulatedNode a = world.start("a");

  @Test
  void aLogThatContradictsItselfHaltsThePartitionAndSaysSo() {
    a.set("k", "v");
    world.run();
    strayCorrupt();
    CompletableFuture<CommitOutcome> write = a.set("k", "w");
    world.run();
    assertThat(code(write)).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(failure(write)).hasMessageContaining("halted");
    CompletableFuture<GetResult> read = a.get("k");
    CompletableFuture<PartitionStatus> status = a.status();
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.CORRUPT);
    assertThat(answer(status).state()).startsWith("halted: ").contains("nothing behind it can be trusted");
    long end = world.log().end();
    world.passMs(60_000);
    assertThat(world.log().end()).as("no claims").isEqualTo(end);
  }

  @Test
  void otherPartitionsGoOnWhenOneHalts() {
    SimulatedPartition other = new SimulatedPartition(13);
    SimulatedNode b = other.start("a");
    a.set("k", "v");
    world.run();
    strayCorrupt();
    a.set("k", "w");
    world.run();
    CompletableFuture<CommitOutcome> write = b.set("k", "v");
    other.run();
    revision(write);
  }

  @Test
  void aRecordOfANewerFormatHaltsThePartition() {
    world.run();
    world.stray(Bytes.wrap(Record.newBuilder().setStore(SimulatedPartition.STORE).setPartition(0)
        .setFormat(RecordHeader.FORMAT + 1).build().toByteArray()));
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    assertThat(code(write)).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(code(read)).isEqualTo(ErrorCode.UNSUPPORTED);
  }

  @Test
  void aTableAheadOfTheLogIsWaitedForAndThenHaltsThePartitionInsteadOfLeadingFromIt() {
    a.set("k", "v");
    a.set("k", "w");
    world.run();
    SimulatedPartition truncated = new SimulatedPartition(14);
    world.judged().stream().limit(3).forEach(each -> truncated.stray(each.record()));
    truncated.pauseProjection();
    truncated.table().become(world.table());
    SimulatedNode b = truncated.start("a");
    CompletableFuture<GetResult> read = b.get("k");
    truncated.passMs(9_000);
    assertThat(read).isNotDone();
    assertThat(truncated.log().end()).as("nothing is written").isEqualTo(3);
    truncated.passMs(3_000);
    CompletableFuture<GetResult> later = b.get("k");
    truncated.run();
    assertThat(code(later)).isEqualTo(ErrorCode.CORRUPT);
  }

  @Test
  void aTableOfAnotherHistoryHaltsThePartition() {
    a.set("k", "v");
    world.run();
    SimulatedPartition other = new SimulatedPartition(15);
    SimulatedNode b = other.start("b");
    b.set("j", "w");
    b.set("j", "x");
    other.run();
    b.kill();
    other.pauseProjection();
    other.table().become(world.table());
    SimulatedNode again = other.start("b");
    CompletableFuture<GetResult> read = again.get("k");
    other.passMs(100);
    assertThat(code(read)).isEqualTo(ErrorCode.CORRUPT);
    assertThat(failure(read)).hasMessageContaining("another log");
  }

  @Test
  void aFaultInItsOwnCodeHaltsThePartition() {
    world.run();
    a.leader().fault(new IllegalStateException("impossible"));
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.INTERNAL);
  }

  @Test
  void closingWaitsForWritesInFlightThenResigns() {
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.run();
    CompletableFuture<Void> closed = a.leader().close();
    CompletableFuture<CommitOutcome> tooLate = a.set("k", "w");
    world.run();
    assertThat(code(tooLate)).isEqualTo(ErrorCode.CLOSED);
    assertThat(closed).isNotDone();
    assertThat(world.kinds()).doesNotContain("Resign");
    a.log().releaseAcknowledgements();
    world.run();
    revision(write);
    assertThat(closed).isCompleted();
    assertThat(world.kinds().getLast()).isEqualTo("Resign");
  }

  @Test
  void readsStopBeforeTheResignIsSent() {
    a.set("k", "v");
    world.run();
    a.leader().close();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    world.run();
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    assertThat(code(read)).isEqualTo(ErrorCode.CLOSED);
  }

  @Test
  void itDoesNotResignBeforeItsQuietPeriodHasElapsed() {
    world.run();
    a.kill();
    SimulatedNode again = world.start("a");
    world.run();
    assertThat(answer(statusOf(again)).state()).isEqualTo("leading");
    CompletableFuture<CommitOutcome> write = again.set("k", "v");
    CompletableFuture<Void> closed = again.leader().close();
    world.run();
    assertThat(closed).isCompleted();
    assertThat(code(write)).isEqualTo(ErrorCode.CLOSED);
    assertThat(world.kinds()).doesNotContain("Resign");
  }

  @Test
  void whatIsUndecidedWhenTheTimeToCloseIsOverIsUnknown() {
    world.run();
    a.log().next(Fault.LATE);
    a.log().failReads(true);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    CompletableFuture<Void> closed = a.leader().close();
    world.passMs(3_100);
    assertThat(closed).isCompleted();
    assertThat(code(write)).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(code(read)).isEqualTo(ErrorCode.CLOSED);
  }

  @Test
  void aLeaderWhoseLogIsSilentClosesInTime() {
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    CompletableFuture<Void> closed = a.leader().close();
    world.passMs(2_900);
    assertThat(closed).isNotDone();
    world.passMs(200);
    assertThat(closed).isCompleted();
    assertThat(code(write)).isEqualTo(ErrorCode.UNKNOWN);
  }

  @Test
  void closingTwiceIsClosingOnceAndStatusIsAnsweredAfterwards() {
    world.run();
    CompletableFuture<Void> once = a.leader().close();
    CompletableFuture<Void> twice = a.leader().close();
    world.run();
    CompletableFuture<Void> again = a.leader().close();
    world.run();
    assertThat(List.of(once, twice, again)).allMatch(CompletableFuture::isDone);
    assertThat(answer(statusOf(a)).state()).isEqualTo("closed");
    assertThat(world.kinds().stream().filter("Resign"::equals)).hasSize(1);
  }

  @Test
  void aPartitionThatHaltsWhileItClosesIsClosed() {
    world.run();
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("j", "v");
    world.run();
    strayCorrupt();
    CompletableFuture<CommitOutcome> write = a.set("k", "v");
    world.run();
    CompletableFuture<Void> closed = a.leader().close();
    world.run();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(code(write)).isEqualTo(ErrorCode.UNKNOWN);
    assertThat(closed).isCompleted();
  }

  @Test
  void closingBeforeTheTableOrTheLogWasReadEndsAtOnce() {
    SimulatedPartition dark = new SimulatedPartition(16);
    dark.table().fail("no disk");
    SimulatedNode node = dark.start("a");
    CompletableFuture<GetResult> read = node.get("k");
    dark.passMs(1_000);
    CompletableFuture<Void> closed = node.leader().close();
    dark.run();
    assertThat(closed).isCompleted();
    assertThat(code(read)).isEqualTo(ErrorCode.CLOSED);
    assertThat(code(node.leader().ready())).isEqualTo(ErrorCode.CLOSED);
  }

  @Test
  void aTableThatCannotBeReadAtTheStartIsAskedAgain() {
    SimulatedPartition dark = new SimulatedPartition(17);
    dark.pauseProjection();
    dark.table().fail("no disk");
    SimulatedNode node = dark.start("a");
    CompletableFuture<GetResult> read = node.get("k");
    dark.passMs(1_000);
    assertThat(read).isNotDone();
    dark.table().fail(null);
    dark.passMs(300);
    assertThat(value(read)).isEqualTo("-");
  }

  private void strayCorrupt() {
    var state = world.state();
    world.stray(new LogRecord.Renew(new RecordHeader(SimulatedPartition.STORE, 0, RecordHeader.FORMAT,
        new Hash(Bytes.wrap(new byte[32]))), state.token(), state.lsn() + 1, state.logTimeMs()));
  }

  private CompletableFuture<PartitionStatus> statusOf(SimulatedNode node) {
    CompletableFuture<PartitionStatus> status = node.status();
    world.run();
    return status;
  }
}
