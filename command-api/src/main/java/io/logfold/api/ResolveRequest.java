package io.logfold.api;

/**
 * Asks what became of a request; see {@link Store#resolve}.
 *
 * @param partitionKey that of the request: it says which partition decided it
 * @param requestTimeMs when the request was first made, as the request said: from it the leader tells whether it would
 *     still know the id
 * @param provenance of the event that withdraws the request, where one is needed
 */
public record ResolveRequest(Bytes partitionKey, RequestId requestId, long requestTimeMs, Provenance provenance) {
  public ResolveRequest {
    Limits.checkPartitionKey(partitionKey);
    if (requestTimeMs < 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "requestTime must be milliseconds since the epoch, got " + requestTimeMs);
    }
  }

  /** About this request, by the same principal and for the same reason. */
  public static ResolveRequest of(CommitRequest request) {
    return new ResolveRequest(
        request.partitionKey(), request.request().id(), request.request().timeMs(), request.provenance());
  }
}
