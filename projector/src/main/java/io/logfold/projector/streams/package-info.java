/**
 * Projections of anybody's own: the valid events of a store's log as a stream for Kafka Streams applications. Start with
 * {@link io.logfold.projector.streams.EventStreams}.
 */
@NullMarked
package io.logfold.projector.streams;

import org.jspecify.annotations.NullMarked;
