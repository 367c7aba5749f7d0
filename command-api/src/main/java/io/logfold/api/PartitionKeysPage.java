package io.logfold.api;

import java.util.List;

/** Partition keys in order; more: whether there may be others behind the last one. */
public record PartitionKeysPage(List<Bytes> partitionKeys, boolean more) {
  public PartitionKeysPage {
    partitionKeys = List.copyOf(partitionKeys);
  }
}
