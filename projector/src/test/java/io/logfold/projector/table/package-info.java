@NullMarked
package io.logfold.projector.table;

import org.jspecify.annotations.NullMarked;
