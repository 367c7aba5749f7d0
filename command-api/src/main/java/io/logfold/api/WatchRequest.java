package io.logfold.api;

import java.util.Optional;

/**
 * What to watch: one key, or the keys of a partition key that begin with a prefix.
 *
 * @param scope of a key or a prefix: revisions, behind which one resumes, are those of one partition
 * @param afterRevision changes of later revisions; empty: those from now on
 */
public record WatchRequest(HistoryScope scope, Optional<Long> afterRevision) {
  public WatchRequest {
    if (scope instanceof HistoryScope.OfPrincipal) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "a watch is of a key, a prefix or a partition key; ask for the history of a principal instead");
    }
    if (afterRevision.isPresent() && afterRevision.get() < 0) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "a watch begins behind a revision, 0 or more; got " + afterRevision.get());
    }
  }

  /** Everything under a partition key, from now on. */
  public static WatchRequest of(Bytes partitionKey) {
    return new WatchRequest(new HistoryScope.OfPrefix(partitionKey, Bytes.EMPTY), Optional.empty());
  }

  /** The same behind this revision: what {@link WatchEvent#resumeAfter} said. */
  public WatchRequest after(long revision) {
    return new WatchRequest(scope, Optional.of(revision));
  }

  public Bytes partitionKey() {
    return switch (scope) {
      case HistoryScope.OfKey one -> one.partitionKey();
      case HistoryScope.OfPrefix some -> some.partitionKey();
      case HistoryScope.OfPrincipal refused -> throw new IllegalStateException("refused when it was made");
    };
  }
}
