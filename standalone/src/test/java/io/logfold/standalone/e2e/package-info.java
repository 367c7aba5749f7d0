/** The real thing from end to end: whole nodes, in this process and in processes of their own, and what goes wrong with them. */
@NullMarked
package io.logfold.standalone.e2e;

import org.jspecify.annotations.NullMarked;
