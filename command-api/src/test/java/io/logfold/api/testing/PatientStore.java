package io.logfold.api.testing;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Waits out SLOW_DOWN, which a store under load may answer at any time and which is sure not to have happened. Every
 * other answer passes as it is, and so does cancelling.
 */
final class PatientStore implements Store {
  private static final int MAX_TRIES = 1_000;
  private static final Executor SOON = CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS);

  private final Store store;

  PatientStore(Store store) {
    this.store = store;
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return patiently(() -> store.get(request, options));
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    return patiently(() -> store.commit(request, options));
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return patiently(() -> store.resolve(request, options));
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return patiently(() -> store.scan(request, options));
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    return store.endSnapshot(partitionKey, snapshotId, options);
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    return patiently(() -> store.partitionKeys(request, options));
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return store.cluster(options);
  }

  @Override
  public void close() {
    store.close();
  }

  private static <T> CompletableFuture<T> patiently(Supplier<CompletableFuture<T>> call) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    attempt(call, answer, 1);
    return answer;
  }

  private static <T> void attempt(Supplier<CompletableFuture<T>> call, CompletableFuture<T> answer, int tries) {
    if (answer.isDone()) {
      return;
    }
    CompletableFuture<T> attempt = call.get();
    answer.whenComplete((result, failure) -> {
      if (answer.isCancelled()) {
        attempt.cancel(true);
      }
    });
    attempt.whenComplete((result, failure) -> {
      if (failure == null) {
        answer.complete(result);
      } else if (failure instanceof StoreException e && e.code() == ErrorCode.SLOW_DOWN && tries < MAX_TRIES) {
        SOON.execute(() -> attempt(call, answer, tries + 1));
      } else {
        answer.completeExceptionally(failure);
      }
    });
  }
}
