@NullMarked
package io.logfold.projector.replay;

import org.jspecify.annotations.NullMarked;
