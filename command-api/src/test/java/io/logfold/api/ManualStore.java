package io.logfold.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A store whose answers the test gives, and that keeps what it was asked. One thread calls it at a time. */
final class ManualStore implements Store {
  final List<ScanRequest> scans = new ArrayList<>();
  final List<CommitRequest> commits = new ArrayList<>();
  final List<ResolveRequest> resolves = new ArrayList<>();
  final List<String> endedSnapshots = new ArrayList<>();
  CompletableFuture<GetResult> get = new CompletableFuture<>();
  CompletableFuture<CommitOutcome> commit = new CompletableFuture<>();
  Function<CommitRequest, CompletableFuture<CommitOutcome>> onCommit = request -> commit;
  Function<ResolveRequest, CompletableFuture<Resolution>> onResolve = request -> new CompletableFuture<>();
  Function<ScanRequest, CompletableFuture<ScanPage>> scan = request -> new CompletableFuture<>();
  Function<PartitionKeysRequest, PartitionKeysPage> partitionKeys = request -> new PartitionKeysPage(List.of(), false);
  boolean closed;

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return get;
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    commits.add(request);
    return onCommit.apply(request);
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    resolves.add(request);
    return onResolve.apply(request);
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    scans.add(request);
    return scan.apply(request);
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    endedSnapshots.add(snapshotId);
    return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, "never mind"));
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    return CompletableFuture.completedFuture(partitionKeys.apply(request));
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return new CompletableFuture<>();
  }

  @Override
  public void close() {
    closed = true;
  }
}
