package io.logfold.query.cluster;

import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.client.PeerClient;
import io.logfold.api.wire.PoliciesResult;
import io.logfold.api.wire.WirePolicies;
import io.logfold.query.Incumbent;
import io.logfold.query.PolicyOutcome;
import io.logfold.query.ReadIndex;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** The other nodes over gRPC: one client each, made when the node is first called. Any thread. */
public final class GrpcPeers implements Peers, Incumbent, AutoCloseable {
  /** So many connections, and only those of members are kept. */
  private static final int MOST = 32;

  private final Map<String, Remote> remotes = new ConcurrentHashMap<>();
  private final Supplier<Map<String, String>> members;
  private volatile boolean closed;

  /** @param members addresses by name, as far as they are known now */
  public GrpcPeers(Supplier<Map<String, String>> members) {
    this.members = members;
  }

  @Override
  public Peer at(String address) {
    if (remotes.size() >= MOST && !remotes.containsKey(address)) {
      forgetStrangers();
    }
    Remote remote = remotes.computeIfAbsent(address, url -> new Remote(PeerClient.connect(url)));
    if (closed) {
      remote.client().close(); // what is called on it now is refused
    }
    return remote;
  }

  /** Nodes come back at other addresses; those of the past are not kept for ever. */
  private void forgetStrangers() {
    Set<String> known = Set.copyOf(members().values());
    remotes.keySet().stream().filter(address -> !known.contains(address)).toList().forEach(address -> {
      Remote gone = remotes.remove(address);
      if (gone != null) {
        gone.client().close();
      }
    });
  }

  @Override
  public Map<String, String> members() {
    return members.get();
  }

  @Override
  public CompletableFuture<ReadIndex> readIndex(int partition, String address, Duration timeout) {
    try {
      return at(address).readIndex(partition, timeout);
    } catch (StoreException e) {
      // An address that is none: whoever claimed under it cannot be asked.
      return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, String.valueOf(e.getMessage()), e));
    }
  }

  @Override
  public CompletableFuture<Void> barrier(GetRequest read, String address, Duration timeout) {
    try {
      return at(address).store().get(read, new CallOptions(timeout)).thenApply(result -> null);
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, String.valueOf(e.getMessage()), e));
    }
  }

  @Override
  public void close() {
    closed = true;
    remotes.values().forEach(remote -> remote.client().close());
  }

  private record Remote(PeerClient client) implements Peer {
    @Override
    public Store store() {
      return client;
    }

    @Override
    public CompletableFuture<ReadIndex> readIndex(int partition, Duration timeout) {
      return readIndex(partition, false, timeout);
    }

    @Override
    public CompletableFuture<ReadIndex> awaitLeader(int partition, Duration timeout) {
      return readIndex(partition, true, timeout);
    }

    private CompletableFuture<ReadIndex> readIndex(int partition, boolean insist, Duration timeout) {
      return client.readIndex(partition, insist, new CallOptions(timeout))
          .thenApply(result -> new ReadIndex(result.getToken(), result.getAppendedLsn()));
    }

    @Override
    public CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request, CallOptions options) {
      return client.partitionKeys(partition, request, options);
    }

    @Override
    public CompletableFuture<PolicyOutcome> policies(int partition, CallOptions options) {
      return client.policies(partition, options).thenApply(result -> outcome(partition, result));
    }

    @Override
    public CompletableFuture<PolicyOutcome> changePolicies(int partition, PolicyChange change, RequestInfo request,
        Provenance provenance, CallOptions options) {
      return client.changePolicies(partition, change, request, provenance, options)
          .thenApply(result -> outcome(partition, result));
    }

    private static PolicyOutcome outcome(int partition, PoliciesResult result) {
      return new PolicyOutcome(partition, result.getRevision(), result.getChanged(), WirePolicies.policies(result));
    }

    @Override
    public CompletableFuture<ClusterView> view(CallOptions options) {
      return client.cluster(options);
    }
  }
}
