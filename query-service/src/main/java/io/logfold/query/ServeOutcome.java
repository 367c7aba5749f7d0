package io.logfold.query;

/**
 * Another table answers the misses of a partition now.
 *
 * @param lsn a position of the partition at which that is so
 * @param changed whether it is so by this call; false: it was so before
 */
public record ServeOutcome(int partition, long lsn, boolean changed) {}
