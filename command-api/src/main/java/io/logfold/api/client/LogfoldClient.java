package io.logfold.api.client;

import io.grpc.stub.StreamObserver;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Provenance;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.RequestId;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.WatchEvent;
import io.logfold.api.WatchRefused;
import io.logfold.api.WatchRequest;
import io.logfold.api.wire.ClusterRequest;
import io.logfold.api.wire.KvGrpc;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.Policies;
import io.logfold.api.wire.PoliciesResult;
import io.logfold.api.wire.ReadIndex;
import io.logfold.api.wire.ReadIndexResult;
import io.logfold.api.wire.Result;
import io.logfold.api.wire.WireErrors;
import io.logfold.api.wire.WirePast;
import io.logfold.api.wire.WirePolicies;
import io.logfold.api.wire.WireRequests;
import io.logfold.api.wire.WireResults;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The store, over gRPC.
 *
 * <pre>{@code
 * try (LogfoldClient client = LogfoldClient.connect("http://127.0.0.1:7171")) {
 *   client.get(request, CallOptions.DEFAULT).thenAccept(...);
 * }
 * }</pre>
 *
 * <ul>
 *   <li>Threads: any may call, none ever blocks. Futures complete on the client's one I/O thread (on its timer thread at a
 *       deadline), so what depends on them must not block: it would hold up every other call.
 *   <li>Batching: one session to each server in use; calls made at the same time leave together, a lone one at once.
 *   <li>Servers: the given ones are where the client begins. The one last used is used on, until it is lost or silent, then
 *       the next that can be reached. From answers it learns who leads which partition, and asks leaders
 *       at their own addresses where it can reach those. Reads that any node may answer stay with the server in use. While
 *       a connection is being made, calls wait within their deadline; while no server can be reached they fail at once with
 *       UNAVAILABLE.
 *   <li>A call that no server has applied for sure (never sent; NOT_LEADER; the server is closing) is asked elsewhere within
 *       its deadline, as is a read whose session broke. A write that was sent and not refused is never sent again: a session
 *       that breaks, a deadline or {@link #close} then fails it with UNKNOWN, which names the request id to ask again with
 *       ({@link io.logfold.api.BlockingStore#commitSurely} does). Reads fail with UNAVAILABLE, DEADLINE_EXCEEDED or CLOSED.
 *   <li>Limits: so many operations and bytes in flight, so many more waiting in order, beyond it SLOW_DOWN at once.
 *   <li>Cancelling a future forgets the call here; a write that was sent may still happen.
 * </ul>
 */
public final class LogfoldClient implements Store {
  private final ClientSettings settings;
  private final Map<Long, PendingCall<?>> undecided = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final Set<RemoteWatch> watches = ConcurrentHashMap.newKeySet();
  private final RequestLimiter limiter;
  private final DeadlineSweeper deadlines;
  private final IoThread ioThread;
  private final Router router;
  private volatile boolean closed;

  LogfoldClient(ClientSettings settings) {
    this.settings = settings;
    this.ioThread = new IoThread(settings.keepAlive(), settings.probeTimeout());
    this.router = new Router(settings, ioThread, undecided);
    this.limiter = new RequestLimiter(
        settings.maxInFlight(), settings.maxInFlightBytes(), settings.maxWaiting(), router::dispatch);
    this.deadlines = new DeadlineSweeper(undecided.values(), settings.nanoClock());
    deadlines.start();
  }

  /** A client with default settings; connects when the first call is made. Port 7171 where the URL names none. */
  public static LogfoldClient connect(String url) {
    return builder().server(url).build();
  }

  public static LogfoldClientBuilder builder() {
    return new LogfoldClientBuilder();
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return start(Operation.newBuilder().setGet(WireRequests.encode(request)),
        routedBy(request.partitionKey(), request.consistency()), Optional.empty(), options,
        result -> WireResults.decode(expect(result, Result.KindCase.GET).getGet()));
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    return start(Operation.newBuilder().setCommit(WireRequests.encode(named(request))), request.partitionKey(),
        Optional.of(request.request().id()), options,
        result -> WireResults.decode(expect(result, Result.KindCase.COMMIT).getCommit()));
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return start(Operation.newBuilder().setResolve(WireRequests.encode(named(request))), request.partitionKey(),
        Optional.of(request.requestId()), options,
        result -> WireResults.decode(expect(result, Result.KindCase.RESOLUTION).getResolution()));
  }

  /** For nodes: how far the leader of a partition is, by its lease. */
  CompletableFuture<ReadIndexResult> readIndex(int partition, boolean insist, CallOptions options) {
    ReadIndex.Builder question = ReadIndex.newBuilder().setPartition(partition).setInsist(insist);
    return start(Operation.newBuilder().setReadIndex(question), null,
        Optional.empty(), options, result -> expect(result, Result.KindCase.READ_INDEX).getReadIndex());
  }

  @Override
  public CompletableFuture<RedactOutcome> redact(RedactRequest request, CallOptions options) {
    return start(Operation.newBuilder().setRedact(WirePolicies.encode(request)), request.partitionKey(),
        Optional.of(request.request().id()), options,
        result -> WirePolicies.decode(expect(result, Result.KindCase.REDACT).getRedact()));
  }

  /** For nodes: the policies of a partition that the node leads, or a change of them. */
  CompletableFuture<PoliciesResult> policies(Policies question, Optional<RequestId> change, CallOptions options) {
    return start(Operation.newBuilder().setPolicies(question), null, change, options,
        result -> expect(result, Result.KindCase.POLICIES).getPolicies());
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return start(Operation.newBuilder().setScan(WireRequests.encode(request)),
        routedBy(request.partitionKey(), request.consistency()), Optional.empty(), options,
        result -> WireResults.decode(expect(result, Result.KindCase.SCAN).getScan(), request.partitionKey()));
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    Operation.Builder operation =
        Operation.newBuilder().setEndSnapshot(WireRequests.encodeEndSnapshot(partitionKey, snapshotId));
    return start(operation, partitionKey, Optional.empty(), options, result -> {
      expect(result, Result.KindCase.END_SNAPSHOT);
      return null;
    });
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    return partitionKeys(WireRequests.encode(request), options);
  }

  CompletableFuture<PartitionKeysPage> partitionKeys(io.logfold.api.wire.PartitionKeys request, CallOptions options) {
    return start(Operation.newBuilder().setPartitionKeys(request), null, Optional.empty(), options,
        result -> WireResults.decode(expect(result, Result.KindCase.PARTITION_KEYS).getPartitionKeys()));
  }

  /** Any node answers it from its own history. */
  @Override
  public CompletableFuture<HistoryPage> history(HistoryRequest request, CallOptions options) {
    return start(Operation.newBuilder().setHistory(WirePast.encode(request)), null, Optional.empty(), options,
        result -> WirePast.decode(expect(result, Result.KindCase.HISTORY).getHistory()));
  }

  /** Any node answers it from its own history. */
  @Override
  public CompletableFuture<DiffPage> diff(DiffRequest request, CallOptions options) {
    return start(Operation.newBuilder().setDiff(WirePast.encode(request)), null, Optional.empty(), options,
        result -> WirePast.decode(expect(result, Result.KindCase.DIFF).getDiff()));
  }

  /**
   * By the server in use, over a connection of its own. Where that breaks the watch ends with UNAVAILABLE; another
   * one, behind the last event that was dealt with, goes on at whichever server can be reached then.
   */
  @Override
  public void watch(WatchRequest request, Flow.Subscriber<? super WatchEvent> subscriber) {
    SessionConnection connection = closed ? null : router.connection();
    if (connection == null) {
      WatchRefused.tell(subscriber, closed ? closedFailure() : router.unreachable());
      return;
    }
    RemoteWatch watch =
        new RemoteWatch(subscriber, ioThread, ioThread.channel(connection.link().address()), watches::remove);
    watches.add(watch);
    ioThread.execute(() -> watch.start(WirePast.encode(request)));
    if (closed) {
      watch.close();
    }
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return cluster(settings.peer(), options);
  }

  private CompletableFuture<ClusterView> cluster(boolean thisNodeOnly, CallOptions options) {
    CompletableFuture<ClusterView> answer = new CompletableFuture<>();
    SessionConnection connection = closed ? null : router.connection();
    if (connection == null) {
      answer.completeExceptionally(closed ? closedFailure() : router.unreachable());
      return answer;
    }
    KvGrpc.newStub(connection.channel())
        .withDeadlineAfter(effective(options).timeout().toNanos(), TimeUnit.NANOSECONDS)
        .cluster(ClusterRequest.newBuilder().setThisNodeOnly(thisNodeOnly).build(), new StreamObserver<>() {
          @Override
          public void onNext(io.logfold.api.wire.ClusterView view) {
            answer.complete(WireResults.decode(view));
          }

          @Override
          public void onError(Throwable failure) {
            answer.completeExceptionally(closed ? closedFailure() : WireErrors.fromStatus(failure));
          }

          @Override
          public void onCompleted() {
            // A second completion does nothing; without an answer this is the fault.
            answer.completeExceptionally(
                new StoreException(ErrorCode.INTERNAL, "the server answered a cluster call with nothing"));
          }
        });
    return answer;
  }

  /**
   * Decides what is under way (reads: CLOSED; writes: CLOSED where never sent, else UNKNOWN) and ends the client's
   * threads, without waiting for them. Again: does nothing.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    // First, for each call that ends here gives its place to one that waits, which must not be sent for that.
    router.stop();
    undecided.values().forEach(call -> call.abandon(ErrorCode.CLOSED, "the client was closed"));
    watches.forEach(RemoteWatch::close);
    router.close();
    deadlines.close();
    ioThread.shutdown();
  }

  /** Who may answer such a read: the leader of this key's partition; null: anyone. */
  private static @Nullable Bytes routedBy(Bytes partitionKey, Consistency consistency) {
    return switch (consistency) {
      case Consistency.Linearizable linearizable -> partitionKey;
      case Consistency.Barrier barrier -> partitionKey;
      case Consistency.ReadIndex readIndex -> null;
      case Consistency.AtLeast atLeast -> null;
      case Consistency.Stale stale -> null;
      case Consistency.AsOf asOf -> null;
    };
  }

  private <T> CompletableFuture<T> start(Operation.Builder operation, @Nullable Bytes routedBy, Optional<RequestId> write,
      CallOptions options, Function<Result, T> decoder) {
    CallOptions effective = effective(options);
    Operation message = operation
        .setId(lastId.incrementAndGet())
        .setForwarded(settings.peer())
        .setTimeoutMs(PendingCall.serverTimeoutMs(effective.timeout()))
        .build();
    PendingCall<T> call = new PendingCall<>(
        message, routedBy, write, effective.timeout(), settings.nanoClock().getAsLong(), decoder, this::ended);
    if (call.bytes() > PendingCall.MAX_OPERATION_BYTES) {
      call.abandon(ErrorCode.TOO_LARGE, "a call has at most " + PendingCall.MAX_OPERATION_BYTES
          + " bytes with all its predicates, got " + call.bytes() + "; split it");
      return call;
    }
    undecided.put(call.id(), call);
    if (closed) {
      call.abandon(ErrorCode.CLOSED, "the client was closed");
      return call;
    }
    deadlines.watch(call);
    limiter.admit(call);
    return call;
  }

  private void ended(PendingCall<?> call) {
    undecided.remove(call.id());
    limiter.release(call);
  }

  private CallOptions effective(CallOptions options) {
    return options == CallOptions.DEFAULT ? settings.options() : options;
  }

  private CommitRequest named(CommitRequest request) {
    Provenance said = request.provenance();
    return isNamed(said)
        ? request
        : new CommitRequest(request.partitionKey(), request.predicates(), request.mutations(), request.request(),
            named(said));
  }

  private ResolveRequest named(ResolveRequest request) {
    Provenance said = request.provenance();
    return isNamed(said)
        ? request
        : new ResolveRequest(request.partitionKey(), request.requestId(), request.requestTimeMs(), named(said));
  }

  private boolean isNamed(Provenance said) {
    return settings.principal().isEmpty() || !said.principal().isEmpty();
  }

  private Provenance named(Provenance said) {
    return new Provenance(settings.principal(), said.reason(), said.source());
  }

  private static StoreException closedFailure() {
    return new StoreException(ErrorCode.CLOSED, "the client was closed");
  }

  private static Result expect(Result result, Result.KindCase kind) {
    if (result.getKindCase() != kind) {
      throw new IllegalArgumentException("expected an answer of kind " + kind + ", got " + result.getKindCase());
    }
    return result;
  }
}
