/**
 * Development mode: an embedded broker and all roles in one process, {@link io.logfold.standalone.dev.EmbeddedNode}.
 */
@NullMarked
package io.logfold.standalone.dev;

import org.jspecify.annotations.NullMarked;
