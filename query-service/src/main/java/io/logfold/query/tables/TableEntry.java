package io.logfold.query.tables;

import io.logfold.api.Limits;
import io.logfold.projector.table.TableUrls;

/**
 * A table that a node was told to have.
 *
 * @param url with whatever secrets it holds: never to be shown, see {@link TableUrls#shown}
 * @param wanted what it shall do when the node starts
 */
record TableEntry(String name, String url, Wanted wanted) {
  TableEntry {
    Limits.checkTableName(name);
  }

  enum Wanted {
    /** Follow the log. */
    PROJECT,
    /** Be built from history, and then follow the log. */
    BUILD,
    /** Stay where it is. */
    STAND
  }

  TableEntry wanting(Wanted other) {
    return new TableEntry(name, url, other);
  }
}
