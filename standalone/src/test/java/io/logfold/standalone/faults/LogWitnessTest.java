package io.logfold.standalone.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.RequestInfo;
import io.logfold.log.Outcome;
import io.logfold.log.testing.LogBuilder;
import io.logfold.log.testing.ScannedLogs;
import io.logfold.standalone.faults.Operation.Answer;
import io.logfold.standalone.faults.Operation.Applied;
import io.logfold.standalone.faults.Operation.Call;
import io.logfold.standalone.faults.Operation.Cancelled;
import io.logfold.standalone.faults.Operation.Condition;
import io.logfold.standalone.faults.Operation.Found;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.Missing;
import io.logfold.standalone.faults.Operation.NotDone;
import io.logfold.standalone.faults.Operation.Refused;
import io.logfold.standalone.faults.Operation.Register;
import io.logfold.standalone.faults.Operation.Unknown;
import io.logfold.standalone.faults.Operation.Write;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A log of LSN 1 put a, 2 put b, 3 delete, 4 cancelled, 5 put c; and clients that were told so, or not. */
class LogWitnessTest {
  private static final Register KEY = new Register("pk", "k");
  private static final Write PUT_A = new Write(Condition.ABSENT, "a");

  private final LogBuilder log = LogBuilder.led();
  private final List<RequestInfo> requests = new ArrayList<>();
  private long now;

  LogWitnessTest() {
    event(List.of(new Mutation.Put(Bytes.utf8("k"), Bytes.utf8("a"))), Outcome.APPLIED);
    event(List.of(new Mutation.Put(Bytes.utf8("k"), Bytes.utf8("b"))), Outcome.APPLIED);
    event(List.of(new Mutation.Delete(Bytes.utf8("k"))), Outcome.APPLIED);
    event(List.of(), Outcome.CANCELLED);
    event(List.of(new Mutation.Put(Bytes.utf8("k"), Bytes.utf8("c"))), Outcome.APPLIED);
  }

  private void event(List<Mutation> mutations, Outcome outcome) {
    requests.add(log.request());
    log.event(requests.getLast(), mutations, outcome);
  }

  private Operation write(int lsn, Call call, Answer answer) {
    long invoked = lsn * 2L - 1_000;
    long answered = answer instanceof Unknown ? Operation.NEVER : invoked + 1;
    return new Operation(0, KEY, call, requests.get(lsn - 1).id().toString(), 1, invoked, answered, 0, 0, answer);
  }

  private Operation read(String level, Answer answer) {
    now += 2;
    return new Operation(0, KEY, new Get(level), "", 1, now - 1, now, log.timeMs(), log.timeMs(), answer);
  }

  /** All as it was, and these. Reads come behind all writes but the last, which is answered behind them. */
  private List<String> faults(Operation... more) {
    List<Operation> all = new ArrayList<>(List.of(more));
    if (all.stream().noneMatch(each -> each.call().equals(PUT_A))) {
      all.add(write(1, PUT_A, new Applied(1, true)));
    }
    all.add(write(2, new Write(new Condition.RevisionIs(1), "b"), new Applied(2, true)));
    all.add(write(3, new Write(Condition.EXISTS, null), new Applied(3, true)));
    all.add(write(4, new Write(Condition.ALWAYS, "x"), new Cancelled(4)));
    all.add(new Operation(0, KEY, new Write(Condition.ABSENT, "c"), requests.get(4).id().toString(), 1, -990, 1_000, 0, 0,
        new Applied(5, true)));
    return new LogWitness(new ScannedLogs().with(0, log.records()).open(), "s", 1).faults(all);
  }

  @Test
  void whatTheLogSaysIsRight() {
    assertThat(faults()).isEmpty();
    assertThat(faults(read("at-least=1", new Found("a", 1, 1, "at-least")), read("stale=60000", new Found("b", 2, 2, "stale")),
        read("at-least=0", new Missing(3, "at-least")), read("at-least=2", new Missing(4, "at-least")),
        read("lease", new Found("c", 5, 5, "lease")), read("barrier", new Found("c", 5, 5, "barrier")))).isEmpty();
  }

  @Test
  void anAnswerThatTheLogDoesNotHaveIsNoticed() {
    assertThat(faults(write(1, PUT_A, new Applied(2, true)))).isNotEmpty();
    assertThat(faults(write(1, PUT_A, new NotDone("NOT_APPLIED")))).isNotEmpty();
    assertThat(faults(write(1, PUT_A, new Refused(0)))).isNotEmpty();
    assertThat(faults(write(1, PUT_A, new Cancelled(1)))).isNotEmpty();
    assertThat(faults(write(1, PUT_A, new Unknown("UNKNOWN")))).as("it may be there").isEmpty();
  }

  @Test
  void aReadOfWhatWasNotAtItsPositionIsNoticed() {
    assertThat(faults(read("stale=60000", new Found("a", 1, 2, "stale")))).isNotEmpty();
    assertThat(faults(read("stale=60000", new Missing(5, "stale")))).isNotEmpty();
    assertThat(faults(read("stale=60000", new Found("c", 5, 6, "stale")))).isNotEmpty();
    assertThat(faults(read("at-least=4", new Missing(3, "at-least")))).isNotEmpty();
  }

  @Test
  void aPositionBelowWhatHadBeenToldBeforeIsNoticedForLinearizableReads() {
    Operation told = write(1, PUT_A, new Applied(1, true));
    assertThat(faults(told, read("lease", new Missing(0, "lease")))).isNotEmpty();
    assertThat(faults(told, read("read-index", new Missing(0, "read-index")))).isNotEmpty();
    assertThat(faults(told, read("stale=60000", new Missing(0, "stale")))).isEmpty();
  }

  @Test
  void aFollowerMayBeAheadOfTheLeadersPositionButNotALeader() {
    Operation ahead = read("read-index", new Found("c", 5, 5, "read-index"));
    assertThat(faults(ahead, read("lease", new Missing(4, "lease")))).isEmpty();
    Operation leader = read("lease", new Found("c", 5, 5, "lease"));
    assertThat(faults(leader, read("lease", new Missing(4, "lease")))).isNotEmpty();
  }

  @Test
  void anEventThatNobodyAskedForAndARequestThatIsThereTwiceAreNoticed() {
    log.put("k", "stranger");
    assertThat(faults()).singleElement().asString().contains("nobody made request");
    log.event(requests.getLast(), List.of(new Mutation.Put(Bytes.utf8("k"), Bytes.utf8("c"))), Outcome.APPLIED);
    assertThat(faults()).anyMatch(fault -> fault.contains("twice"));
  }

  @Test
  void aStaleReadOlderThanItsBoundIsNoticed() {
    log.pass(10_000);
    assertThat(faults(read("stale=9000", new Missing(4, "stale")))).isNotEmpty();
    assertThat(faults(read("stale=11000", new Missing(4, "stale")))).isEmpty();
  }

  @Test
  void dataOfAnotherNodeWithinALeaseIsNoticedAndBehindAResignIsNot() {
    log.claim("b").renew();
    assertThat(faults()).isEmpty();
    log.pass(1_000);
    event(List.of(), Outcome.CANCELLED);
    assertThat(faults(write(6, new Write(Condition.ALWAYS, "y"), new Cancelled(6 + 1)))).singleElement().asString()
        .contains("data of b").contains("only 1000 ms after a record of a");
  }

  @Test
  void dataOfAnotherNodeSoonBehindAResignIsRight() {
    log.resign().claim("b").pass(1);
    event(List.of(), Outcome.CANCELLED);
    assertThat(faults(write(6, new Write(Condition.ALWAYS, "y"), new Cancelled(7)))).isEmpty();
  }
}
