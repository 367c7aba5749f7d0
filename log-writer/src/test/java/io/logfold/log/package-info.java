@NullMarked
package io.logfold.log;

import org.jspecify.annotations.NullMarked;
