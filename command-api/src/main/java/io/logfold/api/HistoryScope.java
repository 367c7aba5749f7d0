package io.logfold.api;

/** Whose changes are asked for. */
public sealed interface HistoryScope {
  record OfKey(Bytes partitionKey, Bytes key) implements HistoryScope {
    public OfKey {
      Limits.checkPartitionKey(partitionKey);
      Limits.checkKey(key);
    }
  }

  /** All keys of the partition key that begin so; an empty prefix: all of them. */
  record OfPrefix(Bytes partitionKey, Bytes prefix) implements HistoryScope {
    public OfPrefix {
      Limits.checkPartitionKey(partitionKey);
    }
  }

  /** Everything that this principal changed, in the whole store. Newest first within each partition, and by time over all. */
  record OfPrincipal(String principal) implements HistoryScope {
    public OfPrincipal {
      principal = Limits.checkText("principal", principal, Limits.MAX_PRINCIPAL_BYTES);
    }
  }
}
