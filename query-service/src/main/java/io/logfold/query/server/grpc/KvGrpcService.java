package io.logfold.query.server.grpc;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.logfold.api.CallOptions;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.wire.ClusterRequest;
import io.logfold.api.wire.ClusterView;
import io.logfold.api.wire.KvGrpc;
import io.logfold.api.wire.Operation;
import io.logfold.api.wire.OperationBatch;
import io.logfold.api.wire.ResultBatch;
import io.logfold.api.wire.WatchBatch;
import io.logfold.api.wire.WatchRequest;
import io.logfold.api.wire.WireErrors;
import io.logfold.api.wire.WirePast;
import io.logfold.api.wire.WireResults;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The service of {@code kv.proto} over any store. What an operation comes to, failure included, travels in its result;
 * a gRPC status is for what concerns the call as a whole.
 *
 * <p>Runs on the connection's event loop, on which nothing blocks since a store never does. Made for Armeria: there it
 * lifts the request's time and length limits for sessions, which live long, and takes the caller's address as the source
 * of requests that name none. The endpoint should allow messages of {@link WireResults#MAX_MESSAGE_BYTES}.
 */
public final class KvGrpcService extends KvGrpc.KvImplBase implements AutoCloseable {
  private final Store store;
  private final ThisNode node;
  private final OperationRunner runner;
  private final SessionLimits limits;
  private final Set<KvSession> sessions = ConcurrentHashMap.newKeySet();
  private final Set<WatchCall> watches = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  public KvGrpcService(Store store) {
    this(store, SessionLimits.DEFAULT);
  }

  public KvGrpcService(Store store, SessionLimits limits) {
    this(store, ThisNode.alone(store), limits);
  }

  /** @param store for clients: it may ask other nodes */
  public KvGrpcService(Store store, ThisNode node, SessionLimits limits) {
    this.store = store;
    this.node = node;
    this.runner = new OperationRunner(store, node, CallOptions.DEFAULT);
    this.limits = limits;
  }

  @Override
  public StreamObserver<OperationBatch> session(StreamObserver<ResultBatch> out) {
    ServiceRequestContext context = ServiceRequestContext.currentOrNull();
    Executor eventLoop = Runnable::run;
    if (context != null) {
      context.clearRequestTimeout();
      context.setMaxRequestLength(0);
      eventLoop = context.eventLoop().withoutContext();
    }
    KvSession session = new KvSession(
        runner, (ServerCallStreamObserver<ResultBatch>) out, eventLoop, limits, source(context), sessions::remove);
    sessions.add(session);
    session.start();
    if (closing) {
      session.close();
    }
    return session;
  }

  @Override
  public void execute(OperationBatch batch, StreamObserver<ResultBatch> out) {
    if (batch.getOperationsList().stream().allMatch(o -> o.getKindCase() == Operation.KindCase.KIND_NOT_SET)) {
      out.onError(Status.INVALID_ARGUMENT
          .withDescription("Execute needs at least one operation of a kind that this server knows, got "
              + batch.getOperationsCount() + " of none")
          .asRuntimeException());
      return;
    }
    KvExecution.run(batch, runner, limits, source(ServiceRequestContext.currentOrNull()), out);
  }

  @Override
  public void cluster(ClusterRequest request, StreamObserver<ClusterView> out) {
    try {
      (request.getThisNodeOnly() ? node.store() : store).cluster(CallOptions.DEFAULT).whenComplete((view, failure) -> {
        if (failure != null) {
          out.onError(WireErrors.status(StoreException.from(failure)));
        } else {
          out.onNext(WireResults.encode(view));
          out.onCompleted();
        }
      });
    } catch (RuntimeException e) {
      out.onError(WireErrors.status(StoreException.from(e)));
    }
  }

  /** Its failures are gRPC statuses, with the code's name in the trailer {@code logfold-error}. */
  @Override
  public void watch(WatchRequest request, StreamObserver<WatchBatch> out) {
    ServiceRequestContext context = ServiceRequestContext.currentOrNull();
    Executor eventLoop = Runnable::run;
    Consumer<Duration> abort = after -> {};
    if (context != null) {
      context.clearRequestTimeout();
      eventLoop = context.eventLoop().withoutContext();
      abort = after -> {
        var unused = context.eventLoop().withoutContext()
            .schedule(() -> context.cancel(), after.toMillis(), TimeUnit.MILLISECONDS);
      };
    }
    WatchCall call = new WatchCall((ServerCallStreamObserver<WatchBatch>) out, eventLoop, abort, watches::remove);
    call.prepare();
    watches.add(call);
    try {
      store.watch(WirePast.decode(request), call);
    } catch (RuntimeException e) {
      call.onError(e);
    }
    if (closing) {
      call.close();
    }
  }

  /**
   * Ends the sessions as soon as what is under way in each is answered, so that a server need not wait for clients that
   * keep theirs open, and all watches; what still comes on them is refused with CLOSED. Does not wait, and leaves the store alone.
   */
  @Override
  public void close() {
    closing = true;
    sessions.forEach(KvSession::close);
    watches.forEach(WatchCall::close);
  }

  private static String source(@Nullable ServiceRequestContext context) {
    InetAddress address = context == null ? null : context.clientAddress();
    return address == null ? "" : address.getHostAddress();
  }
}
