package io.logfold.api;

import java.util.List;
import java.util.Optional;

/**
 * A page of a scan, in the scan's order.
 *
 * @param more whether the range may hold entries behind the last one; never true of an empty page
 * @param snapshotId to be handed to the next page of a snapshot scan
 */
public record ScanPage(List<Entry> entries, boolean more, ReadPosition position, Optional<String> snapshotId) {
  public ScanPage {
    entries = List.copyOf(entries);
    if (more && entries.isEmpty()) {
      throw new IllegalArgumentException("an empty page cannot promise more");
    }
  }
}
