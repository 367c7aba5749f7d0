package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.log.PartitionHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The store in process: finds the leader of a partition key and hands the call over. Any thread may call it. */
public final class LocalStore implements Store {
  private final StoreNode.Config config;
  private final List<PartitionLeader> leaders;
  private final NodeTables tables;
  private final LeaderClock clock;
  private volatile boolean closed;

  LocalStore(StoreNode.Config config, List<PartitionLeader> leaders, NodeTables tables, LeaderClock clock) {
    this.config = config;
    this.leaders = leaders;
    this.tables = tables;
    this.clock = clock;
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return closed ? refused() : leader(request.partitionKey()).get(request, deadline(options));
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    return closed ? refused() : leader(request.partitionKey()).commit(request, deadline(options));
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return closed ? refused() : CompletableFuture.failedFuture(
        new StoreException(ErrorCode.UNSUPPORTED, "this node does not resolve requests yet"));
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return closed ? refused() : leader(request.partitionKey()).scan(request, deadline(options));
  }

  @Override
  public CompletableFuture<Void> endSnapshot(Bytes partitionKey, String snapshotId, CallOptions options) {
    if (closed) {
      return refused();
    }
    leader(partitionKey).endSnapshot(snapshotId);
    return CompletableFuture.completedFuture(null);
  }

  /** Asks every partition for its next ones and gives the least of them. */
  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(PartitionKeysRequest request, CallOptions options) {
    if (closed) {
      return refused();
    }
    long deadline = deadline(options);
    List<CompletableFuture<PartitionKeysPage>> pages = new ArrayList<>();
    for (PartitionLeader leader : leaders) {
      pages.add(leader.partitionKeys(request, deadline));
    }
    return CompletableFuture.allOf(pages.toArray(CompletableFuture<?>[]::new)).thenApply(all -> merge(request, pages));
  }

  private static PartitionKeysPage merge(PartitionKeysRequest request, List<CompletableFuture<PartitionKeysPage>> pages) {
    TreeSet<Bytes> merged = new TreeSet<>();
    // Behind the last one a partition gave there may be others of it: nothing above the least such end is known whole.
    Optional<Bytes> knownWholeTo = Optional.empty();
    for (CompletableFuture<PartitionKeysPage> each : pages) {
      PartitionKeysPage page = each.join();
      merged.addAll(page.partitionKeys());
      if (page.more()) {
        Bytes last = page.partitionKeys().get(page.partitionKeys().size() - 1);
        knownWholeTo = Optional.of(knownWholeTo.filter(end -> end.compareTo(last) <= 0).orElse(last));
      }
    }
    boolean more = knownWholeTo.isPresent();
    List<Bytes> whole = List.copyOf(knownWholeTo.map(end -> merged.headSet(end, true)).orElse(merged));
    return whole.size() > request.pageSize()
        ? new PartitionKeysPage(whole.subList(0, request.pageSize()), true)
        : new PartitionKeysPage(whole, more);
  }

  @Override
  public CompletableFuture<ClusterView> cluster(CallOptions options) {
    if (closed) {
      return refused();
    }
    List<CompletableFuture<PartitionStatus>> statuses = leaders.stream().map(PartitionLeader::status).toList();
    return CompletableFuture.allOf(statuses.toArray(CompletableFuture<?>[]::new)).thenApply(all -> {
      List<ClusterView.Partition> partitions = statuses.stream().map(CompletableFuture::join)
          .map(s -> new ClusterView.Partition(s.partition(), config.leader().node(), s.leader(), s.leaderAddress(), s.state(),
              s.token(), s.committed(), s.projected(), s.leader().equals(config.leader().node()) ? 0 : -1, s.leaseLeftMs(),
              -1, s.memtableBytes(), s.skippedRecords()))
          .toList();
      String serving = statuses.stream().map(CompletableFuture::join).map(PartitionStatus::serving).distinct()
          .map(tables::describe).collect(Collectors.joining(", "));
      return new ClusterView(config.store(), config.genesis().partitions(), config.genesis().keyHash(), serving,
          List.of(new ClusterView.Node(config.leader().node(), config.leader().address(), true)), partitions);
    });
  }

  /** Takes no further calls; those under way are ended by the node. */
  @Override
  public void close() {
    closed = true;
  }

  private PartitionLeader leader(Bytes partitionKey) {
    return leaders.get(PartitionHash.partition(partitionKey, leaders.size()));
  }

  private long deadline(CallOptions options) {
    return clock.monotonicNanos() + options.timeout().toNanos();
  }

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(new StoreException(ErrorCode.CLOSED, "the store is closed"));
  }
}
