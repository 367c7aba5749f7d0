package io.logfold.query.cluster;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
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
import io.logfold.api.StoreException;
import io.logfold.log.PartitionHash;
import io.logfold.query.LocalStore;
import io.logfold.query.PartitionKeysMerge;
import io.logfold.query.PartitionPolicies;
import io.logfold.query.PolicyOutcome;
import io.logfold.query.StoreNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/**
 * The store as any node of a cluster offers it: what this node leads it answers itself, all else goes to the leader (see
 * {@link Route}). The past every node answers from its own history. Any thread may call it, none blocks. Closing it closes the local store, and neither the node nor the peers.
 */
public final class RoutingStore implements Store, PartitionPolicies {
  private final NodeRouting routing;
  private final LocalStore local;
  private final LocalStore insisting;
  private final int partitions;

  /**
   * @param timer for short tasks: backing off, and losing patience
   * @param nanoClock monotonic, nanoseconds
   */
  public RoutingStore(StoreNode node, Peers peers, ScheduledExecutorService timer, LongSupplier nanoClock) {
    this.routing = new NodeRouting(node, peers, timer, nanoClock);
    this.local = node.store();
    this.insisting = node.insisting();
    this.partitions = node.partitions();
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return request.consistency() instanceof Consistency.AsOf ? local.get(request, options)
        : route(request.partitionKey(), false, (store, left) -> store.get(request, left), options);
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    CompletableFuture<CommitOutcome> answer =
        route(request.partitionKey(), true, (store, left) -> store.commit(request, left), options);
    return request.request().attempt() == 1 ? answer : answer.exceptionallyCompose(failure ->
        CompletableFuture.failedFuture(StoreException.from(failure).ofAttempt(request.request(), -1)));
  }

  /** A second question of the same is answered as the first was, so it may be asked again like a read. */
  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return route(request.partitionKey(), false, (store, left) -> store.resolve(request, left), options);
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    if (request.consistency() instanceof Consistency.AsOf) {
      return local.scan(request, options);
    }
    // A snapshot is opened once, and lives where it was opened.
    boolean once = request.snapshot() || request.snapshotId().isPresent();
    return route(request.partitionKey(), once, (store, left) -> store.scan(request, left), options);
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    String leader = routing.node().leaderAddress(PartitionHash.partition(partitionKey, partitions));
    Store holder = leader.isEmpty() || leader.equals(routing.ownAddress()) ? local : routing.peers().at(leader).store();
    return holder.endSnapshot(partitionKey, snapshotId, options).exceptionallyCompose(failure ->
        CompletableFuture.failedFuture(holder == local ? failure : Route.asOfAPeer(StoreException.from(failure))));
  }

  /** Asks the leader of every partition for its next ones and gives the least of them. */
  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    if (request.asOf().isPresent()) {
      return local.partitionKeys(request, options);
    }
    List<CompletableFuture<PartitionKeysPage>> pages = new ArrayList<>(partitions);
    for (int each = 0; each < partitions; each++) {
      int partition = each;
      pages.add(Route.start(routing, partition, false, new Route.Call<>() {
        @Override
        public CompletableFuture<PartitionKeysPage> here(boolean insist, CallOptions left) {
          return (insist ? insisting : local).partitionKeys(partition, request, left);
        }

        @Override
        public CompletableFuture<PartitionKeysPage> at(Peer peer, CallOptions left) {
          return peer.partitionKeys(partition, request, left);
        }
      }, options));
    }
    return PartitionKeysMerge.of(request, pages);
  }

  @Override
  public CompletableFuture<HistoryPage> history(HistoryRequest request, CallOptions options) {
    return local.history(request, options);
  }

  @Override
  public CompletableFuture<DiffPage> diff(DiffRequest request, CallOptions options) {
    return local.diff(request, options);
  }

  @Override
  public CompletableFuture<RedactOutcome> redact(RedactRequest request, CallOptions options) {
    return route(request.partitionKey(), true, (store, left) -> store.redact(request, left), options);
  }

  @Override
  public CompletableFuture<PolicyOutcome> policies(int partition, CallOptions options) {
    return Route.start(routing, partition, false, new Route.Call<>() {
      @Override
      public CompletableFuture<PolicyOutcome> here(boolean insist, CallOptions left) {
        return (insist ? insisting : local).policies(partition, left);
      }

      @Override
      public CompletableFuture<PolicyOutcome> at(Peer peer, CallOptions left) {
        return peer.policies(partition, left);
      }
    }, options);
  }

  @Override
  public CompletableFuture<PolicyOutcome> changePolicies(int partition, PolicyChange change, RequestInfo request,
      Provenance provenance, CallOptions options) {
    return Route.start(routing, partition, true, new Route.Call<>() {
      @Override
      public CompletableFuture<PolicyOutcome> here(boolean insist, CallOptions left) {
        return (insist ? insisting : local).changePolicies(partition, change, request, provenance, left);
      }

      @Override
      public CompletableFuture<PolicyOutcome> at(Peer peer, CallOptions left) {
        return peer.changePolicies(partition, change, request, provenance, left);
      }
    }, options);
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    return ClusterMerge.cluster(local, routing, options);
  }

  @Override
  public void close() {
    local.close();
    insisting.close();
  }

  private <T> CompletableFuture<T> route(Bytes partitionKey, boolean once,
      BiFunction<Store, CallOptions, CompletableFuture<T>> call, CallOptions options) {
    int partition = PartitionHash.partition(partitionKey, partitions);
    return Route.start(routing, partition, once, new Route.Call<>() {
      @Override
      public CompletableFuture<T> here(boolean insist, CallOptions left) {
        return call.apply(insist ? insisting : local, left);
      }

      @Override
      public CompletableFuture<T> at(Peer peer, CallOptions left) {
        return call.apply(peer.store(), left);
      }
    }, options);
  }
}
