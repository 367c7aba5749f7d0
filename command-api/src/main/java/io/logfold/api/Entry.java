package io.logfold.api;

/**
 * One row of a scan.
 *
 * @param value empty where only keys were asked for, and where it is redacted
 * @param redacted whether the key has a value that was made unreadable; false where only keys were asked for
 */
public record Entry(Bytes partitionKey, Bytes key, Bytes value, long revision, boolean redacted) {
  public Entry(Bytes partitionKey, Bytes key, Bytes value, long revision) {
    this(partitionKey, key, value, revision, false);
  }
}
