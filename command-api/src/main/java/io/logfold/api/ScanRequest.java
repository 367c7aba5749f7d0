package io.logfold.api;

import java.util.Optional;

/**
 * One page of a scan. Whoever wants the next page asks with {@link #next}.
 *
 * @param pageSize most entries, 1 to 10,000
 * @param snapshot ask that all pages see one revision; the first answer names the snapshot
 * @param snapshotId of the snapshot that an earlier page opened
 */
public record ScanRequest(
    Bytes partitionKey,
    KeyRange range,
    int pageSize,
    boolean reverse,
    boolean keysOnly,
    Consistency consistency,
    boolean snapshot,
    Optional<String> snapshotId) {

  public static final int DEFAULT_PAGE_SIZE = 1_000;

  public ScanRequest {
    Limits.checkPartitionKey(partitionKey);
    if (pageSize < 1 || pageSize > Limits.MAX_PAGE_ENTRIES) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "page size must be 1 to " + Limits.MAX_PAGE_ENTRIES + ", got " + pageSize);
    }
  }

  /** The first page. */
  public static ScanRequest of(Bytes partitionKey, ScanOptions options) {
    options.check();
    int page = options.batchSize() == 0 ? DEFAULT_PAGE_SIZE : options.batchSize();
    if (options.limit() > 0) {
      page = (int) Math.min(page, options.limit());
    }
    return new ScanRequest(partitionKey, options.range(), page, options.reverse(), options.keysOnly(),
        options.consistency(), options.snapshot(), Optional.empty());
  }

  /** The page behind one that ended with lastKey. */
  public ScanRequest next(Bytes lastKey, Optional<String> snapshotOfPage) {
    return new ScanRequest(partitionKey, range.beyond(lastKey, reverse), pageSize, reverse, keysOnly, consistency,
        snapshot, snapshotOfPage);
  }
}
