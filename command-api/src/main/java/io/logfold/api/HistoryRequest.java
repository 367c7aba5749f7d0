package io.logfold.api;

import java.util.Optional;

/**
 * One page of a history. It reflects every write that completed before the call began: the node that answers asks the
 * leader for its position, and waits until its history has come there; where that takes too long, it fails with
 * {@link ErrorCode#HISTORY_BEHIND}.
 *
 * @param fromMs changes at or after this time, milliseconds since the epoch; empty: from the first
 * @param toMs changes before this time; empty: to the last
 * @param oldestFirst else the newest comes first
 * @param pageSize most changes, 1 to 10,000
 * @param cursor where to go on: {@link HistoryPage#next} of the page before
 * @param afterRevision changes of later revisions alone; only oldest first, and not of a principal, whose changes lie in all
 *     partitions
 */
public record HistoryRequest(HistoryScope scope, Optional<Long> fromMs, Optional<Long> toMs, boolean oldestFirst, int pageSize,
    Optional<String> cursor, Optional<Long> afterRevision) {
  public static final int DEFAULT_PAGE_SIZE = 100;

  /** From the first revision on. */
  public HistoryRequest(HistoryScope scope, Optional<Long> fromMs, Optional<Long> toMs, boolean oldestFirst, int pageSize,
      Optional<String> cursor) {
    this(scope, fromMs, toMs, oldestFirst, pageSize, cursor, Optional.empty());
  }

  public HistoryRequest {
    if (afterRevision.isPresent()) {
      if (afterRevision.get() < 0) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT,
            "after-revision must be 0 or more, got " + afterRevision.get());
      }
      if (scope instanceof HistoryScope.OfPrincipal || !oldestFirst) {
        throw new StoreException(ErrorCode.INVALID_ARGUMENT, "after-revision goes on where a reader of one partition key"
            + " was: ask for a key or prefix, oldest first");
      }
    }
    if (pageSize < 1 || pageSize > Limits.MAX_PAGE_ENTRIES) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "page size must be 1 to " + Limits.MAX_PAGE_ENTRIES + ", got " + pageSize);
    }
  }

  /** The newest changes. */
  public static HistoryRequest of(HistoryScope scope) {
    return new HistoryRequest(scope, Optional.empty(), Optional.empty(), false, DEFAULT_PAGE_SIZE, Optional.empty());
  }

  /** The same with other pages. */
  public HistoryRequest withPageSize(int changes) {
    return new HistoryRequest(scope, fromMs, toMs, oldestFirst, changes, cursor, afterRevision);
  }

  /** The page behind the one that ended with this cursor. */
  public HistoryRequest next(String newCursor) {
    return new HistoryRequest(scope, fromMs, toMs, oldestFirst, pageSize, Optional.of(newCursor), afterRevision);
  }
}
