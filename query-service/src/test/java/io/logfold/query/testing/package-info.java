/** A whole store in one process without Kafka, for tests of what stands on it. */
@NullMarked
package io.logfold.query.testing;

import org.jspecify.annotations.NullMarked;
