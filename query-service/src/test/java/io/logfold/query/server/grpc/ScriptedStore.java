package io.logfold.query.server.grpc;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.ReadPosition;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A store that does what the test says; unless told otherwise it echoes: a get finds each key with itself as value. */
final class ScriptedStore implements Store {
  static final ReadPosition POSITION = new ReadPosition(7, 3, "lease");

  final AtomicInteger gets = new AtomicInteger();
  final AtomicInteger commits = new AtomicInteger();
  volatile Function<GetRequest, CompletableFuture<GetResult>> onGet =
      request -> CompletableFuture.completedFuture(echo(request));
  volatile Function<CommitRequest, CompletableFuture<CommitOutcome>> onCommit =
      request -> CompletableFuture.completedFuture(new CommitOutcome.Applied(1, true));
  volatile Function<ResolveRequest, CompletableFuture<Resolution>> onResolve =
      request -> CompletableFuture.completedFuture(new Resolution.Cancelled(1));
  volatile Function<ScanRequest, CompletableFuture<ScanPage>> onScan = request -> refused();
  volatile Function<CallOptions, CompletableFuture<ClusterView>> onCluster = options -> refused();

  /** Takes everything and never answers. */
  static ScriptedStore silent() {
    ScriptedStore store = new ScriptedStore();
    store.onGet = request -> new CompletableFuture<>();
    store.onCommit = request -> new CompletableFuture<>();
    return store;
  }

  static GetResult echo(GetRequest request) {
    return new GetResult(
        request.keys().stream().map(key -> Optional.of(new Versioned(key, 1))).toList(), POSITION);
  }

  static GetRequest get(String key) {
    return new GetRequest(Bytes.utf8("pk"), List.of(Bytes.utf8(key)), io.logfold.api.Consistency.LINEARIZABLE);
  }

  static CommitRequest put(String key, Predicate... predicates) {
    return new CommitRequest(Bytes.utf8("pk"), List.of(predicates),
        List.of(new Mutation.Put(Bytes.utf8(key), Bytes.utf8("value"))),
        new RequestInfo(RequestId.random(ThreadLocalRandom.current()), 1, 1_700_000_000_000L), Provenance.NONE);
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    gets.incrementAndGet();
    return onGet.apply(request);
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    commits.incrementAndGet();
    return onCommit.apply(request);
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return onResolve.apply(request);
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return onScan.apply(request);
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    return refused();
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    return refused();
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return onCluster.apply(options);
  }

  @Override
  public void close() {}

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNSUPPORTED, "not in this script"));
  }
}
