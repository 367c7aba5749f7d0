package io.logfold.query;

import io.logfold.api.CallOptions;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestInfo;
import java.util.concurrent.CompletableFuture;

/**
 * The policies in force, partition by partition: there is no order between partitions, so each changes for itself. Any
 * thread may call it, none blocks; futures fail with {@link io.logfold.api.StoreException}.
 */
public interface PartitionPolicies {
  /** Those in force now. */
  CompletableFuture<PolicyOutcome> policies(int partition, CallOptions options);

  /**
   * Makes the change, by an event of the partition that is in force from its LSN on; done when that is committed. What is
   * so already is not changed again, so that asking twice is harmless.
   *
   * @param provenance who and why: both must be said
   */
  CompletableFuture<PolicyOutcome> changePolicies(int partition, PolicyChange change, RequestInfo request,
      Provenance provenance, CallOptions options);
}
