/**
 * How history becomes tables: the projector is a Kafka Streams application that folds the log and applies it, batch by
 * batch, to a {@link io.logfold.projector.table.Table} whose checkpoint moves with the rows.
 */
@NullMarked
package io.logfold.projector;

import org.jspecify.annotations.NullMarked;
