package io.logfold.query.server.rest;

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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store that shows what it was asked and can be made to answer anything. */
public final class ScriptedStore implements Store {
  private final Store store;
  private volatile @Nullable Supplier<CompletableFuture<?>> script;
  volatile @Nullable CommitRequest lastCommit;
  volatile @Nullable ResolveRequest lastResolve;
  volatile @Nullable GetRequest lastGet;
  volatile @Nullable CallOptions lastOptions;

  public ScriptedStore(Store store) {
    this.store = store;
  }

  /** From now on every call answers so; null: as the store inside does. */
  public void answer(@Nullable Supplier<CompletableFuture<?>> newScript) {
    script = newScript;
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    lastGet = request;
    lastOptions = options;
    return this.<GetResult>scripted().orElseGet(() -> store.get(request, options));
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    lastCommit = request;
    lastOptions = options;
    return this.<CommitOutcome>scripted().orElseGet(() -> store.commit(request, options));
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    lastResolve = request;
    return this.<Resolution>scripted().orElseGet(() -> store.resolve(request, options));
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return this.<ScanPage>scripted().orElseGet(() -> store.scan(request, options));
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    return store.endSnapshot(partitionKey, snapshotId, options);
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    return this.<PartitionKeysPage>scripted().orElseGet(() -> store.partitionKeys(request, options));
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return this.<ClusterView>scripted().orElseGet(() -> store.cluster(options));
  }

  @Override
  public void close() {
    store.close();
  }

  @SuppressWarnings("unchecked")
  private <T> Optional<CompletableFuture<T>> scripted() {
    Supplier<CompletableFuture<?>> now = script;
    return now == null ? Optional.empty() : Optional.of((CompletableFuture<T>) now.get());
  }
}
