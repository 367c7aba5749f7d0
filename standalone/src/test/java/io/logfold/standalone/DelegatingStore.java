package io.logfold.standalone;

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
import java.util.concurrent.CompletableFuture;

/** A store in front of another; a test overrides what it is about. */
public class DelegatingStore implements Store {
  protected final Store store;

  protected DelegatingStore(Store store) {
    this.store = store;
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
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return store.cluster(options);
  }

  @Override
  public void close() {}
}
