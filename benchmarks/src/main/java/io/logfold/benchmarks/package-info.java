/** The load driver and the benchmarks of the inner loops. */
@NullMarked
package io.logfold.benchmarks;

import org.jspecify.annotations.NullMarked;
