/** Tests of the embedded broker. */
@NullMarked
package io.logfold.log.embedded;

import org.jspecify.annotations.NullMarked;
