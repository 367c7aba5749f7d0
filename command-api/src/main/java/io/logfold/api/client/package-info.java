/**
 * The Java client: {@link io.logfold.api.Store} over gRPC.
 *
 * <p>Start at {@link io.logfold.api.client.LogfoldClient}. A call becomes a {@code PendingCall}, passes the
 * {@code RequestLimiter}, is queued at the {@code SessionConnection} of the server that the {@code Router} chooses, and
 * leaves with whatever else is waiting there; its answer, its deadline ({@code DeadlineSweeper}), the end of its session or of the client decides it.
 */
@NullMarked
package io.logfold.api.client;

import org.jspecify.annotations.NullMarked;
