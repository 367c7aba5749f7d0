package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A store in front of another on whose way commits overtake each other. */
final class ShufflingStore implements Store {
  private final Store store;
  private final Random random;
  private final ExecutorService courier = Executors.newSingleThreadExecutor();
  private final List<Runnable> onTheWay = new ArrayList<>();

  ShufflingStore(Store store, int seed) {
    this.store = store;
    this.random = new Random(seed);
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    CompletableFuture<CommitOutcome> answer = new CompletableFuture<>();
    synchronized (onTheWay) {
      onTheWay.add(() -> store.commit(request, options).whenComplete((outcome, failure) -> {
        if (failure == null) {
          answer.complete(outcome);
        } else {
          answer.completeExceptionally(failure);
        }
      }));
    }
    courier.execute(this::deliverOne);
    return answer;
  }

  private void deliverOne() {
    Runnable one;
    synchronized (onTheWay) {
      one = onTheWay.remove(random.nextInt(10) == 0 ? random.nextInt(onTheWay.size()) : 0);
    }
    one.run();
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
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return store.cluster(options);
  }

  @Override
  public void close() {
    courier.shutdownNow();
  }
}
