package io.logfold.query;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Where values are found that were overwritten or deleted since. Any thread may call it; it must not block. */
@FunctionalInterface
public interface PastValues {
  /** Of a node that keeps no history. */
  PastValues NONE = (partitionKey, key, revision) -> CompletableFuture.failedFuture(new StoreException(ErrorCode.UNSUPPORTED,
      "revision " + revision + " is not the current one of " + key + ", and this node keeps no history to find it in"));

  /**
   * The stored bytes that the event of this revision put under the key; empty where it put none. Revisions up to the one
   * that is committed when it is called are found, or it fails.
   */
  CompletableFuture<Optional<Bytes>> stored(Bytes partitionKey, Bytes key, long revision);
}
