package io.logfold.api;

import java.util.List;
import java.util.Optional;

/**
 * @param next asks for the page behind this one; empty where this is the last. A page may hold fewer changes than were asked
 *     for, and none at all, and yet have a next one
 */
public record HistoryPage(List<Change> changes, Optional<String> next) {
  public HistoryPage {
    changes = List.copyOf(changes);
  }
}
