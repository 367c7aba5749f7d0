/**
 * The store in simulation: the real partition leaders, fold, memtable and projection of a cluster of three nodes, against
 * a log, tables, clocks and ways in memory, driven by one seed on one thread.
 *
 * <ul>
 *   <li>{@link io.logfold.query.simulation.Simulation}: one run. {@link io.logfold.query.simulation.Cluster}: its nodes.
 *       {@link io.logfold.query.simulation.Clients}: who asks them. {@link io.logfold.query.simulation.Fault}: what goes
 *       wrong.
 *   <li>{@link io.logfold.query.simulation.Truth}: what the log says, and who sent it when.
 *       {@link io.logfold.query.simulation.Invariant}: what must hold, one class each.
 *   <li>{@link io.logfold.query.simulation.Mutant}: the real code with one rule broken, which must be noticed.
 * </ul>
 *
 * docs/TESTING.md says how to run it, and how to read what it prints.
 */
@NullMarked
package io.logfold.query.simulation;

import org.jspecify.annotations.NullMarked;
