/**
 * The gRPC face of a store: {@link io.logfold.query.server.grpc.KvGrpcService} over any {@link io.logfold.api.Store}.
 *
 * <p>A {@code KvSession} is one client's stream, {@code OperationRunner} turns one operation into one result, {@code WatchCall} is
 * one client's watch.
 */
@NullMarked
package io.logfold.query.server.grpc;

import org.jspecify.annotations.NullMarked;
