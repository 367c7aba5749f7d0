package io.logfold.query.server.dynamodb;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.Queue;

/** A store that treats the next commits as it is told to, and the others as the store inside does. Any thread. */
final class FaultyStore implements Store {
  /** What happens to a commit. */
  enum Fate {
    /** It is done and answered. */
    ANSWERED,

    /** It is done, and its answer is lost. */
    ANSWER_LOST,

    /** It never comes to the store, and nobody knows. */
    REQUEST_LOST,

    /** It is on its way until {@link #deliver} is called. */
    UNDER_WAY
  }

  private record Delayed(CommitRequest request, CompletableFuture<CommitOutcome> outcome) {}

  private final Store store;
  private final Queue<Fate> fates = new LinkedBlockingQueue<>();
  private final Queue<Delayed> delayed = new LinkedBlockingQueue<>();
  private final List<CommitRequest> commits = new CopyOnWriteArrayList<>();

  FaultyStore(Store store) {
    this.store = store;
  }

  /** Of the next commits, in their order; those behind them are answered. */
  void next(Fate... next) {
    fates.addAll(List.of(next));
  }

  /** What was asked for since the store was made, whatever became of it. */
  List<CommitRequest> commits() {
    return commits;
  }

  /** How many commits are under way. */
  int underWay() {
    return delayed.size();
  }

  /** Brings the commits that are under way to the store; done when they are decided. */
  void deliver() {
    for (Delayed each = delayed.poll(); each != null; each = delayed.poll()) {
      CompletableFuture<CommitOutcome> outcome = each.outcome();
      store.commit(each.request(), CallOptions.timeoutMs(10_000)).whenComplete((answer, failure) -> {
        if (failure != null) {
          outcome.completeExceptionally(failure);
        } else {
          outcome.complete(answer);
        }
      }).exceptionally(failure -> new CommitOutcome.Applied(0, false)).join();
    }
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    commits.add(request);
    Fate fate = fates.poll();
    return switch (fate == null ? Fate.ANSWERED : fate) {
      case ANSWERED -> store.commit(request, options);
      case ANSWER_LOST -> store.commit(request, options).thenCompose(lost -> unknown(request));
      case REQUEST_LOST -> unknown(request);
      case UNDER_WAY -> {
        Delayed late = new Delayed(request, new CompletableFuture<>());
        delayed.add(late);
        yield late.outcome();
      }
    };
  }

  private static CompletableFuture<CommitOutcome> unknown(CommitRequest request) {
    return CompletableFuture.failedFuture(StoreException.unknown(request.request().id(), -1, "the answer was lost"));
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return store.get(request, options);
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return store.resolve(request, options);
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return store.scan(request, options);
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    return store.endSnapshot(partitionKey, snapshotId, options);
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    return store.partitionKeys(request, options);
  }

  @Override
  public CompletableFuture<HistoryPage> history(HistoryRequest request, CallOptions options) {
    return store.history(request, options);
  }

  @Override
  public CompletableFuture<DiffPage> diff(DiffRequest request, CallOptions options) {
    return store.diff(request, options);
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return store.cluster(options);
  }

  @Override
  public void close() {
    store.close();
  }
}
