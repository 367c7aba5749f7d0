package io.logfold.api;

/**
 * Make one value unreadable, for ever and everywhere. The value must have been written while a policy said that values of
 * its partition key are redactable. Legal by construction.
 *
 * @param revision of the event that put the value, 1 or more
 * @param provenance who and why: both must be said, which the leader checks
 */
public record RedactRequest(Bytes partitionKey, Bytes key, long revision, RequestInfo request, Provenance provenance) {
  public RedactRequest {
    Limits.checkPartitionKey(partitionKey);
    Limits.checkKey(key);
    if (revision < 1) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "revision must be 1 or more, got " + revision);
    }
  }
}
