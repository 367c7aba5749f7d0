package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;

/**
 * A row of the first family, read.
 *
 * @param target of a REDACT: the revision whose value was made unreadable; else 0
 * @param stored the value as the log holds it; empty where there is none
 */
record StoredChange(Bytes place, Bytes key, long revision, Change.Kind kind, long target, long timeMs, Provenance provenance,
    RequestId requestId, Bytes stored) {
  /** Whether it made the key what it was afterwards; a REDACT did not. */
  boolean changesTheKey() {
    return kind != Change.Kind.REDACT;
  }
}
