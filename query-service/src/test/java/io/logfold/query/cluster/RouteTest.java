package io.logfold.query.cluster;

import static io.logfold.query.testing.Replies.answer;
import static io.logfold.query.testing.Replies.code;
import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.ErrorCode;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.RequestId;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.query.ReadIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How a call finds whoever leads, on one thread, with time that passes when the test says so. */
class RouteTest {
  private static final String SELF = "http://self:1";
  private static final String B = "http://b:1";
  private static final String NONE = "http://::1:1";
  private static final String C = "http://c:1";

  private final Script script = new Script();

  @Test
  void whatThisNodeLeadsItAnswersItself() {
    CompletableFuture<String> call = read();
    script.asked("here").complete("v");
    assertThat(answer(call)).isEqualTo("v");
    assertThat(script.log).containsExactly("here");
  }

  @Test
  void whatAnotherNodeLeadsIsAskedThere() {
    CompletableFuture<String> call = read();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).complete("v");
    assertThat(answer(call)).isEqualTo("v");
  }

  @Test
  void aLeaderOfThePastNamesTheOneOfNow() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).completeExceptionally(notLeader(C));
    script.pass(Routing.PAUSE);
    script.asked(C).complete("done");
    assertThat(answer(call)).isEqualTo("done");
  }

  @Test
  void whereTheIncumbentCannotBeReachedThisNodeWaitsForALeaderInEarnest() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE, "never sent"));
    script.asked("insist").complete("done");
    assertThat(answer(call)).isEqualTo("done");
  }

  @Test
  void anIncumbentThatIsHeardOfAgainIsAskedAgain() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE, "never sent"));
    script.asked("insist").completeExceptionally(notLeader(B));
    script.pass(Routing.PAUSE);
    script.asked(B).complete("done");
    assertThat(answer(call)).isEqualTo("done");
  }

  @Test
  void aWriteWhoseFateIsNotKnownIsNotSentAgain() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).completeExceptionally(StoreException.unknown(new RequestId(1, 2), 3, "the session broke"));
    assertThat(code(call)).isEqualTo(ErrorCode.UNKNOWN);
    script.pass(Duration.ofSeconds(30));
    assertThat(script.log).containsExactly("here", B);
  }

  @Test
  void aWriteThatIsNotAnsweredMakesThisNodeStandByAndIsNotSentAgain() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    CompletableFuture<String> silent = script.asked(B);
    script.pass(Routing.PATIENCE);
    assertThat(script.log).containsExactly("here", B, "wanted");
    assertThat(call).isNotDone();
    silent.complete("done");
    assertThat(answer(call)).isEqualTo("done");
  }

  @Test
  void aReadThatIsNotAnsweredIsAskedHereAsWellAndTheFirstAnswerCounts() {
    CompletableFuture<String> call = read();
    script.asked("here").completeExceptionally(notLeader(B));
    CompletableFuture<String> silent = script.asked(B);
    script.pass(Routing.PATIENCE);
    script.asked("insist").complete("mine");
    assertThat(answer(call)).isEqualTo("mine");
    silent.complete("late");
    assertThat(answer(call)).isEqualTo("mine");
  }

  @Test
  void aReadFailsOnlyWhenBothWaysHave() {
    CompletableFuture<String> call = read();
    script.asked("here").completeExceptionally(notLeader(B));
    CompletableFuture<String> silent = script.asked(B);
    script.pass(Routing.PATIENCE);
    script.asked("insist").completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE, "no leader"));
    assertThat(call).isNotDone();
    silent.completeExceptionally(new StoreException(ErrorCode.DEADLINE_EXCEEDED, "late"));
    assertThat(code(call)).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
  }

  @Test
  void anAnsweredReadIsNotAskedASecondTime() {
    CompletableFuture<String> call = read();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).complete("v");
    script.pass(Duration.ofSeconds(30));
    assertThat(answer(call)).isEqualTo("v");
    assertThat(script.log).containsExactly("here", B);
  }

  @Test
  void aNodeThatIsCutOffFromTheLogAsksOnceWhetherAnotherKnowsBetter() {
    script.members.put("b", B);
    CompletableFuture<String> call = read();
    script.asked("here").completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE, "no lease"));
    script.asked(B).completeExceptionally(notLeader(C));
    script.pass(Routing.PAUSE);
    script.asked(C).complete("v");
    assertThat(answer(call)).isEqualTo("v");
  }

  @Test
  void aLeaderThatIsCutOffFromTheLogHasAnotherNodeTakeOver() {
    script.members.put("b", B);
    CompletableFuture<String> call = read();
    script.asked("here").completeExceptionally(new StoreException(ErrorCode.UNAVAILABLE, "no lease"));
    script.asked(B).completeExceptionally(notLeader(SELF));
    assertThat(script.log).containsExactly("here", B, "take over " + B);
    script.takeOver.complete(new ReadIndex(9, 9));
    script.asked(B).complete("v");
    assertThat(answer(call)).isEqualTo("v");
  }

  @Test
  void aLeaderThatHasStoppedForGoodIsReplaced() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).completeExceptionally(new StoreException(ErrorCode.CORRUPT, "halted"));
    script.asked("insist").complete("done");
    assertThat(answer(call)).isEqualTo("done");
  }

  @Test
  void refusalsThatNobodyElseCanHelpWithAreTheAnswer() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(new StoreException(ErrorCode.SLOW_DOWN, "too much"));
    assertThat(code(call)).isEqualTo(ErrorCode.SLOW_DOWN);
  }

  @Test
  void itEndsAtTheCallersDeadline() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    for (int i = 0; !call.isDone(); i++) {
      assertThat(i).as("attempts").isLessThan(1_000);
      script.asked(B).completeExceptionally(notLeader(B));
      script.pass(Routing.PAUSE);
      if (!call.isDone()) {
        script.asked("here").completeExceptionally(notLeader(B));
      }
    }
    assertThat(code(call)).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(script.now).isBetween(Duration.ofSeconds(10).toNanos(), Duration.ofSeconds(11).toNanos());
  }

  @Test
  void aLeaderWhoseAddressIsNoneIsOneThatCannotBeReached() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(NONE));
    script.asked("insist").complete("done");
    assertThat(answer(call)).isEqualTo("done");
  }

  @Test
  void thatAnotherNodeClosesIsNotSaidAsIfThisOneDid() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).completeExceptionally(new StoreException(ErrorCode.CLOSED, "the server is closing"));
    script.asked("insist").completeExceptionally(new StoreException(ErrorCode.NOT_LEADER, "nobody"));
    assertThat(code(call)).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void whatIsAnsweredInTimeLeavesNoTaskBehind() {
    CompletableFuture<String> call = write();
    script.asked("here").completeExceptionally(notLeader(B));
    script.asked(B).complete("done");
    assertThat(answer(call)).isEqualTo("done");
    assertThat(script.timers).isEmpty();
  }

  @Test
  void cancellingTheCallCancelsTheStepThatIsUnderWay() {
    CompletableFuture<String> call = read();
    script.asked("here").completeExceptionally(notLeader(B));
    CompletableFuture<String> step = script.asked(B);
    call.cancel(false);
    assertThat(step).isCancelled();
  }

  private CompletableFuture<String> read() {
    return Route.start(script, 3, false, script, CallOptions.DEFAULT);
  }

  private CompletableFuture<String> write() {
    return Route.start(script, 3, true, script, CallOptions.DEFAULT);
  }

  private static StoreException notLeader(String address) {
    return StoreException.notLeader(3, "n", address);
  }

  /** Everybody who is asked answers when the test does. */
  private static final class Script implements Routing, Peers, Route.Call<String> {
    final List<String> log = new ArrayList<>();
    final Map<String, String> members = new TreeMap<>(Map.of("self", SELF));
    private final Map<String, CompletableFuture<String>> open = new HashMap<>();
    private final PriorityQueue<Timed> timers = new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
    final CompletableFuture<ReadIndex> takeOver = new CompletableFuture<>();
    long now;

    private record Timed(long at, Runnable task) {}

    /** The question that this one was asked and has not answered. */
    CompletableFuture<String> asked(String whom) {
      CompletableFuture<String> question = open.remove(whom);
      assertThat(question).as("%s was asked; asked were %s", whom, log).isNotNull();
      return Objects.requireNonNull(question);
    }

    void pass(Duration span) {
      long end = now + span.toNanos();
      while (!timers.isEmpty() && timers.peek().at <= end) {
        Timed next = timers.remove();
        now = Math.max(now, next.at);
        next.task.run();
      }
      now = end;
    }

    /** The question whether it will take over, which it answers when the test does. */
    CompletableFuture<ReadIndex> takeOver(String whom) {
      log.add("take over " + whom);
      return takeOver;
    }

    private CompletableFuture<String> ask(String whom) {
      log.add(whom);
      CompletableFuture<String> question = new CompletableFuture<>();
      open.put(whom, question);
      return question;
    }

    @Override
    public CompletableFuture<String> here(boolean insist, CallOptions options) {
      return ask(insist ? "insist" : "here");
    }

    @Override
    public CompletableFuture<String> at(Peer peer, CallOptions options) {
      return ask(((Named) peer).address());
    }

    @Override
    public Peers peers() {
      return this;
    }

    @Override
    public String ownAddress() {
      return SELF;
    }

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public Runnable after(Duration wait, Runnable then) {
      Timed planned = new Timed(now + wait.toNanos(), then);
      timers.add(planned);
      return () -> timers.remove(planned);
    }

    @Override
    public void wantLeader(int partition, Duration timeout) {
      log.add("wanted");
    }

    @Override
    public Peer at(String address) {
      if (address.equals(NONE)) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "no address");
      }
      return new Named(this, address);
    }

    @Override
    public Map<String, String> members() {
      return members;
    }
  }

  private record Named(Script script, String address) implements Peer {
    @Override
    public Store store() {
      throw new AssertionError("the script is asked instead");
    }

    @Override
    public CompletableFuture<ReadIndex> readIndex(int partition, Duration timeout) {
      throw new AssertionError("the script is asked instead");
    }

    @Override
    public CompletableFuture<ReadIndex> awaitLeader(int partition, Duration timeout) {
      return script.takeOver(address);
    }

    @Override
    public CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request, CallOptions options) {
      throw new AssertionError("the script is asked instead");
    }

    @Override
    public CompletableFuture<io.logfold.query.PolicyOutcome> policies(int partition, CallOptions options) {
      throw new AssertionError("the script is asked instead");
    }

    @Override
    public CompletableFuture<io.logfold.query.PolicyOutcome> changePolicies(int partition, io.logfold.api.PolicyChange change,
        io.logfold.api.RequestInfo request, io.logfold.api.Provenance provenance, CallOptions options) {
      throw new AssertionError("the script is asked instead");
    }

    @Override
    public CompletableFuture<ClusterView> view(CallOptions options) {
      throw new AssertionError("the script is asked instead");
    }
  }
}
