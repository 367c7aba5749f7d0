@NullMarked
package io.logfold.projector.table.postgres;

import org.jspecify.annotations.NullMarked;
