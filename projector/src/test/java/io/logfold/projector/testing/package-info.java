/** What every {@link io.logfold.projector.table.Table} must do, as tests for authors of drivers. */
@NullMarked
package io.logfold.projector.testing;

import org.jspecify.annotations.NullMarked;
