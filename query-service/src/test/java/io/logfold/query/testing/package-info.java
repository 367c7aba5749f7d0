/**
 * A whole store in one process without Kafka, for tests of what stands on it: {@link io.logfold.query.testing.LocalNode}
 * with real threads and time, {@link io.logfold.query.testing.SimulatedPartition} with neither.
 */
@NullMarked
package io.logfold.query.testing;

import org.jspecify.annotations.NullMarked;
