package io.logfold.query.server.grpc;

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
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.api.testing.StoreContract;
import java.util.concurrent.CompletableFuture;

/** The whole contract through the client, the wire and the service. */
class GrpcStoreContractTest extends StoreContract {
  @Override
  public Store openStore() {
    ReferenceStore store = new ReferenceStore();
    TestServer server = new TestServer(store);
    return new ServedStore(LogfoldClient.connect(server.url()), server, store);
  }

  /** A client that takes its server with it when it is closed. */
  private record ServedStore(LogfoldClient client, TestServer server, ReferenceStore served) implements Store {
    @Override
    public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
      return client.get(request, options);
    }

    @Override
    public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
      return client.commit(request, options);
    }

    @Override
    public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
      return client.resolve(request, options);
    }

    @Override
    public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
      return client.scan(request, options);
    }

    @Override
    public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
      return client.endSnapshot(partitionKey, snapshotId, options);
    }

    @Override
    public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
      return client.partitionKeys(request, options);
    }

    @Override
    public CompletableFuture<ClusterView> cluster(CallOptions options) {
      return client.cluster(options);
    }

    @Override
    public void close() {
      client.close();
      server.close();
      served.close();
    }
  }
}
