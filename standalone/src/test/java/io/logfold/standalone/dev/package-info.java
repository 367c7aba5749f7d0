@NullMarked
package io.logfold.standalone.dev;

import org.jspecify.annotations.NullMarked;
