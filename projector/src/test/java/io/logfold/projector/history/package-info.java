@NullMarked
package io.logfold.projector.history;

import org.jspecify.annotations.NullMarked;
