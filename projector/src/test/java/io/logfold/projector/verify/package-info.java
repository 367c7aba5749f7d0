@NullMarked
package io.logfold.projector.verify;

import org.jspecify.annotations.NullMarked;
