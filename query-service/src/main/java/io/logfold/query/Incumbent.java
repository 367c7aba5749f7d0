package io.logfold.query;

import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.StoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** How a standby asks the node that leads. Called from any thread; futures may be completed by any. */
public interface Incumbent {
  /** A node that is alone: there is no other to be asked. */
  Incumbent NONE = (partition, address, timeout) -> CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE,
      "no other node is known"));

  /**
   * Asks the leader at this address for the position that a read which begins now must reflect.
   *
   * @param address as the leader's claim names it
   * @return fails with {@link StoreException}: NOT_LEADER where it leads no more, UNAVAILABLE where it cannot
   *     be reached or has no lease
   */
  CompletableFuture<ReadIndex> readIndex(int partition, String address, Duration timeout);

  /**
   * Asks the leader at this address for a read behind a barrier, so that its log's time moves on.
   *
   * @param read of a partition key that it leads; what is read is nobody's concern
   */
  default CompletableFuture<Void> barrier(GetRequest read, String address, Duration timeout) {
    return CompletableFuture.failedFuture(new StoreException(ErrorCode.UNAVAILABLE, "no other node can be asked"));
  }
}
