/**
 * The load driver, and the benchmarks of the inner loops.
 *
 * <p>{@link io.logfold.benchmarks.LoadDriver} is what {@code benchmarks/run} starts: a node as a user would start it,
 * and closed loops through the Java client against it, beside the raw Kafka producer as the limit of writes. {@link
 * io.logfold.benchmarks.TablesDriver} measures tables, {@link io.logfold.benchmarks.ClusterDriver} three nodes, {@link
 * io.logfold.benchmarks.PeersDriver} other stores beside this one, {@link io.logfold.benchmarks.ScaleDriver} this one where it
 * is large, cold or long under load. The JMH classes lie in the packages of what they measure.
 */
@NullMarked
package io.logfold.benchmarks;

import org.jspecify.annotations.NullMarked;
