package io.logfold.api;

import java.util.List;

/** One or more keys of one partition key, read at one moment. Legal by construction. */
public record GetRequest(Bytes partitionKey, List<Bytes> keys, Consistency consistency) {
  public GetRequest {
    Limits.checkPartitionKey(partitionKey);
    keys = List.copyOf(keys);
    if (keys.isEmpty()) {
      throw new StoreException(ErrorCode.MISSING_KEY, "a get needs at least one key, got none");
    }
    Limits.checkCount("keys", keys.size(), Limits.MAX_GET_KEYS);
    for (Bytes key : keys) {
      Limits.checkKey(key);
    }
  }
}
