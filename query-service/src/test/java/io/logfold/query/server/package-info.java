/** The one-port server from outside. */
@NullMarked
package io.logfold.query.server;

import org.jspecify.annotations.NullMarked;
