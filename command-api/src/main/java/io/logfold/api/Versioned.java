package io.logfold.api;

/**
 * A key's value.
 *
 * @param revision the revision that last changed the key, 1 or more; comparable within one partition key
 */
public record Versioned(Bytes value, long revision) {}
