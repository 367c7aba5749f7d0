@NullMarked
package io.logfold.projector;

import org.jspecify.annotations.NullMarked;
