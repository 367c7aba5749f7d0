/**
 * The seam below: a {@link io.logfold.projector.table.Table} holds the fold of a log as rows. Drivers are found by
 * {@link java.util.ServiceLoader} through {@link io.logfold.projector.table.TableDriver}.
 */
@NullMarked
package io.logfold.projector.table;

import org.jspecify.annotations.NullMarked;
