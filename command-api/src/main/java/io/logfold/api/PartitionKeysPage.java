package io.logfold.api;

import java.util.List;
import java.util.Optional;

/**
 * Partition keys in order.
 *
 * @param more whether there may be others behind {@link #last}
 * @param reached where the page ended early because there was much to look through: how far it got; always there in an empty
 *     page with more
 */
public record PartitionKeysPage(List<Bytes> partitionKeys, boolean more, Optional<Bytes> reached) {
  public PartitionKeysPage {
    partitionKeys = List.copyOf(partitionKeys);
  }

  public PartitionKeysPage(List<Bytes> partitionKeys, boolean more) {
    this(partitionKeys, more, Optional.empty());
  }

  /** Of a page with more: what the next page begins behind. */
  public Optional<Bytes> last() {
    return reached.or(() -> partitionKeys.isEmpty() ? Optional.empty() : Optional.of(partitionKeys.getLast()));
  }
}
