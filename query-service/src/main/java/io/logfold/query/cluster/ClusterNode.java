package io.logfold.query.cluster;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ErrorCode;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.PartitionKeysRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.wire.Policies;
import io.logfold.api.wire.PoliciesResult;
import io.logfold.api.wire.ReadIndexResult;
import io.logfold.api.wire.WirePolicies;
import io.logfold.log.PartitionHash;
import io.logfold.query.StoreNode;
import io.logfold.query.server.grpc.ThisNode;
import java.util.concurrent.CompletableFuture;

/** What other nodes ask of this one: answered from here alone. Any thread. */
public final class ClusterNode implements ThisNode {
  private final StoreNode node;

  public ClusterNode(StoreNode node) {
    this.node = node;
  }

  @Override
  public Store store() {
    return node.store();
  }

  @Override
  public String ledBy(Bytes partitionKey) {
    String leader = node.leaderAddress(PartitionHash.partition(partitionKey, node.partitions()));
    return leader.equals(node.address()) ? "" : leader;
  }

  @Override
  public CompletableFuture<ReadIndexResult> readIndex(int partition, boolean insist, CallOptions options) {
    if (isNone(partition)) {
      return refused(partition);
    }
    return (insist ? node.awaitLeader(partition, options.timeout()) : node.readIndex(partition, options.timeout()))
        .thenApply(index ->
            ReadIndexResult.newBuilder().setToken(index.token()).setAppendedLsn(index.appendedLsn()).build());
  }

  @Override
  public CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request, CallOptions options) {
    return isNone(partition) ? refused(partition) : node.store().partitionKeys(partition, request, options);
  }

  @Override
  public CompletableFuture<PoliciesResult> policies(Policies question, String source, CallOptions options) {
    int partition = question.getPartition();
    if (isNone(partition)) {
      return refused(partition);
    }
    return WirePolicies.change(question).map(change -> node.store().changePolicies(partition, change,
            WirePolicies.request(question), WirePolicies.provenance(question, source), options))
        .orElseGet(() -> node.store().policies(partition, options))
        .thenApply(outcome -> WirePolicies.result(outcome.lsn(), outcome.changed(), outcome.policies()));
  }

  private boolean isNone(int partition) {
    return partition < 0 || partition >= node.partitions();
  }

  private <T> CompletableFuture<T> refused(int partition) {
    return CompletableFuture.failedFuture(new StoreException(ErrorCode.INVALID_ARGUMENT,
        "partition must be 0 to " + (node.partitions() - 1) + ", got " + partition));
  }
}
