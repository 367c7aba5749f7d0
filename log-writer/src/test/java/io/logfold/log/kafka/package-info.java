/** Tests of the log on Kafka, against a real broker. */
@NullMarked
package io.logfold.log.kafka;

import org.jspecify.annotations.NullMarked;
