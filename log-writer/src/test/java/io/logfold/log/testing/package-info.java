/** Helpers and contract kits for tests of logs, and a broker that all tests of a JVM share; shipped as a test-jar. */
@NullMarked
package io.logfold.log.testing;

import org.jspecify.annotations.NullMarked;
