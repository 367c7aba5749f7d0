package io.logfold.query.server.grpc;

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
import java.util.concurrent.CompletableFuture;

/**
 * What other nodes ask of this one, and what clients are told about it: everything on the wire that is about one node
 * and not about the store. Called from any thread; nothing here blocks.
 */
public interface ThisNode {
  /** What this node answers by itself, or refuses with NOT_LEADER: for operations that another node sent on. */
  Store store();

  /**
   * The address of the node that leads the partition of this key, where that is another one; empty where it is this one
   * or none is known. Asked for after each answer, so it must be cheap.
   */
  String ledBy(Bytes partitionKey);

  /**
   * How far this node is with a partition that it leads; NOT_LEADER where it does not.
   *
   * @param insist whether it shall claim once the incumbent is silent
   */
  CompletableFuture<ReadIndexResult> readIndex(int partition, boolean insist, CallOptions options);

  /** The partition keys of one partition that this node leads; NOT_LEADER where it does not. */
  CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request, CallOptions options);

  /** The policies of one partition that this node leads, or a change of them; NOT_LEADER where it does not. */
  default CompletableFuture<PoliciesResult> policies(Policies question, String source, CallOptions options) {
    return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNSUPPORTED,
        "policies are listed and changed by REST: /v1/policies"));
  }

  /** A node without others: it leads everything. */
  static ThisNode alone(Store store) {
    return new ThisNode() {
      @Override
      public Store store() {
        return store;
      }

      @Override
      public String ledBy(Bytes partitionKey) {
        return "";
      }

      @Override
      public CompletableFuture<ReadIndexResult> readIndex(int partition, boolean insist, CallOptions options) {
        return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNSUPPORTED,
            "this node has no others, so that nobody need ask it for a read index; ask for a linearizable read"));
      }

      @Override
      public CompletableFuture<PartitionKeysPage> partitionKeys(int partition, PartitionKeysRequest request,
          CallOptions options) {
        return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNSUPPORTED,
            "this node has no others, so that nobody need ask it for a part; ask for all partition keys"));
      }
    };
  }
}
