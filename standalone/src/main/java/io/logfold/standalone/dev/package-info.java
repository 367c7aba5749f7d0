/**
 * Development mode: an embedded broker and all roles in one process, behind {@link io.logfold.standalone.dev.DevNode}.
 */
@NullMarked
package io.logfold.standalone.dev;

import org.jspecify.annotations.NullMarked;
