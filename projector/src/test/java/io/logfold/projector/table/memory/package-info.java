@NullMarked
package io.logfold.projector.table.memory;

import org.jspecify.annotations.NullMarked;
