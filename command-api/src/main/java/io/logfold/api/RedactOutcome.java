package io.logfold.api;

/**
 * The value is unreadable.
 *
 * @param revision of the event that says who redacted it and why; where it was so before, a position at which it is
 * @param changed whether it is so by this request
 */
public record RedactOutcome(long revision, boolean changed) {}
