/** Helpers and contract kits for tests of logs, shipped as a test-jar. */
@NullMarked
package io.logfold.log.testing;

import org.jspecify.annotations.NullMarked;
