package io.logfold.api;

/**
 * A key's value.
 *
 * @param value empty where it is redacted
 * @param revision the revision that last changed the key, 1 or more; comparable within one partition key
 * @param redacted whether the key has a value that was made unreadable: it is there, and nobody can tell what it was
 */
public record Versioned(Bytes value, long revision, boolean redacted) {
  public Versioned(Bytes value, long revision) {
    this(value, revision, false);
  }
}
