/**
 * How a write becomes history.
 *
 * <p>{@link io.logfold.log.PartitionLog} is the ordered, durable log of one partition; {@link io.logfold.log.LogRecord}
 * is what lies in it; {@link io.logfold.log.LogFold} judges it, and is the only code that does: the leader, the
 * projector and every checker fold with it. docs/CONSISTENCY.md states the law.
 */
@NullMarked
package io.logfold.log;

import org.jspecify.annotations.NullMarked;
