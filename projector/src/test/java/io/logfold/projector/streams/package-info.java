@NullMarked
package io.logfold.projector.streams;

import org.jspecify.annotations.NullMarked;
