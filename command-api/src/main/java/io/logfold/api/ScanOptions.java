package io.logfold.api;

import java.util.Optional;

/**
 * Which entries of a partition key a scan gives, and how. Made by {@link #all} and the {@code with...} methods; options
 * that contradict each other are refused by {@link #check}, which every scan calls.
 *
 * @param start first key, inclusive
 * @param after first key, exclusive; not together with start
 * @param end last key, exclusive
 * @param prefix only keys that start with it
 * @param limit most entries in all; 0: no limit
 * @param batchSize most entries read at a time; 0: the default
 * @param snapshot see one revision from the first page to the last
 */
public record ScanOptions(
    Optional<Bytes> start,
    Optional<Bytes> after,
    Optional<Bytes> end,
    Optional<Bytes> prefix,
    long limit,
    int batchSize,
    boolean reverse,
    boolean keysOnly,
    boolean snapshot,
    Consistency consistency) {

  public static ScanOptions all() {
    return new ScanOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0, 0, false, false,
        false, Consistency.LINEARIZABLE);
  }

  public ScanOptions withStart(Bytes key) {
    return new ScanOptions(Optional.of(key), after, end, prefix, limit, batchSize, reverse, keysOnly, snapshot, consistency);
  }

  public ScanOptions withAfter(Bytes key) {
    return new ScanOptions(start, Optional.of(key), end, prefix, limit, batchSize, reverse, keysOnly, snapshot, consistency);
  }

  public ScanOptions withEnd(Bytes key) {
    return new ScanOptions(start, after, Optional.of(key), prefix, limit, batchSize, reverse, keysOnly, snapshot, consistency);
  }

  public ScanOptions withPrefix(Bytes key) {
    return new ScanOptions(start, after, end, Optional.of(key), limit, batchSize, reverse, keysOnly, snapshot, consistency);
  }

  public ScanOptions withLimit(long most) {
    return new ScanOptions(start, after, end, prefix, most, batchSize, reverse, keysOnly, snapshot, consistency);
  }

  public ScanOptions withBatchSize(int entries) {
    return new ScanOptions(start, after, end, prefix, limit, entries, reverse, keysOnly, snapshot, consistency);
  }

  public ScanOptions reversed() {
    return new ScanOptions(start, after, end, prefix, limit, batchSize, true, keysOnly, snapshot, consistency);
  }

  public ScanOptions withKeysOnly() {
    return new ScanOptions(start, after, end, prefix, limit, batchSize, reverse, true, snapshot, consistency);
  }

  public ScanOptions withSnapshot() {
    return new ScanOptions(start, after, end, prefix, limit, batchSize, reverse, keysOnly, true, consistency);
  }

  public ScanOptions withConsistency(Consistency level) {
    return new ScanOptions(start, after, end, prefix, limit, batchSize, reverse, keysOnly, snapshot, level);
  }

  /** Refuses contradictions; the message names the options. */
  public ScanOptions check() {
    if (start.isPresent() && after.isPresent()) {
      throw refused("start and after exclude each other, got " + start.get() + " and " + after.get());
    }
    if (start.isPresent() && end.isPresent() && start.get().compareTo(end.get()) > 0) {
      throw refused("start must not be above end, got " + start.get() + " and " + end.get());
    }
    if (after.isPresent() && end.isPresent() && after.get().compareTo(end.get()) >= 0) {
      throw refused("after must be below end, got " + after.get() + " and " + end.get());
    }
    if (limit < 0) {
      throw refused("limit must be 0 (none) or more, got " + limit);
    }
    if (batchSize < 0 || batchSize > Limits.MAX_PAGE_ENTRIES) {
      throw refused("batch size must be 0 (the default) to " + Limits.MAX_PAGE_ENTRIES + ", got " + batchSize);
    }
    if (snapshot && !(consistency instanceof Consistency.Linearizable || consistency instanceof Consistency.Barrier)) {
      throw refused("a snapshot scan is linearizable or barrier, got " + consistency);
    }
    return this;
  }

  /** The keys that satisfy start, after, end and prefix together. */
  public KeyRange range() {
    KeyRange range = prefix.map(KeyRange::prefix).orElse(KeyRange.ALL);
    Bytes low = start.or(() -> after.map(Bytes::successor)).orElse(Bytes.EMPTY);
    return range.intersect(new KeyRange(low, end));
  }

  private static StoreException refused(String message) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "scan: " + message);
  }
}
