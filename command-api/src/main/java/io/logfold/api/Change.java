package io.logfold.api;

import java.util.Optional;

/**
 * One change of one key, as it lies in the history: who did it, when, why, and what it made of the key.
 *
 * @param revision of the event that made the change
 * @param previousRevision of the value that it replaced or removed; 0 where the key was absent
 * @param value the new value; empty where the key was deleted, or where the value is not to be read any more
 * @param redactedBy revision of the event that made this change's value unreadable; 0: none did
 * @param timeMs of the event, milliseconds since the epoch; never goes back within a partition
 */
public record Change(Bytes partitionKey, Bytes key, long revision, long previousRevision, Kind kind, Optional<Bytes> value,
    long redactedBy, long timeMs, Provenance provenance, RequestId requestId) {

  /** What happened. */
  public enum Kind {
    PUT,
    DELETE,

    /** The value that the key had at {@link #previousRevision} was made unreadable; the key's value is as before. */
    REDACT
  }
}
