package io.logfold.query.simulation;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.KeyRange;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.ScanRequest;
import io.logfold.api.StoreException;
import io.logfold.api.ResolveRequest;
import io.logfold.query.PartitionLeader.Manner;
import io.logfold.query.testing.SimulatedNode;
import io.logfold.query.testing.SimulatedPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Those who call: in bursts and after silences, mostly the node that leads. A write that failed is tried again under its
 * request id, elsewhere; some first attempts arrive only when a later one was sent. Each (request, attempt) is sent once.
 */
final class Clients {
  private static final int KEYS = 6;

  private final Cluster cluster;
  private final SimulatedPartition world;
  private final Random random;
  private final Trace trace;
  private final Watch watch;
  private final List<Call> calls = new ArrayList<>();
  private final Map<RequestId, CommitRequest> requests = new HashMap<>();
  private final Map<RequestId, Integer> lastAttempt = new HashMap<>();
  private final List<RequestId> recent = new ArrayList<>();
  private int burst;
  private int values;
  private int resolves;
  private int late;
  private int retries;
  private boolean ended;
  private boolean lastWriteApplied;

  Clients(Cluster cluster, SimulatedPartition world, Random random, Trace trace, Watch watch) {
    this.cluster = cluster;
    this.world = world;
    this.random = random;
    this.trace = trace;
    this.watch = watch;
  }

  void begin() {
    cluster.after(10, this::turn);
  }

  private void turn() {
    if (ended) {
      return;
    }
    if (burst-- <= 0) {
      burst = random.nextInt(50);
      cluster.after(silenceMs(), this::turn);
      return;
    }
    oneCall(cluster.pick());
    cluster.after(random.nextInt(3) == 0 ? random.nextInt(40) : random.nextInt(4), this::turn);
  }

  private long silenceMs() {
    long ttl = cluster.ttlMs();
    return random.nextInt(3) == 0 ? ttl + random.nextInt((int) ttl) : random.nextInt((int) ttl / 3);
  }

  private void oneCall(SimulatedNode node) {
    int dice = random.nextInt(100);
    if (dice < 40) {
      write(node);
    } else if (dice < 80) {
      Consistency consistency = consistency();
      boolean follower = !(consistency instanceof Consistency.Linearizable || consistency instanceof Consistency.Barrier);
      get(follower ? cluster.any() : node, consistency);
    } else if (dice < 90) {
      scan(node);
    } else {
      again(node);
    }
  }

  // ---- reads

  /** Mostly they ask, and go elsewhere where that node does not lead; else a standby claims for them. */
  private Manner manner() {
    return random.nextInt(5) < 2 ? Manner.INSISTS : Manner.ASKS;
  }

  private Consistency consistency() {
    return switch (random.nextInt(12)) {
      case 0 -> Consistency.BARRIER;
      case 3, 4, 5 -> Consistency.READ_INDEX;
      case 1 -> new Consistency.AtLeast(Math.max(0, watch.truth().lsn() + 1 - random.nextInt(4)));
      case 2 -> new Consistency.Stale(Duration.ofMillis(random.nextInt((int) cluster.ttlMs())));
      default -> Consistency.LINEARIZABLE;
    };
  }

  void get(SimulatedNode node, Consistency consistency) {
    List<Bytes> keys = random.nextInt(3) > 0 ? List.of(key()) : List.of(key(), key(), key());
    GetRequest request = new GetRequest(SimulatedNode.PK, keys, consistency);
    call(node, new Call.Get(request), node.leader().get(request, manner(), node.deadline(timeoutMs())));
  }

  private void scan(SimulatedNode node) {
    ScanRequest request = new ScanRequest(SimulatedNode.PK, KeyRange.ALL, 100, false, false,
        consistency(), random.nextInt(4) == 0, Optional.empty());
    call(node, new Call.Scan(request), node.leader().scan(request, manner(), node.deadline(timeoutMs())));
  }

  // ---- writes

  void write(SimulatedNode node) {
    Bytes key = key();
    List<Mutation> mutations = new ArrayList<>();
    mutations.add(mutation(key));
    Bytes second = key();
    if (random.nextInt(5) == 0 && !second.equals(key)) {
      mutations.add(mutation(second));
    }
    long lsn = watch.truth().lsn();
    List<Predicate> predicates = switch (random.nextInt(8)) {
      case 0 -> List.of(new Predicate.Absent(key));
      case 1 -> List.of(new Predicate.Exists(key));
      case 2 -> List.of(new Predicate.RevisionIs(key, Math.max(1, watch.truth().revisionAt(key, lsn))));
      case 3 -> List.of(new Predicate.ValueEquals(key, watch.truth().valueAt(key, lsn).orElse(Bytes.EMPTY)));
      case 4 -> List.of(new Predicate.Exists(key), new Predicate.Absent(second));
      default -> List.of();
    };
    long timeMs = node.clock().wallMs() - random.nextInt(20);
    CommitRequest request = new CommitRequest(SimulatedNode.PK, predicates, mutations,
        new RequestInfo(RequestId.random(random), 1, timeMs), Provenance.NONE);
    RequestId id = request.request().id();
    requests.put(id, request);
    recent.add(id);
    lastAttempt.put(id, 1);
    if (random.nextInt(12) == 0) {
      late++;
      // It takes long to arrive, and its caller loses patience.
      trace.tell(() -> "slow on its way: " + Words.of(request));
      long ms = random.nextInt((int) cluster.ttlMs());
      cluster.after(ms, () -> send(cluster.pick(), request));
      cluster.after(random.nextInt((int) ms + 50), () -> attempt(id, cluster.pick()));
    } else {
      send(node, request);
    }
  }

  private Mutation mutation(Bytes key) {
    return random.nextInt(3) == 0 ? new Mutation.Delete(key) : new Mutation.Put(key, Bytes.utf8("v" + ++values));
  }

  /** A later attempt of one of the last requests, whatever became of it. */
  private void again(SimulatedNode node) {
    if (!recent.isEmpty()) {
      RequestId id = recent.get(recent.size() - 1 - random.nextInt(Math.min(10, recent.size())));
      if (random.nextInt(3) == 0) {
        resolve(id, node);
      } else {
        attempt(id, node);
      }
    }
  }

  private void attempt(RequestId id, SimulatedNode node) {
    CommitRequest first = requests.get(id);
    if (first == null || ended) {
      return;
    }
    retries++;
    int attempt = lastAttempt.merge(id, 1, Integer::sum);
    RequestInfo info = new RequestInfo(id, attempt, first.request().timeMs());
    send(node, new CommitRequest(first.partitionKey(), first.predicates(), first.mutations(), info, first.provenance()));
  }

  /** Asks what became of a request, which is withdrawn where nothing did. */
  private void resolve(RequestId id, SimulatedNode node) {
    CommitRequest first = requests.get(id);
    if (first != null && !ended) {
      ResolveRequest request = ResolveRequest.of(first);
      resolves++;
      call(node, new Call.Resolve(request), node.leader().resolve(request, manner(), node.deadline(timeoutMs())));
    }
  }

  private void send(SimulatedNode node, CommitRequest request) {
    call(node, new Call.Write(request), node.leader().commit(request, manner(), node.deadline(timeoutMs())));
  }

  private long timeoutMs() {
    return random.nextInt(3) == 0 ? 30 + random.nextInt(200) : cluster.ttlMs() + random.nextInt(1_500);
  }

  private Bytes key() {
    return Bytes.utf8("k" + random.nextInt(KEYS));
  }

  /** Not a write of theirs, but answered like one. */
  void serve(SimulatedNode node, String table) {
    RequestInfo info = new RequestInfo(RequestId.random(random), 1, node.clock().wallMs());
    call(node, new Call.Serve(table), node.leader().serve(table, info, Provenance.NONE, node.deadline(timeoutMs())));
  }

  /** Gives the leadership to another node. */
  void move(SimulatedNode node, String successor) {
    call(node, new Call.Move(successor), node.leader().move(successor, node.deadline(timeoutMs())));
  }

  // ---- calls

  private void call(SimulatedNode node, Call.Asked asked, CompletableFuture<?> future) {
    Call call = new Call(calls.size() + 1, node, asked, watch.truth().lsn());
    calls.add(call);
    trace.tell(call::toString);
    call.follow(future, () -> answered(call));
  }

  private void answered(Call call) {
    trace.tell(() -> "   #" + call.number + " is answered " + Words.of(call));
    watch.answered(call);
    StoreException failure = call.failure();
    if (failure == null || failure.code() == ErrorCode.REQUEST_EXPIRED) {
      return;
    }
    switch (call.asked) {
      case Call.Write write -> {
        RequestId id = write.request().request().id();
        int dice = random.nextInt(10);
        if (dice < 5 && write.request().request().attempt() < 5) {
          cluster.after(random.nextInt(200), () -> attempt(id, elsewhere(failure)));
        } else if (dice < 7 && failure.code() == ErrorCode.UNKNOWN) {
          cluster.after(random.nextInt(200), () -> resolve(id, cluster.pick()));
        }
      }
      case Call.Resolve resolve -> {
        if (random.nextBoolean()) {
          cluster.after(50 + random.nextInt(200), () -> resolve(resolve.request().requestId(), elsewhere(failure)));
        }
      }
      default -> {}
    }
  }

  /** Where a refusal says that the leader is, or anywhere. */
  private SimulatedNode elsewhere(StoreException failure) {
    String address = failure.leaderAddress().orElse("");
    return cluster.current().stream().filter(node -> address.startsWith(node.name() + ":")).findFirst().orElseGet(cluster::pick);
  }

  List<Call> calls() {
    return calls;
  }

  /** Null for a request that no client made. */
  @Nullable CommitRequest request(RequestId id) {
    return requests.get(id);
  }

  /** The greatest attempt that was sent of it. */
  int lastAttempt(RequestId id) {
    return lastAttempt.getOrDefault(id, 0);
  }

  /** Nobody calls any more. */
  void end() {
    ended = true;
  }

  /** Writes to one node after the other until a write is applied. */
  void writeAtLast(int round) {
    SimulatedNode node = cluster.current().get(round % cluster.current().size());
    CommitRequest request = new CommitRequest(SimulatedNode.PK, List.of(), List.of(new Mutation.Put(key(), Bytes.utf8("last"))),
        new RequestInfo(RequestId.random(random), 1, node.clock().wallMs()), Provenance.NONE);
    node.leader().commit(request, Manner.INSISTS, node.deadline(1_000)).whenComplete((outcome, failure) ->
        lastWriteApplied |= outcome instanceof CommitOutcome.Applied);
  }

  boolean lastWriteApplied() {
    return lastWriteApplied;
  }

  Map<String, Integer> counts() {
    return Map.of("a later attempt of a request", retries, "a question what became of a request", resolves,
        "a first attempt that arrives when a later one was sent", late);
  }

  long answered() {
    return calls.stream().filter(call -> call.answer() != null).count();
  }
}
