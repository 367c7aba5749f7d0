package io.logfold.api;

import java.util.List;
import java.util.Optional;

/**
 * A page of a scan, in the scan's order.
 *
 * @param more whether the range may hold entries behind {@link #last}
 * @param snapshotId to be handed to the next page of a snapshot scan
 * @param reached where the page ended early because there was much to look through: how far it got, in the scan's order;
 *     always there in an empty page with more
 */
public record ScanPage(List<Entry> entries, boolean more, ReadPosition position, Optional<String> snapshotId,
    Optional<Bytes> reached) {
  public ScanPage {
    entries = List.copyOf(entries);
    if (more && entries.isEmpty() && reached.isEmpty()) {
      throw new IllegalArgumentException("an empty page that promises more must say how far it got");
    }
  }

  public ScanPage(List<Entry> entries, boolean more, ReadPosition position, Optional<String> snapshotId) {
    this(entries, more, position, snapshotId, Optional.empty());
  }

  /** Of a page with more: the key that the next page begins behind. */
  public Bytes last() {
    return reached.orElseGet(() -> entries.getLast().key());
  }
}
