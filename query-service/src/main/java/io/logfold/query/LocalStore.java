package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * What this node can answer by itself: finds the partition of a partition key and hands the call to its leader, or standby,
 * in this process. Where another node leads, calls fail with NOT_LEADER, which names it. What is asked of the past it answers
 * from the node's history, whoever leads. Any thread may call it.
 */
public final class LocalStore implements Store, PartitionPolicies {
  private final PartitionLeader.Manner manner;
  private final StoreNode.Config config;
  private final List<PartitionLeader> leaders;
  private final NodeTables tables;
  private final LeaderClock clock;
  private final Past past;
  private volatile boolean closed;

  LocalStore(StoreNode.Config config, List<PartitionLeader> leaders, NodeTables tables, Past past,
      LeaderClock clock, PartitionLeader.Manner manner) {
    this.past = past;
    this.manner = manner;
    this.config = config;
    this.leaders = leaders;
    this.tables = tables;
    this.clock = clock;
  }

  @Override
  public CompletableFuture<GetResult> get(GetRequest request, CallOptions options) {
    return closed ? refused() : Past.moment(request.consistency())
        .map(moment -> past.get(request, moment, deadline(options)))
        .orElseGet(() -> leader(request.partitionKey()).get(request, manner, deadline(options)));
  }

  @Override
  public CompletableFuture<CommitOutcome> commit(CommitRequest request, CallOptions options) {
    return closed ? refused() : leader(request.partitionKey()).commit(request, manner, deadline(options));
  }

  @Override
  public CompletableFuture<Resolution> resolve(ResolveRequest request, CallOptions options) {
    return closed ? refused() : leader(request.partitionKey()).resolve(request, manner, deadline(options));
  }

  @Override
  public CompletableFuture<ScanPage> scan(ScanRequest request, CallOptions options) {
    return closed ? refused() : Past.moment(request.consistency())
        .map(moment -> past.scan(request, moment, deadline(options)))
        .orElseGet(() -> leader(request.partitionKey()).scan(request, manner, deadline(options)));
  }

  @Override
  public CompletableFuture<HistoryPage> history(HistoryRequest request, CallOptions options) {
    return closed ? refused() : past.history(request, deadline(options));
  }

  @Override
  public CompletableFuture<DiffPage> diff(DiffRequest request, CallOptions options) {
    try {
      return closed ? refused() : past.diff(request, deadline(options));
    } catch (StoreException e) { // its cursor is another question's
      return CompletableFuture.failedFuture(e);
    }
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
    if (request.asOf().isPresent()) {
      return past.partitionKeys(request, request.asOf().get(), deadline);
    }
    List<CompletableFuture<PartitionKeysPage>> pages = new ArrayList<>();
    for (PartitionLeader leader : leaders) {
      pages.add(leader.partitionKeys(request, manner, deadline));
    }
    return PartitionKeysMerge.of(request, pages);
  }

  /** The next ones of one partition alone. */
  public CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request, CallOptions options) {
    return closed ? refused() : request.asOf()
        .map(moment -> past.partitionKeys(partition, request, moment, deadline(options)))
        .orElseGet(() -> leaders.get(partition).partitionKeys(request, manner, deadline(options)));
  }

  @Override
  public CompletableFuture<RedactOutcome> redact(RedactRequest request, CallOptions options) {
    return closed ? refused() : leader(request.partitionKey()).redact(request, manner, deadline(options));
  }

  @Override
  public CompletableFuture<PolicyOutcome> policies(int partition, CallOptions options) {
    return closed ? refused() : leaders.get(partition).policies(manner, deadline(options));
  }

  @Override
  public CompletableFuture<PolicyOutcome> changePolicies(int partition, PolicyChange change, RequestInfo request,
      Provenance provenance, CallOptions options) {
    return closed ? refused() : leaders.get(partition).changePolicies(change, request, provenance, manner, deadline(options));
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
              s.leaseAgeMs(), s.memtableBytes(), s.skippedRecords()))
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
