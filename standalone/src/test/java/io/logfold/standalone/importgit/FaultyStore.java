package io.logfold.standalone.importgit;

import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.standalone.DelegatingStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** A store in front of another that records what is applied, and lets chosen calls fail. */
public final class FaultyStore extends DelegatingStore {
  /** What happens to a call. */
  public enum Fault {
    NONE,
    /** It never arrives, and the caller knows. */
    NOT_SENT,
    /** It never arrives, and the caller cannot know. */
    LOST,
    /** It arrives, and the caller does not learn of it. */
    ANSWER_LOST
  }

  private final IntFunction<Fault> faultOfCall;
  private final boolean forgetIds;
  private final List<CommitRequest> applied = new ArrayList<>();
  private int calls;
  private long ids;

  /** @param forgetIds gives each write a new request id, as if the dedupe window were over at once */
  public FaultyStore(Store store, IntFunction<Fault> faultOfCall, boolean forgetIds) {
    super(store);
    this.faultOfCall = faultOfCall;
    this.forgetIds = forgetIds;
  }

  public static FaultyStore recording(Store store) {
    return new FaultyStore(store, call -> Fault.NONE, false);
  }

  public synchronized int calls() {
    return calls;
  }

  /** The commits that changed something, in order. */
  public synchronized List<CommitRequest> applied() {
    return List.copyOf(applied);
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    CommitRequest sent = forgetIds
        ? new CommitRequest(request.partitionKey(), request.predicates(), request.mutations(),
            new RequestInfo(new RequestId(System.identityHashCode(this), ++ids), 1, request.request().timeMs()),
            request.provenance())
        : request;
    return call(() -> store.commit(sent, options).thenApply(outcome -> {
      if (outcome instanceof CommitOutcome.Applied) {
        synchronized (this) {
          if (applied.stream().noneMatch(earlier -> earlier.request().id().equals(sent.request().id()))) {
            applied.add(sent);
          }
        }
      }
      return outcome;
    }), StoreException.unknown(sent.request().id(), -1, "the test lost it"));
  }

  private synchronized <T> CompletableFuture<T> call(Supplier<CompletableFuture<T>> call, StoreException unknown) {
    return switch (faultOfCall.apply(++calls)) {
      case NONE -> call.get();
      case NOT_SENT -> CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, "the test's doing"));
      case LOST -> CompletableFuture.failedFuture(unknown);
      case ANSWER_LOST -> call.get().thenCompose(answer -> CompletableFuture.failedFuture(unknown));
    };
  }

  private <T> CompletableFuture<T> read(Supplier<CompletableFuture<T>> call) {
    return call(call, new StoreException(ErrorCode.UNAVAILABLE, "the test's doing"));
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return read(() -> store.get(request, options));
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return call(() -> store.resolve(request, options),
        StoreException.unknown(request.requestId(), -1, "the test lost it"));
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return read(() -> store.scan(request, options));
  }
}
