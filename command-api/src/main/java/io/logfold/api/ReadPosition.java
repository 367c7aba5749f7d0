package io.logfold.api;

/**
 * What an answer reflects.
 *
 * @param revision every event of the partition up to this one is reflected
 * @param partition the store partition that answered
 * @param servedBy how it was served: {@code lease}, {@code barrier}, {@code at-least}, {@code stale},
 *     {@code read-index} or {@code as-of}
 */
public record ReadPosition(long revision, int partition, String servedBy) {}
