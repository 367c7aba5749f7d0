/**
 * The model check of the partition protocol: the law of docs/PROTOCOL.md as small state machines, explored completely
 * within stated bounds.
 *
 * <p>Read {@link io.logfold.log.model.Explorer} first (a breadth-first search that knows nothing of Logfold), then
 * {@link io.logfold.log.model.CoreModel} (claims, leases, quiet period, reads, Resign in one state space) with {@link
 * io.logfold.log.model.CoreState}, then the four focused models beside it: {@link
 * io.logfold.log.model.GenesisModel}, {@link io.logfold.log.model.RequestModel}, {@link
 * io.logfold.log.model.ProjectionModel} and {@link io.logfold.log.model.ServingModel}. {@link
 * io.logfold.log.model.Mutation} lists the ways to break the law that must be caught, {@link
 * io.logfold.log.model.Relaxation} the rules that may be dropped without harm to safety.
 * docs/MODEL.md has the bounds, the figures and what is not covered.
 */
@NullMarked
package io.logfold.log.model;

import org.jspecify.annotations.NullMarked;
