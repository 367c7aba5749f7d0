/**
 * A Kafka broker inside this JVM, for development mode and for tests.
 *
 * <p>It needs the broker's own jars (kafka_2.13, kafka-server, kafka-server-common), which are optional dependencies of
 * this module: whoever uses this package names them.
 */
@NullMarked
package io.logfold.log.embedded;

import org.jspecify.annotations.NullMarked;
