@NullMarked
package io.logfold.standalone.cli;

import org.jspecify.annotations.NullMarked;
