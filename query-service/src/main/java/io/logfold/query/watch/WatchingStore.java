package io.logfold.query.watch;

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
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.WatchEvent;
import io.logfold.api.WatchRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** A store with watches. Closing it closes the store inside; the watches are the caller's. */
public final class WatchingStore implements Store {
  private final Store store;
  private final Watches watches;

  public WatchingStore(Store store, Watches watches) {
    this.store = store;
    this.watches = watches;
  }

  @Override
  public void watch(WatchRequest request, Flow.Subscriber<? super WatchEvent> subscriber) {
    watches.watch(request, subscriber);
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return store.get(request, options);
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    return store.commit(request, options);
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
  public CompletableFuture<RedactOutcome> redact(RedactRequest request, CallOptions options) {
    return store.redact(request, options);
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
