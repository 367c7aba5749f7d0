package io.logfold.api;

import java.util.Optional;

/**
 * A page of the store's partition keys that hold at least one key, in order.
 *
 * @param after exclusive
 * @param asOf the moment at which they held one; empty: now
 */
public record PartitionKeysRequest(Optional<Bytes> after, int pageSize, Optional<Moment> asOf) {
  public PartitionKeysRequest(Optional<Bytes> after, int pageSize) {
    this(after, pageSize, Optional.empty());
  }

  public PartitionKeysRequest {
    if (pageSize < 1 || pageSize > Limits.MAX_PAGE_ENTRIES) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "page size must be 1 to " + Limits.MAX_PAGE_ENTRIES + ", got " + pageSize);
    }
  }
}
