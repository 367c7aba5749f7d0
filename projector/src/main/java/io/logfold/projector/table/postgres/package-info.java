/** The driver for {@code postgres://HOST/DATABASE}: a table that all nodes share, in a Postgres database. */
@NullMarked
package io.logfold.projector.table.postgres;

import org.jspecify.annotations.NullMarked;
