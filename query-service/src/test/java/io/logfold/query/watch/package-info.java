/** Watches over a history that is a list. */
@NullMarked
package io.logfold.query.watch;

import org.jspecify.annotations.NullMarked;
