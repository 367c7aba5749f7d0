/** The driver for {@code memory:}, for tests and for trying things out. */
@NullMarked
package io.logfold.projector.table.memory;

import org.jspecify.annotations.NullMarked;
