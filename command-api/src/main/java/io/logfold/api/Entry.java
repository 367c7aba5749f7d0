package io.logfold.api;

/** One row of a scan; value is empty where only keys were asked for. */
public record Entry(Bytes partitionKey, Bytes key, Bytes value, long revision) {}
