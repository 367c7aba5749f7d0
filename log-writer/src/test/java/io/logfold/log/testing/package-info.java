/** What tests of all modules share: a broker, and the contracts that implementations of the log must pass. */
@NullMarked
package io.logfold.log.testing;

import org.jspecify.annotations.NullMarked;
