@NullMarked
package io.logfold.standalone;

import org.jspecify.annotations.NullMarked;
