/** One binary: the command line, development mode with an embedded broker, all roles. */
@NullMarked
package io.logfold.standalone;

import org.jspecify.annotations.NullMarked;
