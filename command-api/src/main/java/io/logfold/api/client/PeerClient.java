package io.logfold.api.client;

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
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RedactOutcome;
import io.logfold.api.RedactRequest;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.wire.Policies;
import io.logfold.api.wire.PoliciesResult;
import io.logfold.api.wire.ReadIndexResult;
import io.logfold.api.wire.WirePolicies;
import io.logfold.api.wire.WireRequests;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * How one node of a cluster speaks to another: the store as that node alone sees it. It answers by itself or refuses
 * with NOT_LEADER, and never sends on what came this way; {@link #cluster} is its own view.
 *
 * <p>A node that is silent for ten seconds with an operation under way is probed, and its session broken three seconds
 * later. Threads, batching, limits and what a lost connection means are those of {@link LogfoldClient}; nothing is retried
 * or routed here.
 */
public final class PeerClient implements Store {
  /** How long a probed node may take: one on the same network answers at once, or is not there. */
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(3);

  private final LogfoldClient client;

  private PeerClient(LogfoldClient client) {
    this.client = client;
  }

  /** @param address {@code http://HOST:PORT}; connects when the first call is made */
  public static PeerClient connect(String address) {
    return new PeerClient(LogfoldClient.builder().server(address).keepAlive(ClientSettings.SHORTEST_KEEP_ALIVE).peer(PROBE_TIMEOUT).build());
  }

  /**
   * How far the node is with a partition that it leads, under its lease; NOT_LEADER where it does not.
   *
   * @param insist whether it shall claim the partition once the incumbent is silent, and answer then
   * @return the token in force, and the last LSN that it appended
   */
  public CompletableFuture<ReadIndexResult> readIndex(int partition, boolean insist, CallOptions options) {
    return client.readIndex(partition, insist, options);
  }

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
  public CompletableFuture<RedactOutcome> redact(RedactRequest request, CallOptions options) {
    return client.redact(request, options);
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

  /** Those of one partition that the node leads. */
  public CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request, CallOptions options) {
    return client.partitionKeys(WireRequests.encode(request).toBuilder().setPartition(partition).build(), options);
  }

  /** The policies of a partition that the node leads; NOT_LEADER where it does not. */
  public CompletableFuture<PoliciesResult> policies(int partition, CallOptions options) {
    return client.policies(Policies.newBuilder().setPartition(partition).build(), Optional.empty(), options);
  }

  /** Changes them: UNKNOWN where the answer got lost. */
  public CompletableFuture<PoliciesResult> changePolicies(int partition, PolicyChange change, RequestInfo request,
      Provenance provenance, CallOptions options) {
    return client.policies(WirePolicies.change(partition, change, request, provenance), Optional.of(request.id()), options);
  }

  @Override
  public CompletableFuture<HistoryPage> history(HistoryRequest request, CallOptions options) {
    return client.history(request, options);
  }

  @Override
  public CompletableFuture<DiffPage> diff(DiffRequest request, CallOptions options) {
    return client.diff(request, options);
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return client.cluster(options);
  }

  @Override
  public void close() {
    client.close();
  }
}
