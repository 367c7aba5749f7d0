package io.logfold.query.testing;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.PolicyChange;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.log.FoldState;
import io.logfold.log.GenesisConfig;
import io.logfold.log.PartitionLog;
import io.logfold.log.testing.FaultyPartitionLog;
import io.logfold.query.NodeTables;
import io.logfold.query.Incumbent;
import io.logfold.query.LeaderConfig;
import io.logfold.query.PartitionLeader;
import io.logfold.query.PastValues;
import io.logfold.query.PartitionStatus;
import io.logfold.query.PolicyOutcome;
import io.logfold.query.ReadIndex;
import io.logfold.query.ServeOutcome;
import io.logfold.query.TableThreads;
import io.logfold.query.WriteGate;
import io.logfold.query.values.Values;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * One life of one node of a {@link SimulatedPartition}: a partition leader on executors that the simulation steps, with
 * a clock and a view of the log of its own. Calls give futures, which end as the simulation runs.
 */
public final class SimulatedNode {
  /** The partition key of the calls that do not name one. */
  public static final Bytes PK = Bytes.utf8("pk");

  private static final long TIMEOUT_MS = 10_000;

  private final String name;
  private final ManualClock clock;
  private final SimulatedLink link;
  private final SimulatedLink.Delays delays;
  private final SimulatedLink.Timers timers;
  private final StepExecutor messages = new StepExecutor();
  private final StepExecutor tableCalls = new StepExecutor();
  private final Random random;
  private final PartitionLeader leader;
  private final List<Runnable> heldAnswers = new ArrayList<>();
  private boolean answersHeld;
  private boolean stopped;
  private PartitionLeader.Manner manner = PartitionLeader.Manner.INSISTS;
  private Incumbent network = Incumbent.NONE;
  private boolean frozen;
  private boolean turnDue;
  private long wakeAtNanos = Long.MAX_VALUE;
  private boolean wakes;

  SimulatedNode(String name, GenesisConfig genesis, SimulatedLink link, SimulatedLink.Delays delays, SimulatedLink.Timers timers,
      NodeTables tables, LeaderConfig config, ManualClock clock, Random random, WriteGate gate,
      Function<Executor, Values> values, PastValues past) {
    this.name = name;
    this.clock = clock;
    this.link = link;
    this.delays = delays;
    this.timers = timers;
    this.random = random;
    PartitionLog log = link.seenBy(() -> new SimulatedLink.Sent(this, clock.monotonicNanos(), timers.nowNanos()));
    this.leader = new PartitionLeader(config, FoldState.empty(SimulatedPartition.STORE, 0), genesis, log, tables,
        this::askIncumbent, messages, new TableThreads(this::fromTable, 2), clock, random, gate, values.apply(this::fromTable), past);
    leader.start();
  }

  public String name() {
    return name;
  }

  public ManualClock clock() {
    return clock;
  }

  /** This node's view of the log, to order faults. */
  public FaultyPartitionLog log() {
    return link.faults();
  }

  /** Its way to the log and back, to disturb it. */
  public SimulatedLink link() {
    return link;
  }

  public PartitionLeader leader() {
    return leader;
  }

  /** The table's calls, to hold them. */
  public StepExecutor tableCalls() {
    return tableCalls;
  }

  /** What the table says from now on is on its way until {@link #releaseTableAnswers}: a slow read. */
  public void holdTableAnswers() {
    answersHeld = true;
  }

  public void releaseTableAnswers() {
    answersHeld = false;
    heldAnswers.forEach(messages::execute);
    heldAnswers.clear();
  }

  /** Takes what the table's calls give back to the leader. */
  private void fromTable(Runnable call) {
    Runnable asked = () -> tableCalls.execute(() -> {
      messages.divert(answersHeld ? heldAnswers::add : this::backFromTable);
      try {
        call.run();
      } finally {
        messages.divert(null);
      }
    });
    long nanos = delays.tableNanos();
    if (nanos > 0) {
      timers.after(nanos, asked);
    } else {
      asked.run();
    }
  }

  private void backFromTable(Runnable answer) {
    long nanos = delays.tableNanos();
    if (nanos > 0) {
      timers.after(nanos, () -> messages.execute(answer));
    } else {
      messages.divert(null);
      messages.execute(answer);
    }
  }

  /** The leader's messages, to hold them. */
  public StepExecutor messages() {
    return messages;
  }

  // ---- calls

  /** Calls from now on say whether they only ask, or insist, where another node leads. They insist until told otherwise. */
  public SimulatedNode calls(PartitionLeader.Manner next) {
    manner = next;
    return this;
  }

  private CompletableFuture<ReadIndex> askIncumbent(int partition, String address, Duration timeout) {
    return network.readIndex(partition, address, timeout);
  }

  /** How this node reaches others; nobody until it is said. */
  public void network(Incumbent reach) {
    network = reach;
  }

  public CompletableFuture<GetResult> get(Consistency consistency, String... keys) {
    return leader.get(new GetRequest(PK, Arrays.stream(keys).map(Bytes::utf8).toList(), consistency), manner,
        deadline(TIMEOUT_MS));
  }

  public CompletableFuture<GetResult> get(String... keys) {
    return get(Consistency.LINEARIZABLE, keys);
  }

  public CompletableFuture<CommitOutcome> set(String key, String value) {
    return commit(put(key, value));
  }

  public CompletableFuture<CommitOutcome> delete(String... keys) {
    List<Mutation> mutations = Arrays.stream(keys).<Mutation>map(key -> new Mutation.Delete(Bytes.utf8(key))).toList();
    return commit(new CommitRequest(PK, List.of(), mutations, request(), Provenance.NONE));
  }

  public CompletableFuture<CommitOutcome> setIfAbsent(String key, String value) {
    return commit(new CommitRequest(PK, List.of(new Predicate.Absent(Bytes.utf8(key))), put(key, value).mutations(), request(),
        Provenance.NONE));
  }

  public CompletableFuture<CommitOutcome> commit(CommitRequest request) {
    return commit(request, TIMEOUT_MS);
  }

  public CompletableFuture<CommitOutcome> commit(CommitRequest request, long timeoutMs) {
    return leader.commit(request, manner, deadline(timeoutMs));
  }

  public CompletableFuture<ScanPage> scan(ScanRequest request) {
    return leader.scan(request, manner, deadline(TIMEOUT_MS));
  }

  public CompletableFuture<PartitionKeysPage> partitionKeys(int pageSize) {
    return leader.partitionKeys(new PartitionKeysRequest(Optional.empty(), pageSize), manner,
        deadline(TIMEOUT_MS));
  }

  /** Makes another table answer misses. */
  public CompletableFuture<ServeOutcome> serve(String table) {
    return leader.serve(table, request(), Provenance.NONE, deadline(TIMEOUT_MS));
  }

  /** Changes the policies, as an operator with a name and a reason. */
  public CompletableFuture<PolicyOutcome> change(PolicyChange change) {
    return leader.changePolicies(change, request(), Provenance.of("operator", "test"), manner, deadline(TIMEOUT_MS));
  }

  public CompletableFuture<PolicyOutcome> policies() {
    return leader.policies(manner, deadline(TIMEOUT_MS));
  }

  /** Makes a value unreadable, as an operator with a name and a reason. */
  public CompletableFuture<RedactOutcome> redact(String key, long revision) {
    return redact(new RedactRequest(PK, Bytes.utf8(key), revision, request(), Provenance.of("operator", "asked for it")));
  }

  public CompletableFuture<RedactOutcome> redact(RedactRequest request) {
    return leader.redact(request, manner, deadline(TIMEOUT_MS));
  }

  /** Asks what became of a request, or withdraws it. */
  public CompletableFuture<Resolution> resolve(RequestInfo request) {
    return leader.resolve(new ResolveRequest(PK, request.id(), request.timeMs(), Provenance.NONE), manner, deadline(TIMEOUT_MS));
  }

  /** Gives the leadership away. */
  public CompletableFuture<String> move(String successor) {
    return leader.move(successor, deadline(TIMEOUT_MS));
  }

  public CompletableFuture<PartitionStatus> status() {
    return leader.status();
  }

  /** A put as a new request of now. */
  public CommitRequest put(String key, String value) {
    return new CommitRequest(PK, List.of(), List.of(new Mutation.Put(Bytes.utf8(key), Bytes.utf8(value))), request(), Provenance.NONE);
  }

  /** A new request, made now by this node's wall clock. */
  public RequestInfo request() {
    return new RequestInfo(RequestId.random(random), 1, clock.wallMs());
  }

  public long deadline(long timeoutMs) {
    return clock.monotonicNanos() + timeoutMs * 1_000_000;
  }

  // ---- its process

  /** The process dies: nothing of it runs any more. What it handed to the log is there, or comes. */
  public void kill() {
    kill(Integer.MAX_VALUE);
  }

  /** As {@link #kill()}; of what is on its way to the log so many records still come. */
  public void kill(int recordsThatStillCome) {
    stopped = true;
    messages.stop();
    tableCalls.stop();
    link.dieKeeping(recordsThatStillCome);
  }

  public boolean killed() {
    return stopped;
  }

  /** The process stands still (SIGSTOP); its clocks go on. */
  public void freeze() {
    frozen = true;
  }

  public void thaw() {
    frozen = false;
    clock.suspend(false);
  }

  /** The machine sleeps: as {@link #freeze}, and its monotonic clock stands still too (L10). */
  public void suspend() {
    frozen = true;
    clock.suspend(true);
  }

  public boolean frozen() {
    return frozen;
  }

  // ---- for the simulation

  /** Runs one message, one table call, or the end of a turn; false where there is nothing to do now. */
  boolean step() {
    if (stopped || frozen) {
      return false;
    }
    if (runMessage()) {
      turnDue = true;
      return true;
    }
    if (turnDue && !messages.held()) {
      endTurn();
      return true;
    }
    return tableCalls.runOne();
  }

  /** As the mailbox does, it tells the leader of a message that failed. */
  private boolean runMessage() {
    try {
      return messages.runOne();
    } catch (RuntimeException e) {
      leader.fault(e);
      return true;
    }
  }

  /** Ends the turn although messages are left, as a busy mailbox does. */
  void endTurn() {
    turnDue = false;
    try {
      leader.endOfTurn();
    } catch (RuntimeException e) {
      leader.fault(e);
    }
    long nanos = leader.nextWakeupNanos();
    wakes = nanos != Long.MAX_VALUE;
    wakeAtNanos = clock.monotonicNanos() + (wakes ? nanos : 0);
  }

  /** How long until it wants a turn; Long.MAX_VALUE: it waits for messages only. */
  long nanosToWakeup() {
    return stopped || frozen || messages.held() || !wakes ? Long.MAX_VALUE : Math.max(0, wakeAtNanos - clock.monotonicNanos());
  }

  void wakeUpIfDue() {
    if (nanosToWakeup() == 0) {
      wakes = false;
      turnDue = true;
    }
  }

}
