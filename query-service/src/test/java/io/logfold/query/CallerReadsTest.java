package io.logfold.query;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static io.logfold.query.testing.Replies.revision;
import static io.logfold.query.testing.Replies.value;
import static io.logfold.query.testing.Replies.values;
import static io.logfold.query.testing.SimulatedPartition.QUIET_MS;
import static io.logfold.query.testing.SimulatedPartition.TTL_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.Versioned;
import io.logfold.log.testing.FaultyPartitionLog.Fault;
import io.logfold.query.PartitionLeader.Manner;
import io.logfold.query.testing.ManualClock;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import io.logfold.query.values.StoredValues;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.jspecify.annotations.Nullable;

/**
 * L5 on callers' threads. What is done when the call returns, with no step of the leader's thread, was answered there: the
 * simulated leader's thread runs in world.run alone.
 */
class CallerReadsTest {
  private static final Bytes PK = Bytes.utf8("pk");

  private final SimulatedPartition world = new SimulatedPartition(31);
  private final SimulatedNode a = world.start("a");

  @Test
  void aKeyThatWasReadIsAnsweredAtOnceUntilItIsWritten() {
    wrote("k", "v");
    assertThat(a.get("k")).as("nobody has read it yet").isNotDone();
    world.run();
    CompletableFuture<GetResult> again = a.get("k");
    assertThat(again).isDone();
    assertThat(value(again)).isEqualTo("v");
    assertThat(answer(again).position().servedBy()).isEqualTo("lease");
    a.set("k", "w");
    world.run();
    assertThat(a.get("k")).as("it was written").isNotDone();
    world.run();
    assertThat(value(a.get("k"))).isEqualTo("w");
  }

  @Test
  void aKeyThatIsGoneIsAnsweredAsWell() {
    wrote("k", "v");
    a.delete("k");
    read("k");
    assertThat(value(a.get("k"))).isEqualTo("-");
  }

  @Test
  void aWriteInFlightIsWaitedFor() {
    wrote("k", "v");
    read("k");
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("k", "w");
    assertThat(value(a.get("k"))).as("before the leader has taken it up").isEqualTo("v");
    world.run();
    CompletableFuture<GetResult> read = a.get("k");
    world.run();
    assertThat(read).as("a follower may have told of the write").isNotDone();
    a.log().releaseAcknowledgements();
    world.run();
    assertThat(value(read)).isEqualTo("w");
  }

  @Test
  void aWriteThatIsLostLeavesNothingOfItself() {
    wrote("k", "v");
    read("k");
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT, Fault.LOST);
    a.set("j", "x");
    a.set("k", "w");
    world.run();
    a.log().releaseAcknowledgements();
    world.passMs(500);
    read("k");
    assertThat(value(a.get("k"))).isEqualTo("v");
  }

  @Test
  void thePositionIsThatOfTheAnswer() {
    wrote("k", "v");
    read("k");
    long other = wrote("j", "x");
    CompletableFuture<GetResult> read = a.get("k");
    assertThat(answer(read).position().revision()).as("k stands so behind the write of j").isEqualTo(other);
  }

  @Test
  void manyKeysAreAnsweredAtOnceWhereAllOfThemAreKnown() {
    wrote("k", "v");
    wrote("j", "w");
    read("k");
    assertThat(a.get("k", "j")).isNotDone();
    world.run();
    assertThat(values(a.get("j", "k", "j"))).containsExactly("w", "v", "w");
  }

  @Test
  void otherConsistenciesGoToTheLeader() {
    wrote("k", "v");
    read("k");
    assertThat(a.get(new Consistency.Barrier(), "k")).isNotDone();
    assertThat(a.get(new Consistency.AtLeast(0), "k")).isNotDone();
  }

  @Test
  void readsAreAnsweredWhileTheLeaseIsYoungAndRenewItThen() {
    wrote("k", "v");
    read("k");
    world.passMs(TTL_MS / 3 - 1);
    assertThat(a.get("k")).isDone();
    world.passMs(2);
    CompletableFuture<GetResult> read = a.get("k");
    assertThat(read).as("for the leader to see that it is read").isNotDone();
    world.run();
    assertThat(read).isDone();
    assertThat(world.kinds().getLast()).isEqualTo("Renew");
    assertThat(a.get("k")).isDone();
  }

  @Test
  void aMachineThatWasSuspendedAnswersNothing() {
    wrote("k", "v");
    read("k");
    a.clock().jumpWallMs(TTL_MS);
    assertThat(a.get("k")).isNotDone();
  }

  @Test
  void aLeaderThatDepartsAnswersNothingAlsoWhereWhatWasInFlightRenewsItsLease() {
    world.passMs(QUIET_MS);
    SimulatedNode b = world.start("b");
    wrote("k", "v");
    read("k");
    a.calls(Manner.ASKS);
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("j", "x");
    world.run();
    a.move("b");
    a.messages().runOne();
    assertThat(a.get("k")).as("the move has begun").isNotDone();
    a.log().releaseAcknowledgements();
    for (int i = 0; i < 3; i++) {
      a.messages().runOne();
      assertThat(a.get("k")).as("the lease was renewed by what is committed").isNotDone();
    }
    world.run();
    CompletableFuture<CommitOutcome> there = b.set("k", "w");
    world.run();
    revision(there);
    CompletableFuture<GetResult> here = a.get("k");
    assertThat(here).isNotDone();
    world.run();
    assertThat(code(here)).isEqualTo(ErrorCode.NOT_LEADER);
  }

  @Test
  void aMoveThatIsCalledOffBeginsAnew() {
    world.passMs(QUIET_MS);
    world.start("b");
    wrote("k", "v");
    read("k");
    a.log().next(Fault.SLOW_ACKNOWLEDGEMENT);
    a.set("j", "x");
    world.run();
    a.move("b");
    world.passMs(1_200);
    a.log().releaseAcknowledgements();
    world.passMs(100);
    read("k");
    assertThat(value(a.get("k"))).isEqualTo("v");
  }

  // ---- the table of what is known

  private final ManualClock clock = new ManualClock(0, 0, 0);
  private final Lease lease = new Lease(TTL_MS, 50, clock);
  private final PartitionKeyTable table = new PartitionKeyTable(PK);

  @Test
  void whatWasLearnedBehindTheLsnThatWasLookedAtIsOfAnotherMoment() {
    CallerReads reads = leading(10);
    learn(reads, "k", "v", 11);
    assertThat(got(reads, "k")).isNull();
    reads.committed(11);
    assertThat(got(reads, "k")).isNotNull();
  }

  @Test
  void nothingIsAnsweredBehindTheEndAlsoUnderTheLeaseOfALaterLeadership() {
    CallerReads reads = leading(10);
    learn(reads, "k", "v", 10);
    assertThat(got(reads, "k")).isNotNull();
    reads.end();
    lease.drop();
    assertThat(got(reads, "k")).isNull();
    lease.renewedBy(1, 0);
    assertThat(got(reads, "k")).isNull();
  }

  @Test
  void valuesThatMustBeOpenedFirstAreNotKept() {
    CallerReads reads = leading(10);
    learn(reads, "k", "v", 10);
    Bytes marked = StoredValues.plain(Bytes.wrap(new byte[] {(byte) 0xa7, 0x1f, (byte) 0xd3, 0x5c}));
    assertThat(StoredValues.isPlain(marked)).isFalse();
    MemtableEntry entry = entry("secret", marked);
    reads.learn(table, entry, Optional.of(new Versioned(marked, 1)), 10);
    assertThat(got(reads, "secret")).isNull();
  }

  @Test
  void whatTheMemtableForgetsIsNotKept() {
    CallerReads[] reads = {leading(1_000_000)};
    Memtable memtable = new Memtable(100_000, 0, 0, (partitionKey, key) -> reads[0].forget(partitionKey, key));
    for (int i = 1; i <= 500; i++) {
      Bytes key = Bytes.utf8("k" + i);
      List<Mutation> put = List.of(new Mutation.Put(key, Bytes.wrap(new byte[100])));
      memtable.append(PK, put, i);
      memtable.commit(PK, put, i);
      PartitionKeyTable known = Objects.requireNonNull(memtable.table(PK));
      MemtableEntry entry = Objects.requireNonNull(memtable.entry(PK, key));
      reads[0].learn(known, entry, Optional.of(new Versioned(Bytes.wrap(new byte[100]), i)), i);
      assertThat(got(reads[0], "k" + i)).isNotNull();
    }
    memtable.projected(500);
    int there = 0;
    for (int i = 1; i <= 500; i++) {
      boolean known = memtable.entry(PK, Bytes.utf8("k" + i)) != null;
      there += known ? 1 : 0;
      assertThat(got(reads[0], "k" + i) != null).as("k%s", i).isEqualTo(known);
    }
    assertThat(there).isBetween(1, 499);
  }

  @Test
  void whatComesTwiceInARowFindsRoomAndWhatIsReadOnceTakesNobodysPlace() {
    CallerReads reads = leading(10);
    for (int i = 0; i < 100_000; i++) {
      learn(reads, "k" + i, "v" + i, 10);
    }
    learn(reads, "late", "v", 10);
    assertThat(got(reads, "late")).as("the table is full").isNull();
    learn(reads, "late", "v", 10);
    assertThat(got(reads, "late")).isNotNull();
  }

  @Test
  void ofMoreKeysThanThereIsRoomForEachAnswerIsItsOwn() {
    CallerReads reads = leading(10);
    for (int i = 0; i < 100_000; i++) {
      learn(reads, "k" + i, "v" + i, 10);
    }
    int there = 0;
    for (int i = 0; i < 100_000; i++) {
      GetResult found = got(reads, "k" + i);
      if (found != null) {
        there++;
        assertThat(found.entries().get(0).orElseThrow().value()).isEqualTo(Bytes.utf8("v" + i));
      }
    }
    assertThat(there).isBetween(10_000, 1 << 14);
  }

  private CallerReads leading(long lsn) {
    lease.renewedBy(0, 0);
    return new CallerReads(0, lease, lsn);
  }

  private void learn(CallerReads reads, String key, String value, long lsn) {
    MemtableEntry entry = entry(key, Bytes.utf8(value));
    reads.learn(table, entry, Optional.of(new Versioned(Bytes.utf8(value), 1)), lsn);
  }

  private static MemtableEntry entry(String key, Bytes value) {
    MemtableEntry entry = new MemtableEntry(Bytes.utf8(key));
    entry.known = true;
    entry.value = value;
    entry.revision = 1;
    return entry;
  }

  private static @Nullable GetResult got(CallerReads reads, String key) {
    return reads.get(new GetRequest(PK, List.of(Bytes.utf8(key)), Consistency.LINEARIZABLE));
  }

  private long wrote(String key, String value) {
    CompletableFuture<CommitOutcome> write = a.set(key, value);
    world.run();
    return revision(write);
  }

  private void read(String key) {
    CompletableFuture<GetResult> read = a.get(key);
    world.run();
    answer(read);
  }
}
