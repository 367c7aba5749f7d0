package io.logfold.query.cluster;

import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Store;
import io.logfold.query.PartitionPolicies;
import io.logfold.query.ReadIndex;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Another node, as this one calls it. What it does not answer itself it refuses with NOT_LEADER: nothing is forwarded
 * twice. A call that surely never left this node fails with UNAVAILABLE, a write that left it and was not answered with
 * UNKNOWN. Any thread may call it, none blocks.
 */
public interface Peer extends PartitionPolicies {
  /** What it answers by itself. */
  Store store();

  /** The position of a partition that it leads, under its lease. */
  CompletableFuture<ReadIndex> readIndex(int partition, Duration timeout);

  /** The same of one that it shall claim as soon as the incumbent is silent; NOT_LEADER where that is heard of. */
  CompletableFuture<ReadIndex> awaitLeader(int partition, Duration timeout);

  /** A page of the partition keys of one partition that it leads. */
  CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request, CallOptions options);

  /** How it sees itself and its partitions, without asking others. */
  CompletableFuture<ClusterView> view(CallOptions options);
}
