package io.logfold.api;

import java.util.Optional;

/**
 * One page of what changed between two moments of a partition key: keys whose value or presence differs, in order. What was
 * changed and changed back in between is told as a difference of revision.
 *
 * @param pageSize most differences, 1 to 10,000
 * @param cursor {@link DiffPage#next} of the page before; it keeps both moments as they were first understood
 */
public record DiffRequest(Bytes partitionKey, KeyRange range, Moment from, Moment to, int pageSize, Optional<String> cursor) {
  public static final int DEFAULT_PAGE_SIZE = 1_000;

  public DiffRequest {
    Limits.checkPartitionKey(partitionKey);
    if (pageSize < 1 || pageSize > Limits.MAX_PAGE_ENTRIES) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "page size must be 1 to " + Limits.MAX_PAGE_ENTRIES + ", got " + pageSize);
    }
  }

  /** The first page, over all keys. */
  public static DiffRequest of(Bytes partitionKey, Moment from, Moment to) {
    return new DiffRequest(partitionKey, KeyRange.ALL, from, to, DEFAULT_PAGE_SIZE, Optional.empty());
  }

  /** The same with other pages. */
  public DiffRequest withPageSize(int differences) {
    return new DiffRequest(partitionKey, range, from, to, differences, cursor);
  }

  /** The page behind the one that ended with this cursor. */
  public DiffRequest next(String newCursor) {
    return new DiffRequest(partitionKey, range, from, to, pageSize, Optional.of(newCursor));
  }
}
